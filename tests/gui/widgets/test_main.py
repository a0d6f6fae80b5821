"""The dock widget in a real window, as a whole."""

import pytest
from qtpy.QtWidgets import QApplication

from mfvis_engine.project import Project
from mfvis_napari.widgets.main import MaskFreeVis

pytestmark = pytest.mark.gui


def test_a_project_opens_with_its_layers(annotator):
    viewer = annotator.workspace.viewer

    assert [layer.name for layer in viewer.layers] == ["video", "masks", "proposals", "boxes"]
    assert len(annotator.workspace.layers.boxes.layer.data) == 1
    viewer.dims.set_current_step(0, 3)
    assert annotator.workspace.session.view.frame_index == 3
    assert len(annotator.workspace.layers.boxes.layer.data) == 2


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
