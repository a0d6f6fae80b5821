import numpy as np
import pytest

from mfvis_engine.annotation import (
    Annotations,
    InvalidFrameError,
    InvalidLabelsError,
    Keyframe,
    MaskOrigin,
    MaskState,
    Track,
    UnknownTrackError,
    VerbRefusedError,
)
from mfvis_engine.annotation.verbs import ImportFile, ImportMasks, ReplaceAnnotations

from .scene import BOX, HEIGHT


def labels(*columns):
    return np.tile(np.array(columns, np.uint16), (HEIGHT, 1))


def test_replacing_annotations_leaves_the_masks(scene):
    scene.paint(1, 0, [0])
    scene.do(ReplaceAnnotations(Annotations((Track(9, "egg"),))))
    assert scene.annotations.track_ids == (9,)
    assert scene.state(1, 0) is not None


def test_annotations_past_the_end_are_refused(scene):
    late = Annotations((Track(9, "egg", (Keyframe(12, BOX),)),))
    with pytest.raises(InvalidFrameError, match="Track 9 has a keyframe in frame 12"):
        scene.do(ReplaceAnnotations(late))


def test_imported_masks_are_a_persons_and_spare_what_a_person_did(scene):
    scene.paint(1, 0, [0])
    scene.paint(2, 0, [5], MaskOrigin.EDITED, None)
    scene.paint(3, 0, [3])
    (change,) = scene.do(ImportMasks("a", frames=[(0, labels(0, 1, 2, 0, 0, 0))]))
    assert scene.pixels[0, 0].tolist() == [0, 1, 0, 3, 0, 2]  # 3 is not in the file
    assert scene.state(1, 0) == MaskState(1, 0, MaskOrigin.IMPORTED)
    assert (change.written_ids, change.skipped_ids) == ((1,), (2,))


def test_an_import_replaces_a_persons_masks_only_when_told(scene):
    scene.paint(2, 0, [5], MaskOrigin.EDITED, None)
    scene.paint(3, 0, [4], MaskOrigin.EDITED, None)
    scene.do(ImportMasks("a", replace=True, frames=[(0, labels(2, 0, 0, 0, 0, 0))]))
    assert scene.pixels[0, 0].tolist() == [2, 0, 0, 0, 3, 0]
    assert scene.state(2, 0) == MaskState(2, 0, MaskOrigin.IMPORTED)


@pytest.mark.parametrize(
    ("frames", "error", "message"),
    [
        ([(12, labels(0, 0, 0, 0, 0, 0))], InvalidFrameError, "Frame 12"),
        ([(1, labels(1, 0, 0, 0, 0, 0))] * 2, InvalidFrameError, "frame 1 after frame 1. Give each once, in order"),
        ([(0, labels(1, 1))], InvalidLabelsError, r"shape \(4, 2\); the video's frames are 4 x 6"),
        ([(0, labels(1, 99, 0, 0, 0, 0))], UnknownTrackError, "Frame 0 of a has masks of 99, which are no tracks here"),
        (None, VerbRefusedError, "not recorded with the verb. Read the file again"),
    ],
)
def test_masks_that_do_not_fit_are_refused(scene, frames, error, message):
    with pytest.raises(error, match=message):
        scene.do(ImportMasks("a", frames=frames))
    assert not scene.states


def test_a_file_brings_its_tracks_and_their_masks_at_once(scene):
    annotations = Annotations((*scene.annotations.tracks, Track(9, "egg", (Keyframe(0, BOX),))))
    (change,) = scene.do(ImportFile("a", frames=[(0, labels(9, 0, 0, 0, 0, 0))], annotations=annotations))
    assert scene.annotations == annotations
    assert scene.pixels[0, 0].tolist() == [9, 0, 0, 0, 0, 0]
    assert (scene.state(9, 0).origin, change.written_ids) == (MaskOrigin.IMPORTED, (9,))


def test_a_file_whose_masks_are_of_tracks_it_takes_away_is_refused(scene):
    with pytest.raises(UnknownTrackError, match="masks of 1, which are no tracks here"):
        scene.do(ImportFile("a", frames=[(0, labels(1, 0, 0, 0, 0, 0))], annotations=Annotations()))
