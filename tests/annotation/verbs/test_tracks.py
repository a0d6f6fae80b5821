import numpy as np
import pytest

from mfvis_engine.annotation import (
    Annotations,
    InvalidCategoryError,
    InvalidFrameError,
    InvalidTrackIdError,
    Keyframe,
    MaskOrigin,
    UnknownTrackError,
    VerbRefusedError,
    interpolate,
)
from mfvis_engine.annotation.verbs import DeleteHere, DeleteTrack, EndTrack, NewTrack, RenameCategory

from .scene import BOX, LENGTH


def present(scene, track_id):
    return interpolate(Annotations((scene.track(track_id),)), LENGTH).present[0]


def test_a_new_track(scene):
    scene.do(NewTrack(9, "egg", (Keyframe(2, BOX),)))
    assert scene.track(9).category == "egg"
    with pytest.raises(VerbRefusedError, match="There is a track 9 already"):
        scene.do(NewTrack(9, "egg"))
    with pytest.raises(
        InvalidFrameError, match="Track 10 has a keyframe in frame 12; the last frame of the video is 11"
    ):
        scene.do(NewTrack(10, "egg", (Keyframe(12, BOX),)))
    with pytest.raises(InvalidTrackIdError):
        scene.do(NewTrack(0, "egg"))


def test_deleting_a_track_takes_its_masks_along_and_no_others(scene):
    scene.paint(1, 0, [0, 1])
    scene.paint(2, 0, [3], MaskOrigin.EDITED)
    scene.paint(1, 8, [0], verified=True)
    changes = scene.do(DeleteTrack(1))
    assert [change.frame_index for change in changes] == [0, 8]
    assert 1 not in scene.annotations.track_ids
    assert list(scene.states) == [(0, 2)]
    assert np.unique(scene.pixels).tolist() == [0, 2]
    with pytest.raises(UnknownTrackError):
        scene.do(DeleteTrack(1))


def test_ending_a_track_leaves_this_frame_and_those_before(scene):
    for frame_index in (1, 8, 9):
        scene.paint(1, frame_index, [0])
    before = present(scene, 1)
    scene.do(EndTrack(1, 8))
    after = present(scene, 1)
    np.testing.assert_array_equal(after[:9], before[:9])
    assert not after[9:].any()
    assert sorted(scene.states) == [(1, 1), (8, 1)]
    with pytest.raises(VerbRefusedError, match="Track 1 has no box and no mask after frame 8"):
        scene.do(EndTrack(1, 8))


def test_deleting_here_is_absence_in_one_frame_only(scene):
    for frame_index in (8, 9):
        scene.paint(1, frame_index, [0])
    before = interpolate(scene.annotations, LENGTH)
    scene.do(DeleteHere(1, 8))
    after = interpolate(scene.annotations, LENGTH)
    others = np.arange(LENGTH) != 8
    np.testing.assert_array_equal(after.boxes_xyxy[:, others], before.boxes_xyxy[:, others])
    np.testing.assert_array_equal(after.origin[:, others], before.origin[:, others])
    assert not after.present[0, 8]
    assert list(scene.states) == [(9, 1)]
    assert not scene.pixels[8].any()
    with pytest.raises(VerbRefusedError, match="no box and no mask in frame 8"):
        scene.do(DeleteHere(1, 8))


def test_a_mask_without_a_box_can_be_deleted_here(scene):
    scene.paint(4, 2, [0])
    scene.do(DeleteHere(4, 2))
    assert not scene.states


def test_renaming(scene):
    scene.do(RenameCategory(3, "Zelle ü"))
    assert scene.track(3).category == "Zelle ü"
    with pytest.raises(UnknownTrackError):
        scene.do(RenameCategory(99, "cell"))
    with pytest.raises(InvalidCategoryError):
        RenameCategory(3, " ")
