"""The dock widget in a real window, as a whole."""

from dataclasses import replace

import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication, QMessageBox
from superqt import QCollapsible

from mfvis_engine.annotation.verbs import AddKeyframe
from mfvis_engine.project import Project
from mfvis_napari.widgets.main import MaskFreeVis
from tests.gui.hand import Hand

pytestmark = pytest.mark.gui


def test_a_project_opens_with_its_layers(annotator):
    viewer = annotator.workspace.viewer

    assert [layer.name for layer in viewer.layers] == ["video", "masks", "proposals", "boxes"]
    assert len(annotator.workspace.layers.boxes.layer.data) == 1
    viewer.dims.set_current_step(0, 3)
    assert annotator.workspace.session.view.frame_index == 3
    assert len(annotator.workspace.layers.boxes.layer.data) == 2


def test_the_sections_come_in_the_order_of_the_work(annotator):
    assert [section.title for section in annotator.sections] == ["Project", "Tracks", "Train", "Review", "Export"]
    assert annotator.timeline.isVisible()


def test_a_folded_section_stays_folded_the_next_time(annotator):
    collapsible = annotator.review.parentWidget()
    while not isinstance(collapsible, QCollapsible):
        collapsible = collapsible.parentWidget()

    collapsible.collapse(animate=False)
    assert annotator.memory.is_folded("Review")
    collapsible.expand(animate=False)
    assert not annotator.memory.is_folded("Review")


def test_while_a_person_paints_the_number_keys_are_naparis(annotator):
    session, layers = annotator.workspace.session, annotator.workspace.layers
    session.view.select([1])
    hand = Hand(annotator.workspace.viewer)

    layers.masks.begin_painting()
    hand.key(Qt.Key.Key_2)
    assert session.annotations.track(1).category == "cell"
    layers.boxes.begin_selecting()
    hand.key(Qt.Key.Key_2)
    assert session.annotations.track(1).category == "dish"


def test_without_a_project_keys_are_naparis(annotator, monkeypatch):
    said = []
    annotator.workspace.messages.said.connect(said.append)
    annotator.workspace.close_project()

    Hand(annotator.workspace.viewer).key(Qt.Key.Key_K)

    assert said == []


def test_a_fault_of_ours_is_shown_and_the_window_lives_on(annotator, monkeypatch):
    def fail(workspace):
        raise RuntimeError("a fault")

    action = replace(annotator.keys.actions["boxes.keyframe"], run=fail)
    annotator._run(action)

    dialog = annotator.findChild(QMessageBox, "mfvis.fault")
    assert "a fault" in dialog.informativeText()
    assert "saved" in dialog.text()
    dialog.close()
    annotator.workspace.session.do(AddKeyframe(1, 3))
    assert annotator.workspace.session.annotations.track(1).keyframe(3) is not None


def test_a_closed_window_gives_the_project_back(fresh_viewer, project_path):
    viewer = fresh_viewer
    widget = MaskFreeVis(viewer)
    viewer.window.add_dock_widget(widget, name="Mask-free VIS")
    widget.workspace.open_project(project_path)
    workspace = widget.workspace

    viewer.close()
    QApplication.processEvents()

    assert workspace.session is None
    with Project.open(project_path) as project:
        assert not project.read_only
