"""Buttons and a menu of the actions on tracks; both grey out what cannot be done, and say why."""

from collections.abc import Callable
from dataclasses import dataclass

from qtpy.QtGui import QKeySequence
from qtpy.QtWidgets import QGridLayout, QMenu, QPushButton, QWidget

from mfvis_napari.actions.action import Action
from mfvis_napari.actions.catalogue import ACTIONS_BY_NAME
from mfvis_napari.session import Session
from mfvis_napari.widgets.tracks.applicability import what_then, why_not

KeysOf = Callable[[str], tuple[str, ...]]
Run = Callable[[Action], None]


@dataclass(frozen=True)
class _Place:
    """Where a button is, and the short words on it."""

    name: str
    text: str
    row: int
    column: int


_PLACES = (
    _Place("boxes.draw", "New", 0, 0),
    _Place("tracks.merge", "Merge", 0, 1),
    _Place("tracks.swap", "Swap", 0, 2),
    _Place("tracks.split", "Split", 1, 0),
    _Place("tracks.end", "End here", 1, 1),
    _Place("boxes.delete_here", "Delete here", 1, 2),
    _Place("tracks.delete", "Delete track", 2, 0),
    _Place("whole.undo", "Undo", 2, 1),
    _Place("whole.redo", "Redo", 2, 2),
)


class ActionButtons(QWidget):
    """The actions on tracks, with undo and redo."""

    def __init__(self, run: Run) -> None:
        """`run` does an action."""
        super().__init__()
        self._run = run
        self._session: Session | None = None
        self._keys_of: KeysOf = lambda name: ACTIONS_BY_NAME[name].keys
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(3)
        self._buttons: dict[str, QPushButton] = {}
        for place in _PLACES:
            button = self._button(place)
            self._buttons[place.name] = button
            grid.addWidget(button, place.row, place.column)

    def show_session(self, session: Session | None) -> None:
        """Is about another session, or none."""
        self._session = session
        self.refresh()

    def show_keys(self, keys_of: KeysOf) -> None:
        """Names other keys."""
        self._keys_of = keys_of
        self.refresh()

    def refresh(self) -> None:
        """Greys out what cannot be done now."""
        for name, button in self._buttons.items():
            reason = self._reason(name)
            button.setEnabled(not reason)
            if button.toolTip() != (tip := self._tip(name, reason)):
                button.setToolTip(tip)

    def menu(self) -> QMenu:
        """The same actions as a menu."""
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        for name in self._buttons:
            if name == "whole.undo":
                menu.addSeparator()
            reason, action = self._reason(name), ACTIONS_BY_NAME[name]
            entry = menu.addAction(f"{action.title}\t{self._key_text(name)}")
            entry.setEnabled(not reason)
            entry.setToolTip(self._tip(name, reason))
            entry.triggered.connect(self._runner(action))
        return menu

    def _button(self, place: _Place) -> QPushButton:
        button = QPushButton(place.text)
        button.setObjectName(f"mfvis.{place.name}")
        button.clicked.connect(self._runner(ACTIONS_BY_NAME[place.name]))
        return button

    def _runner(self, action: Action) -> Callable[..., None]:
        return lambda *_: self._run(action)

    def _reason(self, name: str) -> str:
        return "No project is open." if self._session is None else why_not(name, self._session)

    def _tip(self, name: str, reason: str) -> str:
        key, action = self._key_text(name), ACTIONS_BY_NAME[name]
        title = f"{action.title} ({key})" if key else action.title
        more = reason or ("" if self._session is None else what_then(name, self._session))
        return "\n".join(filter(None, (title, action.says, more)))

    def _key_text(self, name: str) -> str:
        keys = self._keys_of(name)
        return QKeySequence(keys[0]).toString(QKeySequence.SequenceFormat.NativeText) if keys else ""
