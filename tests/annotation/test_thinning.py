import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfvis_engine.annotation import (
    Annotations,
    BoxOrigin,
    InvalidBoxError,
    Keyframe,
    KeyframeOrigin,
    Track,
    interpolate,
    keyframes_of_boxes,
)

NOWHERE = (np.nan,) * 4
LAST_DIGIT = 1e-3
"""Of a float32 of the coordinates here, with room."""


def predicted(frame_index, box_xyxy, outside=False):
    return Keyframe(frame_index, box_xyxy, outside, origin=KeyframeOrigin.PREDICTED)


def interpolated(keyframes, length):
    return interpolate(Annotations((Track(1, "cell", keyframes),)), length)


def moving(x0s, width=10.0):
    return np.array([NOWHERE if x0 is None else (x0, 0, x0 + width, 8) for x0 in x0s], float)


def test_a_straight_way_needs_two_keyframes():
    keyframes = keyframes_of_boxes(moving([0, 1, 2, 3, 4]), 0)
    assert keyframes == (predicted(0, (0, 0, 10, 8)), predicted(4, (4, 0, 14, 8)))


def test_a_corner_is_kept_unless_the_tolerance_swallows_it():
    boxes = moving([0, 2, 4, 2, 0])
    assert [one.frame_index for one in keyframes_of_boxes(boxes, 1)] == [0, 2, 4]
    assert [one.frame_index for one in keyframes_of_boxes(boxes, 4)] == [0, 4]
    assert [one.frame_index for one in keyframes_of_boxes(boxes, 1, tolerance_of_side=0.4)] == [0, 4]  # 4 px across
    assert len(keyframes_of_boxes(boxes, 1, tolerance_of_side=0.39)) == 3


def test_absence_is_said_by_a_keyframe_in_its_first_frame():
    keyframes = keyframes_of_boxes(moving([None, 0, 1, None, None, 5, None]), 0)
    assert keyframes == (
        predicted(1, (0, 0, 10, 8)),
        predicted(2, (1, 0, 11, 8)),
        predicted(3, (1, 0, 11, 8), outside=True),
        predicted(5, (5, 0, 15, 8)),
    )


def test_who_is_never_there_has_no_keyframe():
    assert keyframes_of_boxes(moving([None, None])) == ()
    assert keyframes_of_boxes(np.zeros((0, 4))) == ()


def test_the_farthest_step_is_not_taken_where_it_costs_a_keyframe_later():
    # From frame 0 a line within 1 px reaches frame 3 at most; but from frame 2 one reaches the end.
    x0s = np.array([0, 0, 1, 1.9, 4, 5.5, 7.0])
    boxes = moving(x0s)
    fewest = len(keyframes_of_boxes(boxes, 1))
    every_choice = ([0, *(i + 1 for i in range(5) if chosen >> i & 1), 6] for chosen in range(2**5))
    fitting = [one for one in every_choice if np.abs(np.interp(range(7), one, x0s[one]) - x0s).max() <= 1]
    assert fewest == min(map(len, fitting))


@given(st.lists(st.integers(0, 12), min_size=2, max_size=9), st.integers(0, 4))
def test_no_choice_of_keyframes_is_smaller(x0s, tolerance):
    ways, last = np.array(x0s, float), len(x0s) - 1
    choices = ([0, *(i + 1 for i in range(last - 1) if chosen >> i & 1), last] for chosen in range(2 ** (last - 1)))
    fitting = (
        len(one) for one in choices if np.abs(np.interp(range(last + 1), one, ways[one]) - ways).max() <= tolerance
    )
    assert len(keyframes_of_boxes(moving(x0s, 20.0), tolerance + 1e-9)) <= min(fitting)


coordinate = st.floats(-50, 1000, width=32)
size = st.floats(0.5, 300, width=32)
box = st.builds(lambda x, y, w, h: (x, y, x + w, y + h), coordinate, coordinate, size, size)
rows = st.lists(st.none() | box, max_size=40)


@given(rows, st.sampled_from([0, 0.5, 3, 50]), st.sampled_from([0, 0.04, 0.5]))
def test_every_box_is_met_to_within_the_tolerance_and_every_absence_exactly(rows, tolerance_px, tolerance_of_side):
    boxes = np.array([NOWHERE if one is None else one for one in rows], float).reshape(-1, 4)
    keyframes = keyframes_of_boxes(boxes, tolerance_px, tolerance_of_side=tolerance_of_side)
    dense = interpolated(keyframes, len(rows))
    present = ~np.isnan(boxes[:, 0])
    np.testing.assert_array_equal(dense.present[0], present)
    sides = np.tile(boxes[:, 2:] - boxes[:, :2], 2)
    allowed = np.maximum(tolerance_px, tolerance_of_side * sides)[present]
    assert (np.abs(dense.boxes_xyxy[0][present] - boxes[present]) <= allowed + LAST_DIGIT).all()
    assert set(dense.origin[0].tolist()) <= {BoxOrigin.ABSENT, BoxOrigin.PREDICTED, BoxOrigin.INTERPOLATED}


def test_a_long_walk_is_thinned_beyond_the_first_horizon():
    turns = np.concatenate([np.linspace(0, 900, 1501), np.linspace(900, 0, 1501)[1:]])
    noise = np.random.default_rng(0).uniform(-0.4, 0.4, turns.size)
    keyframes = keyframes_of_boxes(moving(turns + noise), 1)
    assert len(keyframes) <= 5
    shown = interpolated(keyframes, turns.size).boxes_xyxy[0, :, 0]
    assert np.abs(shown - (turns + noise)).max() <= 1 + LAST_DIGIT


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ((0, 0, np.nan, 1), "box of frame 1"),
        ((0, 0, 0, 1), "x0 < x1"),
        ((0, 0, np.inf, 1), "box of frame 1"),
    ],
)
def test_boxes_that_are_none_are_refused(row, message):
    with pytest.raises(InvalidBoxError, match=message):
        keyframes_of_boxes(np.array([(0, 0, 1, 1), row]))


def test_other_shapes_and_tolerances_are_refused():
    with pytest.raises(InvalidBoxError, match=r"shape \(4,\)"):
        keyframes_of_boxes(np.zeros(4))
    with pytest.raises(ValueError, match="give 0 or more"):
        keyframes_of_boxes(np.zeros((1, 4)), -1)
