"""Keys in a window, and other keys for them."""

import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from mfvis_napari.actions.action import Action, ActionRefusedError, Group
from mfvis_napari.actions.catalogue import ACTIONS, LEFT_TO_PAINTING
from mfvis_napari.actions.keys import Keys

pytestmark = pytest.mark.gui

SOME = (
    Action("keyframe", "Keyframe here", Group.BOXES, ("K",), print),
    Action("undo", "Undo", Group.WHOLE, ("Ctrl+Z", "U"), print),
    Action("help", "All keys", Group.WHOLE, ("F1",), print, needs_project=False),
)


class Window(QWidget):
    """A picture to have the focus, a line to type in, and a note of what was done."""

    def __init__(self, own_keys):
        super().__init__()
        self.picture, self.line, self.ran = QWidget(), QLineEdit(), []
        self.picture.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        column = QVBoxLayout(self)
        column.addWidget(self.picture)
        column.addWidget(self.line)
        self.keys = Keys(self, SOME, lambda action: self.ran.append(action.name), own_keys)

    def press(self, *pressed, into=None):
        (into or self.picture).setFocus()
        self.ran.clear()
        for key in pressed:
            modifier = Qt.KeyboardModifier.ControlModifier if key == Qt.Key.Key_Z else Qt.KeyboardModifier.NoModifier
            QTest.keyClick(into or self.picture, key, modifier)
        return list(self.ran)


@pytest.fixture
def opened(qtbot):
    def open_window(own_keys=()):
        window = Window(dict(own_keys))
        qtbot.addWidget(window)
        window.show()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        return window

    return open_window


K, U, Z, Y, F1 = Qt.Key.Key_K, Qt.Key.Key_U, Qt.Key.Key_Z, Qt.Key.Key_Y, Qt.Key.Key_F1


def test_no_two_actions_have_the_same_key_name_or_title():
    keys = [key for action in ACTIONS for key in action.keys]
    assert len(set(keys)) == len(keys)
    assert len({action.name for action in ACTIONS}) == len({action.title for action in ACTIONS}) == len(ACTIONS)


def test_only_number_keys_are_left_to_painting():
    assert [action.keys for action in ACTIONS if action.name in LEFT_TO_PAINTING] == [(str(n),) for n in range(1, 10)]


def test_keys_do_what_they_say_but_not_what_is_typed(opened):
    window = opened()
    assert window.press(K, U, Z, F1) == ["keyframe", "undo", "undo", "help"]
    assert window.press(K, U, into=window.line) == []
    assert window.line.text() == "ku"
    assert window.press(Z, into=window.line) == []
    assert window.line.text() == ""


def test_a_persons_own_keys_take_the_place_of_the_default_ones(opened):
    window = opened({"keyframe": ("Y",), "undo": (), "gone": ("G",)})
    assert window.press(K, Y, U, Z) == ["keyframe"]
    assert window.keys.keys("undo") == ()


def test_another_key_is_taken_at_once_and_told(opened):
    window = opened()
    told = []
    window.keys.changed.connect(lambda: told.append(window.keys.keys("undo")))
    window.keys.rebind("undo", ("y", "ctrl+z"))
    assert told == [("Y", "Ctrl+Z")]
    assert window.press(U, Y, Z) == ["undo", "undo"]


@pytest.mark.parametrize(
    ("keys", "words"),
    [(("K",), "K is the key of “Keyframe here” already"), (("no key",), "'no key' is no key"), (("",), "'' is no key")],
)
def test_a_key_that_cannot_be_is_refused_and_nothing_changes(opened, keys, words):
    window = opened()
    with pytest.raises(ActionRefusedError, match=words):
        window.keys.rebind("undo", keys)
    assert window.keys.keys("undo") == ("Ctrl+Z", "U")
    assert window.press(K, U) == ["keyframe", "undo"]


def test_without_a_project_only_what_needs_none_has_its_key(opened):
    window = opened()
    window.keys.set_enabled(False)
    assert window.press(K, U, F1) == ["help"]
    window.keys.rebind("keyframe", ("Y",))  # does not wake it
    assert window.press(Y) == []
    window.keys.set_enabled(True)
    assert window.press(Y) == ["keyframe"]


def test_keys_are_given_back_to_napari_and_taken_again(opened):
    window = opened()
    window.keys.give_back(["keyframe"])
    assert window.press(K, U) == ["undo"]
    window.keys.set_enabled(True)
    assert window.press(K) == []
    window.keys.give_back(())
    assert window.press(K) == ["keyframe"]
