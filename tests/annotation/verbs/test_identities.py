import numpy as np
import pytest

from mfvis_engine.annotation import (
    InvalidFrameError,
    InvalidTrackIdError,
    MaskOrigin,
    MaskState,
    UnknownTrackError,
    VerbRefusedError,
    interpolate,
)
from mfvis_engine.annotation.verbs import MergeTracks, NewTrack, SplitTrack, SwapTracks

from .scene import LENGTH


def boxes(scene):
    """For each track, its boxes (T, 4) with the origin as a fifth number."""
    dense = interpolate(scene.annotations, LENGTH)
    rows = np.concatenate([np.nan_to_num(dense.boxes_xyxy, nan=-1), dense.origin[..., None]], axis=2)
    return dict(zip(dense.track_ids.tolist(), rows, strict=True))


def test_merging_keeps_every_box_and_the_gap(scene):
    before = boxes(scene)
    scene.paint(3, 5, [0])
    scene.paint(1, 8, [1], verified=True)
    scene.do(MergeTracks(3, 1))
    after = boxes(scene)
    assert 3 not in after
    expected = before[1].copy()
    expected[[5, 6]] = before[3][[5, 6]]  # 1 was outside from 4 to 6
    np.testing.assert_array_equal(after[1], expected)
    np.testing.assert_array_equal(after[2], before[2])
    assert scene.state(1, 5) == MaskState(1, 5, MaskOrigin.PREDICTED, "run")
    assert (scene.pixels[5, :, 0] == 1).all()
    assert sorted(scene.states) == [(5, 1), (8, 1)]
    assert scene.track(1).category == "cell"


def test_masks_that_meet_are_united_and_stay_protected(scene):
    scene.paint(3, 5, [0], MaskOrigin.EDITED, None)
    scene.paint(1, 5, [1])
    scene.do(MergeTracks(3, 1))
    assert scene.state(1, 5) == MaskState(1, 5, MaskOrigin.EDITED)
    assert (scene.pixels[5, :, :2] == 1).all()


def test_two_objects_in_one_frame_cannot_be_merged(scene):
    with pytest.raises(VerbRefusedError, match="Tracks 2 and 1 both have a box in frames 8, 9, 10, so they are two"):
        scene.do(MergeTracks(2, 1))
    with pytest.raises(VerbRefusedError, match="cannot be merged into itself"):
        scene.do(MergeTracks(1, 1))
    with pytest.raises(UnknownTrackError, match="99"):
        scene.do(MergeTracks(99, 1))
    with pytest.raises(UnknownTrackError, match="99"):
        scene.do(MergeTracks(1, 99))


@pytest.mark.parametrize("frame_index", [1, 4, 5, 7, 9, 10])
def test_splitting_divides_boxes_and_masks_at_the_frame(scene, frame_index):
    for mask_frame in (0, frame_index - 1, frame_index):
        scene.paint(1, mask_frame, [2])
    before = boxes(scene)
    scene.do(SplitTrack(1, frame_index, 8))
    after = boxes(scene)
    np.testing.assert_array_equal(after[1][:frame_index], before[1][:frame_index])
    np.testing.assert_array_equal(after[8][frame_index:], before[1][frame_index:])
    assert not after[1][frame_index:, 4].any()
    assert not after[8][:frame_index, 4].any()
    assert scene.state(8, frame_index) == MaskState(8, frame_index, MaskOrigin.PREDICTED, "run")
    assert (scene.pixels[frame_index, :, 2] == 8).all()
    assert (scene.pixels[frame_index - 1, :, 2] == 1).all()
    assert scene.track(8).category == "cell"
    scene.do(MergeTracks(8, 1))
    np.testing.assert_array_equal(boxes(scene)[1], before[1])


def test_what_cannot_be_split(scene):
    with pytest.raises(VerbRefusedError, match="There is a track or mask with the id 2 already"):
        scene.do(SplitTrack(1, 5, 2))
    scene.paint(77, 0, [0])
    with pytest.raises(VerbRefusedError, match="track or mask with the id 77"):
        scene.do(SplitTrack(1, 5, 77))
    with pytest.raises(VerbRefusedError, match="Track 2 has no box and no mask before frame 8"):
        scene.do(SplitTrack(2, 8, 9))
    with pytest.raises(VerbRefusedError, match="Track 1 has no box and no mask from frame 11"):
        scene.do(SplitTrack(1, 11, 9))
    with pytest.raises(InvalidFrameError):
        scene.do(SplitTrack(1, 12, 9))
    with pytest.raises(InvalidTrackIdError):
        SplitTrack(1, 5, 65536)


@pytest.mark.parametrize("frame_index", [0, 5, 9, 10])
def test_swapping_changes_places_from_the_frame_on(scene, frame_index):
    scene.paint(1, frame_index, [0])
    scene.paint(2, frame_index, [1], MaskOrigin.EDITED, None)
    before = boxes(scene)
    scene.do(SwapTracks(1, 2, frame_index))
    after = boxes(scene)
    for here, there in ((1, 2), (2, 1)):
        np.testing.assert_array_equal(after[here][:frame_index], before[here][:frame_index])
        np.testing.assert_array_equal(after[here][frame_index:], before[there][frame_index:])
    assert scene.state(2, frame_index) == MaskState(2, frame_index, MaskOrigin.PREDICTED, "run")
    assert scene.state(1, frame_index) == MaskState(1, frame_index, MaskOrigin.EDITED)
    assert scene.pixels[frame_index, 0, :2].tolist() == [2, 1]
    assert (scene.track(1).category, scene.track(2).category) == ("cell", "egg")


def test_what_cannot_be_swapped(scene):
    scene.do(NewTrack(5, "cell"))
    with pytest.raises(VerbRefusedError, match="Neither track 4 nor 5 has a box or mask from frame 0 on"):
        scene.do(SwapTracks(4, 5, 0))
    with pytest.raises(VerbRefusedError, match="cannot be swapped with itself"):
        scene.do(SwapTracks(1, 1, 0))
    with pytest.raises(UnknownTrackError):
        scene.do(SwapTracks(1, 99, 0))
    with pytest.raises(InvalidFrameError):
        scene.do(SwapTracks(1, 2, -1))
