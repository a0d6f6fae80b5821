"""Painting in a real window persists through the verbs."""

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication

from mfvis_engine.annotation import MaskOrigin
from mfvis_engine.annotation.verbs import ClearMask, EditMask
from mfvis_engine.project import Project
from mfvis_napari.messages import Kind
from tests.gui.hand import Hand

pytestmark = pytest.mark.gui


@pytest.fixture
def painter(annotator):
    """The annotator with track 1 selected, a brush of 4 pixels in its hand."""
    workspace = annotator.workspace
    workspace.session.view.select([1])
    workspace.layers.masks.begin_painting()
    workspace.layers.masks.layer.brush_size = 4
    return annotator


def saved(annotator, frame_index=0):
    return annotator.workspace.session.project.read_masks(frame_index)


def test_a_stroke_is_saved_when_the_mouse_is_released(painter):
    hand, session = Hand(painter.workspace.viewer), painter.workspace.session

    hand.press(40, 30)
    hand.move(50, 30)
    assert session.held_frames() == {0}
    assert not saved(painter).any()
    hand.release(50, 30)

    assert session.held_frames() == frozenset()
    assert saved(painter)[30, 38:52].tolist() == [1] * 14
    assert session.project.mask_states(0, 1)[0].origin is MaskOrigin.EDITED
    with Project.open(session.project.path, read_only=True) as reopened:
        np.testing.assert_array_equal(reopened.read_masks(0), saved(painter))


def test_undo_and_redo_go_over_masks_and_boxes_alike(painter):
    workspace = painter.workspace
    hand, session, layer = Hand(workspace.viewer), workspace.session, workspace.layers.masks.layer
    hand.drag((40, 30), (50, 30))
    hand.key(Qt.Key.Key_K)  # a keyframe is taken away
    assert session.annotations.track(1).keyframe(0) is None

    hand.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert session.annotations.track(1).keyframe(0) is not None
    assert layer.data[0].any()
    hand.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not saved(painter).any()
    assert not layer.data[0].any()

    hand.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert layer.data[0].any()
    np.testing.assert_array_equal(layer.data[0], saved(painter))


def test_naparis_own_undo_brings_no_old_pixels_back(painter):
    hand, layer = Hand(painter.workspace.viewer), painter.workspace.layers.masks.layer
    hand.drag((40, 30), (50, 30))
    painter.workspace.session.do(ClearMask((1,), 0, 0))

    layer.undo()

    assert not layer.data[0].any()


def test_a_change_from_elsewhere_is_seen(painter):
    layer = painter.workspace.layers.masks.layer
    assert not layer.data[0].any()

    painter.workspace.session.do(EditMask(0, 10, 20, np.full((3, 4), 2, np.uint16)))

    assert np.count_nonzero(layer.data[0] == 2) == 12
    assert layer.data[0, 10, 20] == 2


def test_a_change_elsewhere_first_hands_in_what_is_painted(painter):
    workspace = painter.workspace
    workspace.layers.masks.layer.data[0, 0:2, 0:2] = 1

    workspace.session.do(EditMask(0, 10, 20, np.full((3, 4), 2, np.uint16)))

    assert np.count_nonzero(saved(painter) == 1) == 4
    assert np.count_nonzero(saved(painter) == 2) == 12


def test_an_edit_by_script_is_saved_after_a_moment(painter, qtbot):
    painter.workspace.layers.masks.layer.data[0, 0:2, 0:2] = 1

    qtbot.waitUntil(lambda: saved(painter).any(), timeout=3000)


def test_fill_is_saved(painter):
    workspace = painter.workspace
    workspace.session.do(EditMask(0, 10, 20, np.full((6, 6), 2, np.uint16)))
    layer = workspace.layers.masks.layer
    layer.mode = "fill"

    Hand(workspace.viewer).click(23, 13)

    assert np.count_nonzero(saved(painter) == 1) == 36


def test_painting_a_label_without_a_track_makes_the_track(painter):
    workspace = painter.workspace
    workspace.layers.masks.layer.selected_label = 9

    Hand(workspace.viewer).drag((40, 30), (50, 30))

    assert 9 in workspace.session.annotations.track_ids
    assert workspace.session.annotations.track(9).category == "cell"
    assert (saved(painter) == 9).any()


def test_the_brush_follows_the_selected_track(painter):
    workspace = painter.workspace
    layer, view = workspace.layers.masks.layer, workspace.session.view

    view.select([2])
    assert layer.selected_label == 2
    layer.selected_label = 1
    assert view.track_ids == (1,)
    view.select([])
    assert layer.mode == "pan_zoom"


def test_what_cannot_be_saved_stays_painted_and_is_saved_later(painter, monkeypatch):
    workspace, said = painter.workspace, []
    workspace.messages.said.connect(said.append)
    project, do = workspace.session.project, workspace.session.project.do
    from mfvis_engine.project import ProjectStorageError

    def full(verb):
        raise ProjectStorageError("The disk is full. Nothing was changed. Free some space.")

    monkeypatch.setattr(project, "do", full)
    Hand(workspace.viewer).drag((40, 30), (50, 30))
    assert said[-1].kind is Kind.REFUSED
    assert workspace.layers.masks.layer.data[0].any()
    assert workspace.session.held_frames() == {0}

    monkeypatch.setattr(project, "do", do)
    workspace.session.flush()

    assert saved(painter).any()


def test_a_project_open_elsewhere_cannot_be_painted(annotator, project_path):
    workspace = annotator.workspace
    workspace.close_project()
    with Project.open(project_path):
        workspace.open_project(project_path)
        assert workspace.session.read_only
        assert not workspace.layers.masks.layer.editable


def test_closing_removes_the_layers_and_keeps_what_was_painted(painter, project_path):
    workspace = painter.workspace
    workspace.layers.masks.layer.data[0, 0:2, 0:2] = 1

    workspace.close_project()

    assert not len(workspace.viewer.layers)
    with Project.open(project_path, read_only=True) as project:
        assert np.count_nonzero(project.read_masks(0)) == 4


def test_removing_layers_closes_the_project(painter):
    workspace, said = painter.workspace, []
    workspace.messages.said.connect(said.append)
    workspace.viewer.layers.selection = {workspace.layers.boxes.layer, workspace.layers.masks.layer}

    workspace.viewer.layers.remove_selected()
    QApplication.processEvents()

    assert workspace.session is None
    assert not len(workspace.viewer.layers)
    assert "closed" in said[-1].text
