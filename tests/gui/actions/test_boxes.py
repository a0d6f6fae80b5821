"""Actions on boxes, without a window."""

import pytest

from mfvis_engine.annotation import VerbRefusedError
from mfvis_napari.actions import boxes
from mfvis_napari.actions.action import ActionRefusedError

ALL = (
    boxes.begin_drawing_here,
    boxes.toggle_keyframe,
    boxes.toggle_outside,
    boxes.toggle_occluded,
    boxes.copy_to_next_frame,
    boxes.delete_here,
    boxes.end_here,
)


@pytest.mark.parametrize("action", ALL)
def test_without_a_project_they_ask_for_one(empty_desk, action):
    with pytest.raises(ActionRefusedError, match="No project is open"):
        action(empty_desk)


def test_without_a_track_they_ask_for_one(desk):
    for action in ALL:
        with pytest.raises(ActionRefusedError, match="No track is selected"):
            action(desk)


@pytest.mark.parametrize("action", [boxes.toggle_occluded, boxes.copy_to_next_frame])
def test_without_a_box_here_they_ask_for_one(desk, action):
    desk.session.view.select([2])
    desk.session.view.frame_index = 9
    with pytest.raises(ActionRefusedError, match="Track 2 has no box in frame 9"):
        action(desk)


@pytest.mark.parametrize("frame_index", [4, 9])
def test_one_more_box_of_a_track_is_drawn_whether_it_has_one_or_not(desk, frame_index):
    desk.session.view.select([2])
    desk.session.view.frame_index = frame_index
    boxes.begin_drawing_here(desk)
    assert desk.session.view.track_ids == (2,)
    assert desk.layers.called == ["boxes.begin_drawing"]


def test_a_keyframe_comes_and_goes(desk):
    session = desk.session
    session.view.select([1])
    session.view.frame_index = 4
    boxes.toggle_keyframe(desk)
    assert session.box(1, 4).is_given
    boxes.toggle_keyframe(desk)
    assert not session.box(1, 4).is_given


def test_an_object_leaves_and_is_here_after_all(desk):
    session = desk.session
    session.view.select([1])
    session.view.frame_index = 4
    boxes.toggle_outside(desk)
    assert session.box(1, 4) is None
    assert session.box(1, 6) is None
    boxes.toggle_outside(desk)
    assert session.box(1, 4) is not None


def test_an_object_is_hidden_and_seen_again(desk):
    session = desk.session
    session.view.select([1])
    session.view.frame_index = 2
    boxes.toggle_occluded(desk)
    assert session.box(1, 2).occluded
    assert session.box(1, 5).occluded
    boxes.toggle_occluded(desk)
    assert not session.box(1, 2).occluded


def test_a_box_is_copied_to_the_next_frame_and_one_goes_there(desk):
    session = desk.session
    session.view.select([1])
    session.view.frame_index = 8
    boxes.copy_to_next_frame(desk)
    assert session.view.frame_index == 9
    assert session.box(1, 9).box_xyxy == (45, 5, 65, 25)


def test_behind_the_last_frame_there_is_none_to_copy_to(desk):
    session = desk.session
    session.view.select([1])
    session.view.frame_index = 8
    for _ in range(3):
        boxes.copy_to_next_frame(desk)
    with pytest.raises(ActionRefusedError, match="Frame 11 is the last one"):
        boxes.copy_to_next_frame(desk)


def test_a_track_goes_out_of_one_frame_or_ends(desk):
    session = desk.session
    session.view.select([1])
    session.view.frame_index = 4
    boxes.delete_here(desk)
    assert [session.box(1, frame_index) is not None for frame_index in (3, 4, 5)] == [True, False, True]
    with pytest.raises(VerbRefusedError, match="no box and no mask in frame 4"):
        boxes.delete_here(desk)
    boxes.end_here(desk)
    assert session.box(1, 5) is None
    with pytest.raises(VerbRefusedError, match="no box and no mask after frame 4"):
        boxes.end_here(desk)
