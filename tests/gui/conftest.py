import os
import sys

import pytest

pytest.importorskip("napari", reason="the window's tests need napari and a Qt binding: make test installs both")

from mfvis_engine.project import Project
from mfvis_napari.session import Session
from mfvis_napari.widgets.main import MaskFreeVis
from tests.gui.clip import make_project

HAS_DISPLAY = sys.platform != "linux" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def pytest_collection_modifyitems(items):
    # Qt aborts the whole process where there is no display.
    if not HAS_DISPLAY:
        for item in items:
            if item.get_closest_marker("gui"):
                item.add_marker(pytest.mark.skip(reason="no display: run under xvfb-run, as make test does"))


@pytest.fixture(autouse=True)
def own_settings(tmp_path):
    """No test reads or writes the settings of the person who runs it."""
    from qtpy.QtCore import QSettings

    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))


@pytest.fixture
def project_path(tmp_path):
    return make_project(tmp_path)


@pytest.fixture
def session(project_path):
    """An open session without a window."""
    project = Project.open(project_path)
    opened = Session(project, project.video())
    yield opened
    opened.close()


@pytest.fixture
def annotator(make_napari_viewer, project_path):
    """The dock widget in a real window, with the small project open."""
    viewer = make_napari_viewer(show=True)
    widget = MaskFreeVis(viewer)
    viewer.window.add_dock_widget(widget, name="Mask-free VIS")
    widget.workspace.open_project(project_path)
    yield widget
    widget.shut_down()
