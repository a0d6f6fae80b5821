"""The window with all keys."""

import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QWidget

from mfvis_napari.actions.catalogue import ACTIONS
from mfvis_napari.actions.keys import Keys
from mfvis_napari.memory import Memory
from mfvis_napari.messages import Messages
from mfvis_napari.widgets.help import HelpPanel

pytestmark = pytest.mark.gui

LEFT, SHIFT = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def panel(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    memory, messages = Memory(), Messages()
    ran = []
    keys = Keys(window, ACTIONS, ran.append, memory.own_keys)
    made = HelpPanel(keys, memory, messages, window)
    made.keys, made.ran, made.said = keys, ran, []
    messages.said.connect(made.said.append)
    made.show_help()
    yield made
    made.close()
    assert made.said == made.ran == []  # whatever was pressed here did nothing in the window


def lines(panel):
    """(heading, what, keys) of all lines that are shown."""
    roots = [panel.list.topLevelItem(position) for position in range(panel.list.topLevelItemCount())]
    return [
        (root.text(0), root.child(row).text(0), root.child(row).text(1))
        for root in roots
        for row in range(root.childCount())
        if not root.isHidden() and not root.child(row).isHidden()
    ]


def press(panel, name, key, modifier=Qt.KeyboardModifier.NoModifier):
    panel.list.select(name)
    panel.editor.press.setFocus()
    QTest.keyClick(panel.editor.press, key, modifier)


def test_it_shows_every_action_under_its_heading_and_what_the_mouse_does(panel):
    shown = lines(panel)
    assert ("Boxes", "Keyframe here: make or delete", "K") in shown
    assert ("Moving through the video", "Next frame", "F or Right") in shown
    assert ("With the mouse", "Zoom the timeline", "Ctrl+wheel") in shown
    assert {action.title for action in ACTIONS} <= {what for _, what, _ in shown}


@pytest.mark.parametrize(("text", "what"), [("merge two", "Merge two selected tracks"), ("ctrl+e", "Export")])
def test_what_is_searched_is_found_by_words_and_by_key(panel, text, what):
    QTest.keyClicks(panel.search, text)
    assert what in [line[1] for line in lines(panel)]
    assert len(lines(panel)) < 4


def test_a_pressed_key_takes_the_place_of_the_old_one_and_is_kept(panel):
    press(panel, "boxes.keyframe", Qt.Key.Key_Y, SHIFT)
    assert panel.keys.keys("boxes.keyframe") == ("Shift+Y",)
    assert Memory().own_keys == {"boxes.keyframe": ("Shift+Y",)}
    assert ("Boxes", "Keyframe here: make or delete", "Shift+Y") in lines(panel)
    assert panel.editor.answer.text() == "Now: Shift+Y."


def test_a_key_may_stand_besides_the_others(panel):
    panel.editor.keep_others.setChecked(True)
    press(panel, "boxes.keyframe", Qt.Key.Key_Y)
    press(panel, "boxes.keyframe", Qt.Key.Key_Y)
    assert panel.keys.keys("boxes.keyframe") == ("K", "Y")


def test_a_key_of_another_action_is_refused_in_words(panel):
    press(panel, "boxes.keyframe", Qt.Key.Key_V)
    assert "V is the key of “Verify here, or take that back” already" in panel.editor.answer.text()
    assert panel.keys.keys("boxes.keyframe") == ("K",)
    assert Memory().own_keys == {}


def test_an_action_may_have_no_key_and_go_back_to_its_default(panel):
    panel.list.select("boxes.keyframe")
    assert not panel.editor.default.isEnabled()
    QTest.mouseClick(panel.editor.no_key, LEFT)
    assert Memory().own_keys == {"boxes.keyframe": ()}
    assert ("Boxes", "Keyframe here: make or delete", "no key") in lines(panel)
    QTest.mouseClick(panel.editor.default, LEFT)
    assert panel.keys.keys("boxes.keyframe") == ("K",)
    assert Memory().own_keys == {}


def test_a_heading_and_a_mouse_hint_have_no_key_to_change(panel):
    mouse = panel.list.topLevelItem(panel.list.topLevelItemCount() - 1)
    panel.list.setCurrentItem(mouse.child(0))
    assert not panel.editor.press.isEnabled()
    assert "click it in the list" in panel.editor.title.text()


def test_keys_pressed_here_do_nothing_in_the_window(panel):
    panel.list.setFocus()
    for key in (Qt.Key.Key_K, Qt.Key.Key_Delete, Qt.Key.Key_Space):
        QTest.keyClick(panel.list, key)


def test_it_closes_by_esc_and_opens_again(panel):
    QTest.keyClick(panel, Qt.Key.Key_Escape)
    assert not panel.isVisible()
    panel.show_help()
    assert panel.isVisible()
