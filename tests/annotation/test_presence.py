from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mfvis_engine.annotation import Annotations, Keyframe, KeyframeOrigin, Track, interpolate
from mfvis_engine.annotation.interpolation import BOX_ORIGINS
from mfvis_engine.annotation.presence import (
    head,
    interleaved,
    join,
    shared_frames,
    standing_keyframe,
    tail,
    without_frame,
)

from . import strategies

LENGTH = 30
few = settings(max_examples=100)
frame = st.integers(0, LENGTH - 1)
keyframes = strategies.keyframes(LENGTH).map(lambda given_keyframes: Track(1, "cell", given_keyframes).keyframes)


def dense(given_keyframes):
    """Boxes (T, 4), where they are from (T,), and which are occluded (T,)."""
    found = interpolate(Annotations((Track(1, "cell", given_keyframes),)), LENGTH)
    return found.boxes_xyxy[0], found.origin[0], found.occluded[0]


def assert_same(found, expected, frames):
    """Equal but for the last digit of a box: where the exact value lies between two float32, either may be had."""
    boxes, *flags = dense(found)
    np.testing.assert_allclose(boxes[frames], expected[0][frames], rtol=2e-7, atol=1e-9)
    for array, wanted in zip(flags, expected[1:], strict=True):
        np.testing.assert_array_equal(array[frames], wanted[frames])


def assert_absent(found, frames):
    assert not dense(found)[1][frames].any()


def test_the_box_between_two_keyframes_is_on_their_line():
    drawn = (Keyframe(2, (0, 0, 10, 20), occluded=True), Keyframe(6, (8, 4, 30, 20)))
    assert standing_keyframe(drawn, 1) is None
    assert standing_keyframe(drawn, 2) is drawn[0]
    assert standing_keyframe(drawn, 3) == Keyframe(3, (2, 1, 15, 20), occluded=True, origin=KeyframeOrigin.INTERPOLATED)
    assert standing_keyframe(drawn, 6) is drawn[1]
    assert standing_keyframe(drawn, 7) is None


@few
@given(keyframes, frame)
def test_a_standing_keyframe_is_what_interpolation_says(given_keyframes, frame_index):
    standing = standing_keyframe(given_keyframes, frame_index)
    boxes, origin, occluded = dense(given_keyframes)
    if standing is None:
        assert origin[frame_index] == 0
    else:
        np.testing.assert_array_equal(boxes[frame_index], np.float32(standing.box_xyxy))
        assert origin[frame_index] == BOX_ORIGINS[standing.origin]
        assert occluded[frame_index] == standing.occluded


@few
@given(keyframes, frame)
def test_a_cut_leaves_each_side_what_it_was(given_keyframes, frame_index):
    expected = dense(given_keyframes)
    earlier, later = head(given_keyframes, frame_index), tail(given_keyframes, frame_index)
    assert_same(earlier, expected, np.s_[:frame_index])
    assert_absent(earlier, np.s_[frame_index:])
    assert_absent(later, np.s_[:frame_index])
    assert_same(later, expected, np.s_[frame_index:])
    assert_same(join(earlier, later), expected, np.s_[:])


@few
@given(keyframes, keyframes, frame)
def test_what_is_joined_does_not_flow_into_each_other(one, other, frame_index):
    joined = join(head(one, frame_index), tail(other, frame_index))
    assert_same(joined, dense(one), np.s_[:frame_index])
    assert_same(joined, dense(other), np.s_[frame_index:])


@few
@given(keyframes, frame)
def test_one_frame_can_be_taken_out_alone(given_keyframes, frame_index):
    remaining = without_frame(given_keyframes, frame_index)
    others = np.arange(LENGTH) != frame_index
    assert_same(remaining, dense(given_keyframes), others)
    assert_absent(remaining, frame_index)


@few
@given(keyframes, keyframes)
def test_interleaved_tracks_have_the_boxes_of_both(one, other):
    assume(not shared_frames(Track(1, "cell", one), Track(2, "cell", other)))
    merged = interleaved(one, other)
    here, there = dense(one), dense(other)
    assert_same(merged, here, here[1] > 0)
    assert_same(merged, there, there[1] > 0)
    assert_absent(merged, (here[1] == 0) & (there[1] == 0))


def test_interleaved_stretches_keep_their_gaps():
    one = (Keyframe(0, (0, 0, 1, 1)), Keyframe(4, (8, 0, 9, 1), outside=True), Keyframe(10, (5, 5, 6, 6)))
    other = (Keyframe(4, (2, 2, 3, 3)), Keyframe(6, (2, 2, 3, 3)))
    merged = dense(interleaved(one, other))
    np.testing.assert_array_equal(merged[1][:12], [1, 2, 2, 2, 1, 2, 1, 0, 0, 0, 1, 0])
    np.testing.assert_array_equal(merged[0][3], [6, 0, 7, 1])  # on its way to the outside box that is gone now


@pytest.mark.parametrize("other_id", [1, 5])
def test_shared_frames_are_named(other_id):
    track = Track(5, "cell", (Keyframe(0, (0, 0, 1, 1)), Keyframe(3, (0, 0, 1, 1))))
    other = replace(track, track_id=other_id, keyframes=(Keyframe(2, (0, 0, 1, 1)), Keyframe(9, (0, 0, 1, 1))))
    assert shared_frames(track, other) == (2, 3)
    assert shared_frames(track, Track(9, "cell")) == ()
