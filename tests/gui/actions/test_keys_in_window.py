"""Our keys beside napari's, in a real window."""

import pytest
from qtpy.QtCore import Qt
from qtpy.QtGui import QKeySequence
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QLineEdit, QSlider, QTableView

from mfvis_napari import napari_private
from mfvis_napari.actions.catalogue import ACTIONS, LEFT_TO_PAINTING
from mfvis_napari.actions.keys import Keys
from tests.gui.clip import make_project

pytestmark = [pytest.mark.gui, pytest.mark.both_bindings]


@pytest.fixture(scope="module")
def noted(window, tmp_path_factory):
    """The window with a project open, and with keys that do nothing but note their action."""
    window.workspace.open_project(make_project(tmp_path_factory.mktemp("keys")))
    viewer = window.workspace.viewer
    qt_window, ran = napari_private.window_of(viewer), []
    window.keys.give_back(action.name for action in ACTIONS)
    patch = pytest.MonkeyPatch()
    patch.setattr(window.keys, "give_back", lambda names: None)  # whichever layer is active
    keys = Keys(qt_window, ACTIONS, lambda action: ran.append(action.name), {})
    qt_window.activateWindow()
    window.noted, window.noting_keys = ran, keys
    window.canvas = viewer.window._qt_viewer.canvas.native
    yield window
    keys.give_back(action.name for action in ACTIONS)
    keys.deleteLater()
    patch.undo()
    window.keys.give_back(())
    window.workspace.close_project()


@pytest.fixture(autouse=True)
def in_front(noted, qtbot):
    qtbot.waitUntil(noted.window().isActiveWindow)
    noted.noted.clear()


def press_all(annotator, target):
    """The keys that did not do what they say, by action."""
    target.setFocus()
    missed = []
    for action in ACTIONS:
        for key in action.keys:
            annotator.noted.clear()
            QTest.keySequence(target, QKeySequence(key))
            if annotator.noted != [action.name]:
                missed.append(key)
    return missed


def look(viewer):
    return [(layer.name, layer.mode, layer.visible, getattr(layer, "selected_label", None)) for layer in viewer.layers]


def test_over_the_picture_ours_win_whichever_layer_is_active(noted):
    viewer = noted.workspace.viewer
    for active in ("video", "masks", "boxes"):
        viewer.layers.selection.active = viewer.layers[active]
        before = look(viewer)
        assert press_all(noted, noted.canvas) == [], active
        assert look(viewer) == before
    assert viewer.dims.ndisplay == 2


def test_in_a_table_and_on_a_slider_they_are_keys_too_but_not_where_one_types(noted):
    for target in (QTableView(), QSlider()):
        noted.layout().addWidget(target)
        target.show()
        assert press_all(noted, target) == [], target
        target.deleteLater()
    noted.noted.clear()
    line = QLineEdit()
    noted.layout().addWidget(line)
    line.show()
    line.setFocus()
    typed = "nkoqmxbvfdertujg123456789 "
    QTest.keyClicks(line, typed)
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Home, Qt.Key.Key_End):
        QTest.keyClick(line, key)
    QTest.keyClick(line, Qt.Key.Key_Backspace)
    QTest.keyClick(line, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert noted.noted == []
    assert line.text() == typed
    line.deleteLater()


def test_while_a_person_paints_the_number_keys_choose_naparis_tools(noted):
    viewer = noted.workspace.viewer
    masks = viewer.layers.selection.active = viewer.layers["masks"]
    noted.noting_keys.give_back(LEFT_TO_PAINTING)
    noted.canvas.setFocus()
    modes = []
    for key in (Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_4):
        QTest.keyClick(noted.canvas, key)
        modes.append(str(masks.mode))
    assert modes == ["erase", "paint", "fill"]
    assert noted.noted == []
    QTest.keyClick(noted.canvas, Qt.Key.Key_V)
    assert noted.noted == ["masks.verify"]
    masks.mode = "pan_zoom"
