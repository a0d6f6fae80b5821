import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mfvis_engine.inference.vis import MaskSpool, VisFrame
from mfvis_engine.inference.vis.spool import SpoolError
from tests.inference.vis.frames import box_frame


def same(one, other):
    return one.frame_index == other.frame_index and all(
        np.array_equal(getattr(one, name), getattr(other, name))
        and getattr(one, name).dtype == getattr(other, name).dtype
        for name in ("track_numbers", "masks", "scores", "boxes_xyxy")
    )


@given(arrays(np.bool_, st.tuples(st.integers(0, 3), st.integers(1, 6), st.integers(1, 6))))
def test_what_is_put_in_comes_out(masks):
    count = len(masks)
    random = np.random.default_rng(count)
    frame = VisFrame(
        5,
        np.arange(count) + 7,
        masks,
        random.random(count).astype(np.float32),
        random.random((count, 4)).astype(np.float32),
    )
    with MaskSpool() as spool:
        spool.append(frame)
        (spooled,) = spool
        assert same(spooled.decode(), frame)


def test_frames_come_as_often_as_wanted_from_memory_and_from_disk(tmp_path):
    frames = [box_frame(t, {1: (t, 2, t + 5, 9), 4: (0, 0, 3, 3 + t)}) for t in range(12)]
    with MaskSpool(tmp_path, memory_bytes=300) as spool:
        for position, frame in enumerate(frames):
            spool.append(frame)
            assert len(spool) == position + 1
            assert same(next(iter(spool)).decode(), frames[0])  # reading between does no harm
        for _ in range(2):
            assert all(same(spooled.decode(), frame) for spooled, frame in zip(spool, frames, strict=True))
    assert list(tmp_path.iterdir()) == []


def test_some_tracks_alone():
    with MaskSpool() as spool:
        spool.append(box_frame(0, {1: (0, 0, 5, 5), 4: (6, 6, 9, 9)}))
        only = next(iter(spool)).only({4, 7})
    assert only.track_numbers.tolist() == [4]
    assert only.boxes_xyxy.tolist() == [[6, 6, 9, 9]]
    assert only.codes[0].area() == 9
    assert only.decode().masks.shape == (1, 20, 30)


def test_a_disk_that_is_full(monkeypatch):
    with MaskSpool() as spool:

        def write(data):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(spool._file, "write", write)
        with pytest.raises(SpoolError, match=r"frame 3 .*No space left.*another folder"):
            spool.append(box_frame(3, {1: (0, 0, 5, 5)}))
        assert len(spool) == 0
