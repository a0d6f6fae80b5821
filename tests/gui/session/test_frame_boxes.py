from mfvis_engine.annotation import Annotations, Keyframe, KeyframeOrigin, Track
from mfvis_napari.session import FrameBox, frame_boxes
from tests.gui.clip import ANNOTATIONS


def test_boxes_are_given_or_on_the_line():
    assert frame_boxes(ANNOTATIONS, 2) == (
        FrameBox(1, "cell", (15, 5, 35, 25), is_given=False, occluded=False),
        FrameBox(2, "dish", (10, 32, 30, 52), is_given=True, occluded=False),
    )


def test_a_track_has_no_box_before_it_begins_where_it_is_outside_and_after_it_ends():
    assert [[box.track_id for box in frame_boxes(ANNOTATIONS, frame_index)] for frame_index in (1, 5, 6, 8, 9)] == [
        [1],
        [1, 2],
        [1],
        [1],
        [],
    ]


def test_hidden_is_said_until_the_next_keyframe_and_a_box_where_a_track_was_cut_is_no_given_one():
    cut = KeyframeOrigin.INTERPOLATED
    track = Track(3, "cell", (Keyframe(0, (0, 0, 4, 4), occluded=True), Keyframe(4, (4, 0, 8, 4), origin=cut)))
    for frame_index, occluded in ((2, True), (4, False)):
        (box,) = frame_boxes(Annotations((track,)), frame_index)
        assert (box.is_given, box.occluded) == (False, occluded)
