import numpy as np
import pytest

from mfvis_engine.annotation import Annotations, BoxOrigin, Keyframe, Track, interpolate
from mfvis_engine.inference.vis import apply_known, label_image, match_known
from mfvis_engine.inference.vis.known_tracks import KnownTracksError, box_iou
from tests.inference.vis.frames import box_frame, found

NAMES = ("cat", "dog")


def known(*tracks, length=4):
    """Dense boxes of (id, category, box), each there in all frames and drawn in the first and last."""
    return interpolate(
        Annotations(
            tuple(
                Track(
                    track_id,
                    category,
                    (Keyframe(0, tuple(map(float, box))), Keyframe(length - 1, tuple(map(float, box)))),
                )
                for track_id, category, box in tracks
            )
        ),
        length,
    )


def test_box_iou():
    iou = box_iou(np.array([[0, 0, 4, 4], [np.nan] * 4]), np.array([[0, 0, 4, 4], [2, 0, 6, 4], [4, 0, 8, 4]]))
    np.testing.assert_allclose(iou, [[1, 1 / 3, 0], [0, 0, 0]])


def test_each_known_track_gets_the_found_one_that_lies_on_it():
    boxes = known((5, "cat", (0, 0, 10, 10)), (9, "dog", (12, 0, 22, 10)), (11, "cow", (0, 12, 8, 20)))
    frames = [box_frame(t, {1: (13, 0, 22, 10), 2: (0, 0, 9, 10), 3: (24, 12, 29, 18)}) for t in range(4)]
    tracks = [found(1, [0.2, 0.7], 4), found(2, [0.6, 0.1], 4), found(3, [0.5, 0.1], 4)]
    matches = match_known(frames, tracks, boxes, NAMES)
    assert {(claim.row, claim.track_number) for claim in matches.claims} == {(0, 2), (1, 1)}
    assert matches.new_numbers == (3,)
    assert matches.new_id(3) == 12
    applied = apply_known(frames[0], matches)
    assert applied.track_numbers.tolist() == [5, 9, 12]
    kept = matches.kept(tracks, 0.4)
    assert {(track.track_number, round(track.score, 4)) for track in kept} == {(5, 0.6), (9, 0.7), (12, 0.5)}
    assert set(np.unique(label_image(applied, kept)).tolist()) == {0, 5, 9, 12}
    assert {track.label for track in matches.kept(tracks, 0.55)} == {5, 9}


def test_the_class_decides_where_boxes_are_alike():
    boxes = known((1, "cat", (0, 0, 10, 10)), (2, "dog", (1, 0, 11, 10)))
    frames = [box_frame(t, {1: (0, 0, 10, 10), 2: (1, 0, 11, 10)}) for t in range(4)]
    tracks = [found(1, [0.1, 0.9], 4), found(2, [0.9, 0.1], 4)]
    by_class = match_known(frames, tracks, boxes, NAMES)
    assert {(claim.row, claim.track_number) for claim in by_class.claims} == {(0, 2), (1, 1)}
    unnamed = match_known(frames, tracks, boxes, ("horse", "pig"))
    assert {(claim.row, claim.track_number) for claim in unnamed.claims} == {(0, 1), (1, 2)}


def test_a_class_without_a_box_is_no_reason():
    boxes = known((1, "cat", (0, 0, 10, 10)))
    frames = [box_frame(t, {1: (20, 10, 28, 18)}) for t in range(4)]
    matches = match_known(frames, [found(1, [0.9, 0.0], 4)], boxes, NAMES)
    assert matches.claims == ()
    assert matches.new_numbers == (1,)


def test_a_track_found_in_pieces():
    boxes = known((3, "cat", (0, 0, 10, 10)), length=8)
    frames = [box_frame(t, {1: (0, 0, 10, 10)} if t < 5 else {2: (0, 0, 10, 9)}) for t in range(8)]
    matches = match_known(frames, [found(1, [0.9, 0.0], 5), found(2, [0.8, 0.0], 3)], boxes, NAMES)
    assert [claim.track_number for claim in matches.claims] == [1, 2]
    assert matches.new_numbers == ()
    assert [apply_known(frame, matches).track_numbers.tolist() for frame in frames] == [[3]] * 8


def test_two_on_one_known_track_in_one_frame():
    boxes = known((3, "cat", (0, 0, 10, 10)))
    frames = [box_frame(t, {1: (0, 0, 10, 8), 2: (0, 0, 10, 10)}) for t in range(4)]
    matches = match_known(frames, [found(1, [0.9, 0.0], 4), found(2, [0.8, 0.0], 4)], boxes, NAMES)
    applied = apply_known(frames[0], matches)
    assert applied.track_numbers.tolist() == [3]
    assert applied.masks[0].sum() == 100


def test_masks_stay_in_drawn_boxes_and_near_guessed_ones():
    boxes = known((3, "cat", (5, 5, 15, 15)))
    assert boxes.origin[0].tolist() == [
        BoxOrigin.DRAWN,
        BoxOrigin.INTERPOLATED,
        BoxOrigin.INTERPOLATED,
        BoxOrigin.DRAWN,
    ]
    frames = [box_frame(t, {1: (2, 2, 18, 18)}) for t in range(4)]
    matches = match_known(frames, [found(1, [0.9, 0.0], 4)], boxes, NAMES)
    drawn, guessed = (apply_known(frames[t], matches) for t in (0, 1))
    assert drawn.boxes_xyxy.tolist() == [[5, 5, 15, 15]]
    assert drawn.masks.sum() == 100
    assert guessed.boxes_xyxy.tolist() == [[4, 4, 16, 16]]  # 12 % of 10 pixels, rounded


def test_a_known_track_that_is_absent_has_no_mask():
    boxes = known((3, "cat", (0, 0, 10, 10)))
    boxes.origin[0, 2] = BoxOrigin.ABSENT
    boxes.boxes_xyxy[0, 2] = np.nan
    frames = [box_frame(t, {1: (0, 0, 10, 10)}) for t in range(4)]
    matches = match_known(frames, [found(1, [0.9, 0.0], 4)], boxes, NAMES)
    applied = apply_known(frames[2], matches)
    assert applied.masks.shape == (0, 20, 30)
    assert applied.boxes_xyxy.shape == (0, 4)


@pytest.mark.parametrize("tracks", [[], [found(1, [0.5, 0.1], 4)]])
def test_nothing_known(tracks):
    frames = [box_frame(t, {1: (0, 0, 10, 10)}) for t in range(4)]
    matches = match_known(frames, tracks, known(), NAMES)
    assert matches.claims == ()
    assert matches.new_numbers == tuple(track.track_number for track in tracks)
    assert apply_known(frames[0], matches).track_numbers.tolist() == [1] * len(tracks)


def test_nothing_found():
    matches = match_known([], [], known((3, "cat", (0, 0, 10, 10))), NAMES)
    assert matches.claims == ()
    assert matches.new_numbers == ()


def test_another_video():
    with pytest.raises(KnownTracksError, match=r"Frame 4 .* 4 frames"):
        match_known([box_frame(4, {1: (0, 0, 5, 5)})], [found(1, [0.5, 0.1])], known((3, "cat", (0, 0, 9, 9))), NAMES)
