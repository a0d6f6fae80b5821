import os
import shutil
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest

pytest.importorskip("napari", reason="the window's tests need napari and a Qt binding: make test installs both")

os.environ["NAPARI_CONFIG"] = str(Path(tempfile.mkdtemp(prefix="mfvis-tests-")) / "settings.yaml")  # read at import

import napari

from mfvis_engine.project import Project
from mfvis_napari.session import Session
from mfvis_napari.widgets.main import MaskFreeVis
from tests.gui.clip import make_project
from tests.gui.training.scripted import scripted_engines

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


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """A folder with a project, to copy: making one takes twenty times as long."""
    folder = tmp_path_factory.mktemp("template")
    make_project(folder / "made")
    return (folder / "made").rename(folder / "moved")  # a copy has no video but its own


@pytest.fixture
def project_path(template, tmp_path):
    """The path of a closed project about the small clip, with two boxed tracks."""
    shutil.copytree(template, tmp_path / "project")
    return tmp_path / "project" / "walk.mfvis"


@pytest.fixture
def session(project_path):
    """An open session without a window."""
    project = Project.open(project_path)
    opened = Session(project, project.video())
    yield opened
    opened.close()


@pytest.fixture
def fresh_viewer(qapp):
    """A napari window of the test's own. napari's `make_napari_viewer` bears no other window beside it."""
    viewer = napari.Viewer(show=True)
    yield viewer
    with suppress(RuntimeError):  # the test has closed it
        viewer.close()


@pytest.fixture
def own_window(fresh_viewer):
    """The dock widget in a window of the test's own, which the test may close."""
    widget = MaskFreeVis(fresh_viewer)
    fresh_viewer.window.add_dock_widget(widget, name="Mask-free VIS")
    fresh_viewer.window.activate()
    yield widget
    with suppress(RuntimeError):  # the test has closed the window
        widget.shut_down()


@pytest.fixture(scope="package")  # tests of other packages run after these in the same process
def window(qapp):
    """A real window with the dock widget, which all tests share: opening one takes a second and more.

    Its engines, in `engines`, tell what a test says.
    """
    viewer = napari.Viewer(show=True)
    widget = MaskFreeVis(viewer)
    widget.engines = scripted_engines(widget.trainer)
    viewer.window.add_dock_widget(widget, name="Mask-free VIS")
    viewer.window.activate()
    yield widget
    widget.shut_down()
    viewer.close()


@pytest.fixture
def annotator(window, project_path, qtbot):
    """The dock widget in a real window, which is in front, with the small project open."""
    window.workspace.open_project(project_path)
    window.window().activateWindow()
    qtbot.waitUntil(window.window().isActiveWindow)
    yield window
    window.workspace.close_project()
