import itertools

import numpy as np
import pytest
import torch

from mfvis_engine.training.vis.labelled_video import LabelledSet, LabelledVideo
from mfvis_engine.training.vis.sampling import ClipSampler, ClipSettings, ClipSettingsError, FrameOrder, NoClipsError

HEIGHT, WIDTH = 32, 48
AS_IT_IS = ClipSettings(frames=3, frame_range=4, short_sides=(HEIGHT,), flip_probability=0)


def made(length=20, boxes=None, annotated=None, masks=None, name="clip"):
    """A video whose frame t is grey of value t, with objects given as {row: {frame: box}}."""
    boxes = {0: dict.fromkeys(range(length), (8, 8, 24, 24))} if boxes is None else boxes
    boxes_xyxy = np.full((len(boxes), length, 4), np.nan, np.float32)
    for row, of_frame in boxes.items():
        for t, box in of_frame.items():
            boxes_xyxy[row, t] = box
    return LabelledVideo(
        name=name,
        size_hw=(HEIGHT, WIDTH),
        read_frame=lambda t: np.full((HEIGHT, WIDTH, 3), t, np.uint8),
        class_index=np.arange(len(boxes), dtype=np.int64) % 2,
        boxes_xyxy=boxes_xyxy,
        annotated=np.ones(length, np.bool_) if annotated is None else np.isin(np.arange(length), annotated),
        read_masks=lambda t: (masks or {}).get(t, {}),
    )


def sampler(*videos, settings=AS_IT_IS, seed=0):
    return ClipSampler(LabelledSet(("a", "b"), videos), settings, seed)


def shown(clip):
    """The frames of a clip, which their grey tells."""
    return clip.frames_rgb[:, 0, 0, 0].tolist()


def test_a_number_is_the_same_clip_everywhere():
    first, second = sampler(made(), made(length=9)), sampler(made(), made(length=9))
    indices = range(12)
    backwards = {index: second.clip(index) for index in reversed(indices)}
    for index in indices:
        clip = first.clip(index)
        assert torch.equal(clip.frames_rgb, backwards[index].frames_rgb)
        assert torch.equal(clip.targets.boxes_xyxy, backwards[index].targets.boxes_xyxy)
    assert len({tuple(shown(first.clip(index))) for index in indices}) > 6
    other_seed = sampler(made(), made(length=9), seed=1)
    assert [first.plan(index) for index in indices] != [other_seed.plan(index) for index in indices]


@pytest.mark.parametrize("order", FrameOrder)
def test_frames_lie_near_each_other_and_differ(order):
    settings = ClipSettings(frames=5, frame_range=4, order=order, short_sides=(HEIGHT,))
    plans = [sampler(made(length=40), settings=settings).plan(index).frame_indices for index in range(60)]
    assert all(len(set(frames)) == 5 for frames in plans)
    assert all(max(frames) - min(frames) <= 8 for frames in plans)
    assert any(max(frames) - min(frames) == 8 for frames in plans)
    sorted_plans = [frames for frames in plans if list(frames) == sorted(frames)]
    assert len(sorted_plans) == 60 if order is FrameOrder.ORDERED else len(sorted_plans) < 10


def test_with_replacement_frames_repeat():
    settings = ClipSettings(frames=5, frame_range=3, repeat_frames=True, short_sides=(HEIGHT,))
    plans = [sampler(made(length=40), settings=settings).plan(index).frame_indices for index in range(40)]
    assert any(len(set(frames)) < 5 for frames in plans)
    assert any(len(set(frames)) == 5 for frames in plans)


@pytest.mark.parametrize("annotated", [[3], [3, 4], [0, 2, 9]])
def test_short_videos_repeat_frames_evenly(annotated):
    settings = ClipSettings(frames=7, frame_range=20, short_sides=(HEIGHT,))
    for index in range(10):
        frames = sampler(made(annotated=annotated), settings=settings).plan(index).frame_indices
        counts = [frames.count(t) for t in annotated]
        assert sum(counts) == 7
        assert max(counts) - min(counts) <= 1


def test_only_annotated_frames_and_videos_are_drawn_each_as_often():
    videos = made(annotated=[]), made(length=30, annotated=range(10, 30, 2)), made(length=4)
    plans = [sampler(*videos).plan(index) for index in range(300)]
    chosen = [plan.video_index for plan in plans]
    assert chosen.count(0) == 0
    assert 120 < chosen.count(1) < 180
    of_second = {t for plan in plans if plan.video_index == 1 for t in plan.frame_indices}
    assert of_second == set(range(10, 30, 2))


def test_no_annotated_frame_is_refused():
    with pytest.raises(NoClipsError, match="None of 1 videos has an annotated frame"):
        sampler(made(annotated=[]))


def test_clips_with_an_object_are_preferred():
    rare = made(length=40, boxes={0: dict.fromkeys(range(6), (1, 1, 20, 20))})
    plans = [sampler(rare).plan(index) for index in range(80)]
    assert np.mean([bool(plan.rows) for plan in plans]) > 0.8
    empty = sampler(made(boxes={0: {}})).clip(0)
    assert empty.targets.boxes_xyxy.shape == (0, 3, 4)
    assert empty.targets.masks.shape == (0, 3, 0, 0)


def test_objects_absent_throughout_are_dropped_and_others_are_0_where_absent():
    video = made(length=3, boxes={0: {}, 1: {1: (4, 4, 10, 12)}, 2: dict.fromkeys(range(3), (-9, 2, 9, 9))})
    targets = sampler(video).clip(0).targets
    assert targets.class_index.tolist() == [1, 0]
    assert targets.class_index.dtype == torch.int64
    assert targets.present.tolist() == [[False, True, False], [True, True, True]]
    assert targets.boxes_xyxy[0].tolist() == [[0, 0, 0, 0], [4, 4, 10, 12], [0, 0, 0, 0]]
    assert targets.boxes_xyxy[1, 0].tolist() == [0, 2, 9, 9]  # cut to the frame
    assert not targets.has_mask.any()
    assert targets.masks.shape == (2, 3, 0, 0)


def test_masks_move_with_frames_and_boxes():
    mask = np.zeros((HEIGHT, WIDTH), np.bool_)
    mask[8:24, 8:16] = True
    video = made(length=2, masks={0: {0: mask}, 1: {1: mask}})  # there is no object 1
    settings = ClipSettings(frames=2, short_sides=(2 * HEIGHT,), flip_probability=1)
    targets = sampler(video, settings=settings).clip(0).targets
    assert targets.has_mask.tolist() == [[True, False]]
    assert targets.masks.shape == (1, 2, 64, 96)
    assert targets.masks.dtype == torch.uint8
    rows, columns = torch.nonzero(targets.masks[0, 0], as_tuple=True)
    assert (columns.min(), rows.min(), columns.max(), rows.max()) == (64, 16, 79, 47)
    assert targets.boxes_xyxy[0, 0].tolist() == [48, 16, 80, 48]
    assert not targets.masks[0, 1].any()


def test_a_mask_known_to_be_empty_says_that_the_object_is_absent():
    nothing = np.zeros((HEIGHT, WIDTH), np.bool_)
    settings = ClipSettings(frames=2, short_sides=(HEIGHT,), flip_probability=0)
    once = sampler(made(length=2, masks={0: {0: nothing}}), settings=settings).clip(0).targets
    assert once.present.tolist() == [[False, True]]
    assert once.boxes_xyxy[0, 0].tolist() == [0, 0, 0, 0]
    never = sampler(made(length=2, masks={0: {0: nothing}, 1: {0: nothing}}), settings=settings).clip(0).targets
    assert len(never.class_index) == 0


def test_at_most_so_many_objects_drawn_at_random():
    video = made(boxes={row: dict.fromkeys(range(20), (row, 0, row + 9, 9)) for row in range(6)})
    settings = ClipSettings(frames=2, short_sides=(HEIGHT,), flip_probability=0, objects_at_most=2)
    plans = [sampler(video, settings=settings).plan(index) for index in range(40)]
    assert {len(plan.rows) for plan in plans} == {2}
    assert {row for plan in plans for row in plan.rows} == set(range(6))


def test_sizes_and_flips_are_drawn_for_whole_clips():
    settings = ClipSettings(frames=2, short_sides=(16, 32))
    plans = [sampler(made(), settings=settings).plan(index).resizing for index in range(60)]
    seen = {(plan.to_hw, plan.flipped) for plan in plans}
    assert seen == set(itertools.product([(16, 24), (32, 48)], [False, True]))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"frames": 0}, "frames of a clip must be at least 1. Got 0"),
        ({"frame_range": -1}, "frame_range of a clip must be at least 0"),
        ({"short_sides": ()}, "short_sides"),
        ({"max_long_side": 0}, "max_long_side of a clip must be at least 1"),
        ({"flip_probability": 1.5}, "must lie in 0..1. Got 1.5"),
    ],
)
def test_settings_that_make_no_clip(wrong, said):
    with pytest.raises(ClipSettingsError, match=said):
        ClipSettings(**wrong)
