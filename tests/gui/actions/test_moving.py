"""Actions that go to another frame, without a window."""

import numpy as np
import pytest

from mfvis_engine.annotation.verbs import EditMask, Verify
from mfvis_napari.actions import moving
from mfvis_napari.actions.action import ActionRefusedError
from tests.gui.clip import HEIGHT, WIDTH, paint_truth

ALL = (
    moving.next_frame,
    moving.previous_frame,
    moving.next_ten,
    moving.previous_ten,
    moving.to_first,
    moving.to_last,
    moving.next_keyframe,
    moving.previous_keyframe,
    moving.next_unverified,
    moving.previous_unverified,
    moving.to_begin_of_track,
)


@pytest.mark.parametrize("action", ALL)
def test_they_want_a_project(empty_desk, action):
    with pytest.raises(ActionRefusedError, match="No project is open"):
        action(empty_desk)


@pytest.mark.parametrize(
    ("action", "frame_index"),
    [
        (moving.next_frame, 6),
        (moving.previous_frame, 4),
        (moving.next_ten, 11),  # the end
        (moving.previous_ten, 0),  # the beginning
        (moving.to_first, 0),
        (moving.to_last, 11),
        (moving.next_keyframe, 6),  # of track 2
        (moving.previous_keyframe, 2),
    ],
)
def test_they_go_where_they_say(desk, action, frame_index):
    desk.session.view.frame_index = 5
    action(desk)
    assert desk.session.view.frame_index == frame_index


def test_keyframes_are_those_of_the_selected_track(desk):
    desk.session.view.select([1])
    moving.next_keyframe(desk)
    assert desk.session.view.frame_index == 8
    with pytest.raises(ActionRefusedError, match="no keyframe after frame 8"):
        moving.next_keyframe(desk)
    desk.session.view.select([2])
    moving.to_begin_of_track(desk)
    assert desk.session.view.frame_index == 2
    with pytest.raises(ActionRefusedError, match="no keyframe before frame 2"):
        moving.previous_keyframe(desk)


def test_unverified_masks_are_those_of_the_selected_track_or_of_any(desk):
    session = desk.session
    for frame_index in (1, 3, 5):
        session.do(EditMask(frame_index, 0, 0, paint_truth(np.zeros((HEIGHT, WIDTH), np.uint16), frame_index)))
    session.do(Verify((1,), 3, 5))
    moving.next_unverified(desk)
    moving.next_unverified(desk)
    assert session.view.frame_index == 3  # of track 2
    session.view.select([1])
    moving.previous_unverified(desk)
    assert session.view.frame_index == 1
    with pytest.raises(ActionRefusedError, match="no unverified mask after frame 1"):
        moving.next_unverified(desk)


def test_where_there_is_no_mask_none_is_unverified(desk):
    with pytest.raises(ActionRefusedError, match="no unverified mask after frame 0"):
        moving.next_unverified(desk)
