import pytest

from mfvis_engine.annotation import (
    InvalidBoxError,
    InvalidFrameError,
    Keyframe,
    KeyframeOrigin,
    UnknownTrackError,
    VerbRefusedError,
)
from mfvis_engine.annotation.verbs import AddKeyframe, DeleteKeyframe, SetBox, SetOccluded, SetOutside

from .scene import BOX, LENGTH, SHIFTED


def test_adding_a_keyframe_approves_the_interpolated_box(scene):
    scene.do(AddKeyframe(2, 9))
    added = scene.track(2).keyframe(9)
    assert added.box_xyxy == pytest.approx((1 + 1 / 3, 1, 3 + 1 / 3, 3))
    assert (added.origin, added.occluded) == (KeyframeOrigin.DRAWN, True)


def test_adding_a_keyframe_where_nothing_was_needs_a_box(scene):
    with pytest.raises(VerbRefusedError, match=r"Track 4 has no box in frame 3\. Give the keyframe a box"):
        scene.do(AddKeyframe(4, 3))
    scene.do(AddKeyframe(4, 3, BOX))
    assert scene.track(4).keyframes == (Keyframe(3, BOX),)
    with pytest.raises(VerbRefusedError, match="has a keyframe in frame 3 already"):
        scene.do(AddKeyframe(4, 3, BOX))


def test_setting_a_box_moves_it_or_makes_a_keyframe(scene):
    scene.do(SetBox(2, 8, SHIFTED))
    assert scene.track(2).keyframe(8) == Keyframe(8, SHIFTED, occluded=True)
    scene.do(SetBox(2, 10, BOX))
    assert scene.track(2).keyframe(10) == Keyframe(10, BOX, occluded=True)
    scene.do(SetBox(1, 4, BOX))
    assert not scene.track(1).keyframe(4).outside  # a box that is drawn is there


def test_deleting_a_keyframe_leaves_the_others(scene):
    scene.do(DeleteKeyframe(1, 4))
    assert [keyframe.frame_index for keyframe in scene.track(1).keyframes] == [0, 7, 10]
    with pytest.raises(VerbRefusedError, match="Track 1 has no keyframe in frame 4"):
        scene.do(DeleteKeyframe(1, 4))


def test_outside_and_inside(scene):
    scene.do(SetOutside(2, 9))
    assert scene.track(2).keyframe(9).outside
    assert scene.track(2).keyframe(9).origin is KeyframeOrigin.INTERPOLATED  # nobody drew it
    scene.do(SetOutside(2, 9, outside=False))
    assert not scene.track(2).keyframe(9).outside
    with pytest.raises(VerbRefusedError, match="Track 1 has no box in frame 5"):
        scene.do(SetOutside(1, 5))


def test_outside_after_the_last_box(scene):
    last = scene.track(1).keyframes[-1]
    scene.do(SetOutside(1, 11))
    keyframe = scene.track(1).keyframe(11)
    assert (keyframe.outside, keyframe.box_xyxy) == (True, last.box_xyxy)
    assert keyframe.origin is KeyframeOrigin.INTERPOLATED
    scene.do(DeleteKeyframe(1, 11))
    assert scene.track(1).keyframes[-1] == last
    with pytest.raises(VerbRefusedError, match="Set a box there"):
        scene.do(SetOutside(1, 11, outside=False))


def test_occluded_and_visible(scene):
    scene.do(SetOccluded(1, 8))
    assert scene.track(1).keyframe(8).occluded
    scene.do(SetOccluded(1, 8, occluded=False))
    assert not scene.track(1).keyframe(8).occluded
    with pytest.raises(VerbRefusedError, match="Only an object that is there"):
        scene.do(SetOccluded(1, 4))


@pytest.mark.parametrize("verb", [AddKeyframe, DeleteKeyframe, SetOutside, SetOccluded, lambda t, f: SetBox(t, f, BOX)])
def test_track_and_frame_must_be_there(scene, verb):
    with pytest.raises(UnknownTrackError, match="no track has the id 99"):
        scene.do(verb(99, 0))
    for frame_index in (-1, LENGTH):
        with pytest.raises(InvalidFrameError, match=f"Frame {frame_index} is outside the video's frames 0 to 11"):
            scene.do(verb(1, frame_index))


def test_a_box_that_covers_nothing_is_refused():
    with pytest.raises(InvalidBoxError):
        SetBox(1, 0, (5, 5, 5, 6))
    with pytest.raises(InvalidBoxError):
        AddKeyframe(1, 0, (0, 0, float("nan"), 1))
