"""Actions on masks, without a window."""

import numpy as np
import pytest

from mfvis_engine.annotation import VERIFIED_BIT, MaskCode
from mfvis_engine.annotation.verbs import EditMask, Verify
from mfvis_napari.actions import masks
from mfvis_napari.actions.action import ActionRefusedError
from tests.gui.clip import HEIGHT, WIDTH, paint_truth

ALL = (
    masks.toggle_verified,
    masks.verify_up_to_here,
    masks.clear_mask,
    masks.hand_back,
    masks.edit_masks,
)


@pytest.fixture
def painted(desk):
    """The desk, with both tracks painted in frames 2 to 5."""
    for frame_index in range(2, 6):
        desk.session.do(EditMask(frame_index, 0, 0, paint_truth(np.zeros((HEIGHT, WIDTH), np.uint16), frame_index)))
    desk.session.view.select([1])
    return desk


def verified(desk, track_id):
    return np.flatnonzero(desk.session.masks.codes(track_id) & VERIFIED_BIT).tolist()


@pytest.mark.parametrize("action", ALL)
def test_without_a_project_they_ask_for_one(empty_desk, action):
    with pytest.raises(ActionRefusedError, match="No project is open"):
        action(empty_desk)


def test_without_a_track_they_ask_for_one(desk):
    for action in ALL:
        with pytest.raises(ActionRefusedError, match="No track is selected"):
            action(desk)


def test_going_back_to_boxes_wants_a_project(desk, empty_desk):
    masks.edit_boxes(desk)
    assert desk.layers.called == ["boxes.begin_selecting"]
    with pytest.raises(ActionRefusedError, match="No project is open"):
        masks.edit_boxes(empty_desk)


def test_painting_is_of_the_masks_layer(painted):
    masks.edit_masks(painted)
    assert painted.layers.called == ["masks.begin_painting"]


def test_all_selected_are_verified_unless_all_are(painted):
    painted.session.view.frame_index = 3
    masks.toggle_verified(painted)
    painted.session.view.select([1, 2])
    masks.toggle_verified(painted)
    assert verified(painted, 1) == verified(painted, 2) == [3]
    masks.toggle_verified(painted)
    assert verified(painted, 1) == verified(painted, 2) == []


def test_verifying_up_to_here_begins_after_the_last_verified_frame(painted):
    painted.session.view.frame_index = 2
    masks.toggle_verified(painted)
    painted.session.view.frame_index = 4
    masks.verify_up_to_here(painted)
    assert verified(painted, 1) == [2, 3, 4]
    assert verified(painted, 2) == []


def test_verifying_up_to_here_begins_with_the_track(painted):
    painted.session.view.select([2])
    painted.session.view.frame_index = 4
    masks.verify_up_to_here(painted)
    assert verified(painted, 2) == [2, 3, 4]


def test_verifying_up_to_here_is_for_every_selected_track_and_is_told(painted):
    painted.session.view.select([1, 2])
    painted.session.view.frame_index = 4
    painted.session.do(Verify((1,), 2, 3))
    masks.verify_up_to_here(painted)
    assert verified(painted, 1) == verified(painted, 2) == [2, 3, 4]
    assert painted.said[-1].text == "Verified up to frame 4: track 1 from frame 4, track 2 from frame 2."


def test_before_a_track_there_is_nothing_to_verify(painted):
    painted.session.view.select([2])
    painted.session.view.frame_index = 1
    with pytest.raises(ActionRefusedError, match="Track 2 begins after frame 1"):
        masks.verify_up_to_here(painted)


def test_a_cleared_mask_is_a_persons_and_one_handed_back_nobodys(painted):
    session = painted.session
    for action, code in ((masks.clear_mask, MaskCode.EDITED), (masks.hand_back, MaskCode.NONE)):
        session.view.frame_index = 3
        action(painted)
        assert not (session.read_masks(3) == 1).any()
        assert (session.read_masks(3) == 2).any()
        assert session.masks.codes(1)[3] == code
