"""The dock widget in a real window, as a whole."""

import pytest


@pytest.mark.gui
def test_a_project_opens_with_its_layers(annotator):
    viewer = annotator.workspace.viewer

    assert [layer.name for layer in viewer.layers] == ["video", "masks", "proposals", "boxes"]
    assert len(annotator.workspace.layers.boxes.layer.data) == 1
    viewer.dims.set_current_step(0, 3)
    assert annotator.workspace.session.view.frame_index == 3
    assert len(annotator.workspace.layers.boxes.layer.data) == 2
