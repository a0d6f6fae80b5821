import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfvis_engine.inference.vis.settings import VisSettingsError
from mfvis_engine.inference.vis.windows import plan_windows


@pytest.mark.parametrize(
    ("length", "frames", "overlap", "starts"),
    [
        (10, 4, 2, [0, 2, 4, 6]),  # comes out even
        (11, 4, 2, [0, 2, 4, 6, 7]),  # the last one is shifted back
        (8, 4, 0, [0, 4]),  # no overlap
        (9, 4, 0, [0, 4, 5]),
        (4, 4, 3, [0]),  # one is enough
    ],
)
def test_windows_by_hand(length, frames, overlap, starts):
    windows = plan_windows(length, frames, overlap)
    assert windows == tuple(range(start, start + frames) for start in starts)


@pytest.mark.parametrize(("length", "frames"), [(3, 4), (500, None)])
def test_one_window_over_all(length, frames):
    assert plan_windows(length, frames, 1) == (range(length),)


def test_nothing_to_cover():
    assert plan_windows(0, 4, 1) == ()


@given(st.integers(1, 200), st.integers(1, 40), st.integers(0, 39))
def test_every_frame_is_covered_and_windows_overlap(length, frames, overlap):
    overlap = min(overlap, frames - 1)
    windows = plan_windows(length, frames, overlap)
    assert {index for window in windows for index in window} == set(range(length))
    assert all(len(window) == min(frames, length) for window in windows)
    shared = [before.stop - after.start for before, after in itertools.pairwise(windows)]
    assert all(count == overlap for count in shared[:-1])
    assert all(count >= overlap for count in shared[-1:])
    assert all(before.start < after.start for before, after in itertools.pairwise(windows))


@pytest.mark.parametrize("overlap", [-1, 4])
def test_an_overlap_that_cannot_be(overlap):
    with pytest.raises(VisSettingsError, match="cannot overlap"):
        plan_windows(10, 4, overlap)
