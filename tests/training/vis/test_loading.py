import itertools
import threading

import numpy as np
import pytest
import torch

from mfvis_engine.errors import MfvisError
from mfvis_engine.training.vis.clips import Clip, ClipTargets
from mfvis_engine.training.vis.loading import ClipLoader, CollateError, collate
from mfvis_engine.training.vis.sampling import ClipSampler, ClipSettings
from tests.training.vis.test_sampling import made, sampler

SETTINGS = ClipSettings(frames=2, short_sides=(32, 64))


def clip_of(height, width, *, objects=1, frames=2, masks=True):
    size = (height, width) if masks else (0, 0)
    targets = ClipTargets(
        torch.zeros(objects, dtype=torch.int64),
        torch.ones(objects, frames, 4),
        torch.ones(objects, frames, dtype=torch.bool),
        torch.ones((objects, frames, *size), dtype=torch.uint8),
        torch.full((objects, frames), masks),
    )
    return Clip(torch.full((frames, 3, height, width), 7, dtype=torch.uint8), targets)


def test_batches_are_padded_to_one_size():
    batch = collate([clip_of(30, 65), clip_of(33, 40, objects=3, masks=False), clip_of(5, 5, objects=0)])
    assert batch.frames_rgb.shape == (3, 2, 3, 64, 96)
    assert batch.frames_rgb.dtype == torch.uint8
    assert batch.sizes_hw == ((30, 65), (33, 40), (5, 5))
    assert batch.frames_rgb[0, :, :, :30, :65].min() == 7
    assert batch.frames_rgb.sum() == 7 * 2 * 3 * (30 * 65 + 33 * 40 + 25)
    first, second, third = batch.targets
    assert first.masks.shape == (1, 2, 64, 96)
    assert first.masks.sum() == 2 * 30 * 65
    assert second.masks.shape == (3, 2, 0, 0)
    assert third.masks.shape == (0, 2, 64, 96)


def test_a_size_that_fits_stays():
    assert collate([clip_of(32, 64)]).frames_rgb.shape[-2:] == (32, 64)


def test_clips_of_several_lengths_make_no_batch():
    with pytest.raises(CollateError, match=r"2 clips of \[2, 3\] frames"):
        collate([clip_of(8, 8), clip_of(8, 8, frames=3)])
    with pytest.raises(CollateError, match="0 clips"):
        collate([])


@pytest.mark.parametrize("workers", [1, 3])
def test_batches_come_in_order_and_as_asked_for(workers):
    clips = sampler(made(), made(length=5), settings=SETTINGS)
    asked = [[0, 1], [5, 2], [3], [1, 0], [9]]
    with ClipLoader(clips, asked, workers=workers) as batches:
        got = list(batches)
    assert len(got) == 5
    for indices, batch in zip(asked, got, strict=True):
        assert torch.equal(batch.frames_rgb, collate([clips.clip(index) for index in indices]).frames_rgb)


def test_an_endless_list_is_only_taken_from_as_needed():
    taken = []
    endless = (taken.append(index) or [index] for index in itertools.count())
    with ClipLoader(sampler(made(), settings=SETTINGS), endless, ahead=3) as batches:
        next(batches)
        next(batches)
    assert taken == [0, 1, 2, 3, 4]
    assert not any(thread.name.startswith("clips") for thread in threading.enumerate())


def test_an_error_comes_where_its_batch_would_have_and_ends_the_loader():
    class Broken(ClipSampler):
        def clip(self, index):
            if index == 2:
                raise MfvisError("Frame 2 cannot be read.")
            return super().clip(index)

    video = made()
    broken = Broken(sampler(video).labelled, SETTINGS, 0)
    with ClipLoader(broken, [[0], [1], [2], [3]], workers=2, ahead=3) as batches:
        assert next(batches).frames_rgb.shape[0] == 1
        next(batches)
        with pytest.raises(MfvisError, match="Frame 2"):
            next(batches)
        with pytest.raises(StopIteration):
            next(batches)


def test_a_video_is_read_by_one_thread_at_a_time():
    inside, most = [], []

    def read_frame(frame_index):
        inside.append(frame_index)
        most.append(len(inside))
        threading.Event().wait(0.002)
        inside.pop()
        return np.zeros((32, 48, 3), np.uint8)

    video = made()
    object.__setattr__(video, "read_frame", read_frame)
    with ClipLoader(sampler(video, settings=SETTINGS), [[i] for i in range(12)], workers=4, ahead=4) as batches:
        assert len(list(batches)) == 12
    assert max(most) == 1
