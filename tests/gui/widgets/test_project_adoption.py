"""Layers that napari opened of files of ours are taken over by the annotator of the window."""

import pytest
from napari.components import ViewerModel

from mfvis_napari import workspace as workspace_module
from mfvis_napari.contributions.readers import project_reader, video_reader
from mfvis_napari.contributions.samples import sample_layers
from mfvis_napari.memory import Memory
from mfvis_napari.widgets.project import Adoption, Opening
from mfvis_napari.workspace import Workspace
from tests.gui.widgets.answers import Answers
from tests.gui.widgets.test_project_opening import NoLayers

pytestmark = pytest.mark.gui


@pytest.fixture
def dialogs():
    return Answers()


@pytest.fixture
def workspace(qapp, monkeypatch, dialogs):
    monkeypatch.setattr(workspace_module, "LayerSet", NoLayers)
    workspace = Workspace(ViewerModel())
    workspace.adoption = Adoption(workspace, Opening(workspace, dialogs, Memory()))
    yield workspace
    workspace.close()
    workspace.adoption.close()


def add(workspace, layers):
    for data, settings, kind in layers:
        getattr(workspace.viewer, f"add_{kind}")(data, **settings)


def test_a_project_opens_in_the_place_of_its_plain_layers(workspace, project_path, qtbot):
    workspace.viewer.add_points([[1, 2]], name="mine")
    add(workspace, project_reader(str(project_path))(""))

    qtbot.waitUntil(lambda: len(workspace.viewer.layers) == 1)

    assert workspace.session.project.path == project_path
    assert workspace.viewer.layers[0].name == "mine"


def test_what_cannot_be_opened_stays_a_plain_layer(workspace, project_path, dialogs, qtbot):
    add(workspace, project_reader(str(project_path))(""))
    (project_path.parent / "clip").rename(project_path.parent / "moved")

    qtbot.waitUntil(lambda: dialogs.names == ["lost_video"])

    assert workspace.session is None
    assert len(workspace.viewer.layers) == 2


def test_the_sample_asks_where_to_go(workspace, dialogs, tmp_path, qtbot):
    dialogs._answers["sample_folder"] = [tmp_path]
    add(workspace, sample_layers()[:1])
    qtbot.waitUntil(lambda: workspace.session is not None)
    assert workspace.session.project.path.parent == tmp_path
    assert not workspace.viewer.layers


def test_other_layers_and_closed_annotators_are_left_alone(workspace, tmp_path, qtbot):
    from mfvis_engine.sample import sample_clip

    workspace.adoption.close()
    path = tmp_path / "walk.mp4"
    path.write_bytes(sample_clip().video_path.read_bytes())
    add(workspace, video_reader(str(path))(""))
    qtbot.wait(20)
    assert workspace.session is None
    assert len(workspace.viewer.layers) == 1
