from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings

from mfvis_engine.annotation import Annotations, BoxOrigin, InvalidFrameError, Keyframe, Track, interpolate

from .strategies import annotations

LENGTH = 30
few = settings(max_examples=50)


def one_track(*keyframes):
    return Annotations((Track(1, "cell", keyframes),))


def test_a_box_moves_on_the_straight_line():
    dense = interpolate(one_track(Keyframe(2, (0, 0, 10, 20)), Keyframe(6, (8, 4, 30, 20))), 10)
    expected = [[0, 0, 10, 20], [2, 1, 15, 20], [4, 2, 20, 20], [6, 3, 25, 20], [8, 4, 30, 20]]
    np.testing.assert_array_equal(dense.boxes_xyxy[0, 2:7], np.array(expected, dtype=np.float32))
    np.testing.assert_array_equal(dense.origin[0], [0, 0, 1, 2, 2, 2, 1, 0, 0, 0])
    assert np.isnan(dense.boxes_xyxy[0, [0, 1, 7, 8, 9]]).all()


def test_outside_ends_the_presence_until_the_next_keyframe():
    dense = interpolate(
        one_track(
            Keyframe(0, (0, 0, 2, 2)),
            Keyframe(2, (4, 0, 6, 2), outside=True),
            Keyframe(5, (9, 9, 10, 10)),
        ),
        7,
    )
    np.testing.assert_array_equal(dense.origin[0], [1, 2, 0, 0, 0, 1, 0])
    np.testing.assert_array_equal(dense.boxes_xyxy[0, 1], [2, 0, 4, 2])  # on its way to the outside box


def test_occluded_holds_until_the_next_keyframe():
    dense = interpolate(
        one_track(
            Keyframe(1, (0, 0, 2, 2), occluded=True),
            Keyframe(3, (0, 0, 2, 2)),
            Keyframe(5, (0, 0, 2, 2), occluded=True, outside=True),
        ),
        7,
    )
    np.testing.assert_array_equal(dense.occluded[0], [0, 1, 1, 0, 0, 0, 0])


def test_a_track_of_one_keyframe_is_there_in_that_frame_alone():
    dense = interpolate(one_track(Keyframe(3, (0, 0, 2, 2))), 4)
    np.testing.assert_array_equal(dense.present[0], [0, 0, 0, 1])


def test_tracks_do_not_leak_into_each_other():
    dense = interpolate(
        Annotations(
            (
                Track(9, "dog", (Keyframe(0, (0, 0, 1, 1)), Keyframe(3, (3, 3, 4, 4)))),
                Track(2, "cat", (Keyframe(3, (0, 0, 1, 1)),)),
                Track(4, "cat"),
            )
        ),
        4,
    )
    assert dense.track_ids.tolist() == [2, 4, 9]
    assert dense.categories == ("cat", "cat", "dog")
    np.testing.assert_array_equal(dense.origin, [[0, 0, 0, 1], [0, 0, 0, 0], [1, 2, 2, 1]])


@pytest.mark.parametrize("length", [0, 5])
def test_no_tracks_give_no_boxes(length):
    dense = interpolate(Annotations(), length)
    assert dense.boxes_xyxy.shape == (0, length, 4)
    assert dense.to_frame().empty


def test_a_keyframe_past_the_video_is_refused():
    with pytest.raises(InvalidFrameError, match="track 1 has a keyframe in frame 8, but the video has 8 frames"):
        interpolate(one_track(Keyframe(8, (0, 0, 1, 1))), 8)
    with pytest.raises(InvalidFrameError, match="cannot have -1 frames"):
        interpolate(Annotations(), -1)


@few
@given(annotations(LENGTH))
def test_keyframes_are_reproduced_exactly(given_annotations):
    dense = interpolate(given_annotations, LENGTH)
    for row, track in enumerate(given_annotations.tracks):
        for keyframe in track.keyframes:
            found = dense.boxes_xyxy[row, keyframe.frame_index]
            if keyframe.outside:
                assert np.isnan(found).all()
                assert dense.origin[row, keyframe.frame_index] == BoxOrigin.ABSENT
            else:
                np.testing.assert_array_equal(found, np.float32(keyframe.box_xyxy))
                assert dense.origin[row, keyframe.frame_index] == BoxOrigin.DRAWN
                assert dense.occluded[row, keyframe.frame_index] == keyframe.occluded


@few
@given(annotations(LENGTH))
def test_between_keyframes_boxes_lie_between_theirs(given_annotations):
    dense = interpolate(given_annotations, LENGTH)
    for row, track in enumerate(given_annotations.tracks):
        for before, after in pairwise(track.keyframes):
            frames = slice(before.frame_index + 1, after.frame_index)
            if before.outside:
                assert not dense.present[row, frames].any()
                continue
            low = np.minimum(before.box_xyxy, after.box_xyxy) - 1e-3
            high = np.maximum(before.box_xyxy, after.box_xyxy) + 1e-3
            between = dense.boxes_xyxy[row, frames]
            assert ((between >= low) & (between <= high)).all()
            assert (dense.origin[row, frames] == BoxOrigin.INTERPOLATED).all()
            assert (dense.occluded[row, frames] == before.occluded).all()


@few
@given(annotations(LENGTH))
def test_nothing_is_before_the_first_and_after_the_last_keyframe(given_annotations):
    dense = interpolate(given_annotations, LENGTH)
    for row, track in enumerate(given_annotations.tracks):
        frames = [keyframe.frame_index for keyframe in track.keyframes] or [LENGTH]
        assert not dense.present[row, : frames[0]].any()
        assert not dense.present[row, frames[-1] + 1 :].any()
    np.testing.assert_array_equal(np.isfinite(dense.boxes_xyxy).all(axis=-1), dense.present)
    np.testing.assert_array_equal(np.isnan(dense.boxes_xyxy).all(axis=-1), ~dense.present)
    assert not dense.occluded[~dense.present].any()
