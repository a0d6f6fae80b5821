"""Undo and redo, also of an earlier day, and what actions ask of sections."""

import numpy as np
import pytest

from mfvis_engine.annotation.verbs import EditMask
from mfvis_engine.project import Project
from mfvis_napari.actions import boxes, masks, tracks, whole
from mfvis_napari.actions.action import ActionRefusedError
from mfvis_napari.requests import Request
from mfvis_napari.session import Session
from tests.gui.clip import HEIGHT, LENGTH, WIDTH, paint_truth

NEED_A_PROJECT = (
    whole.undo,
    whole.redo,
    whole.train,
    whole.play,
    whole.next_review,
    whole.previous_review,
    whole.export,
)


def standing(session):
    pixels = [session.read_masks(frame_index).tobytes() for frame_index in range(LENGTH)]
    return session.annotations, session.project.mask_states(), pixels


def reopened(desk):
    path = desk.session.project.path
    desk.session.close()
    project = Project.open(path)
    desk.session = Session(project, project.video())


@pytest.mark.parametrize("action", NEED_A_PROJECT)
def test_they_want_a_project(empty_desk, action):
    with pytest.raises(ActionRefusedError, match="No project is open"):
        action(empty_desk)


@pytest.mark.parametrize(
    ("action", "request_"),
    [
        (whole.open_something, Request.OPEN),
        (whole.train, Request.TRAIN),
        (whole.next_review, Request.NEXT_REVIEW),
        (whole.previous_review, Request.PREVIOUS_REVIEW),
        (whole.export, Request.EXPORT),
        (whole.show_help, Request.HELP),
        (whole.play, "toggle"),
    ],
)
def test_they_are_carried_out_by_others(desk, action, request_):
    action(desk)
    assert desk.asked == [request_]


def test_boxes_tracks_and_masks_are_undone_and_done_again_across_restarts(desk):
    session = desk.session
    labels = paint_truth(np.zeros((HEIGHT, WIDTH), np.uint16), 3)
    held = [standing(session)]
    for action in (
        boxes.toggle_keyframe,
        lambda desk: desk.session.do(EditMask(3, 0, 0, labels)),
        masks.toggle_verified,
        tracks.split_here,
        lambda desk: tracks.choose_category(desk, "mouse"),
        masks.clear_mask,
    ):
        session.view.frame_index = 3
        session.view.select(session.view.track_ids or [1])
        action(desk)
        held.append(standing(session))

    for before in held[-2::-1]:
        reopened(desk)
        whole.undo(desk)
        assert standing(desk.session) == before
    for after in held[1:]:
        reopened(desk)
        whole.redo(desk)
        assert standing(desk.session) == after
    assert desk.said[0].text.startswith("Undone: clear masks of track 3")
    assert desk.said[-1].text.startswith("Done again: clear masks of track 3")
    desk.session.close()


def test_where_there_is_nothing_to_undo_it_is_said(desk):
    whole.redo(desk)
    for _ in range(2):  # of the annotations that the project began with
        whole.undo(desk)
    assert [message.text for message in desk.said] == [
        "There is nothing to do again.",
        "Undone: replace all tracks",
        "There is nothing to undo.",
    ]


def test_what_is_selected_is_a_track_that_is_there(desk):
    desk.session.view.select([1, 2])
    whole.undo(desk)
    assert desk.session.view.track_ids == ()
