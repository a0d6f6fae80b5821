"""Another key for an action."""

from typing import Protocol

from qtpy.QtCore import Qt
from qtpy.QtGui import QKeySequence
from qtpy.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QKeySequenceEdit, QLabel, QPushButton, QWidget

from mfvis_napari.actions.action import ActionRefusedError
from mfvis_napari.actions.keys import Keys
from mfvis_napari.messages import Messages
from mfvis_napari.widgets.help.key_list import key_texts


class KeyMemory(Protocol):
    """Where a person's own keys are kept from one day to the next (`mfvis_napari.memory.Memory`)."""

    @property
    def own_keys(self) -> dict[str, tuple[str, ...]]:
        """The keys by an action's name; actions with default keys are missing."""
        ...

    @own_keys.setter
    def own_keys(self, keys: dict[str, tuple[str, ...]]) -> None: ...


class KeyEditor(QWidget):
    """Gives the chosen action the key that is pressed."""

    def __init__(self, keys: Keys, memory: KeyMemory, messages: Messages) -> None:
        super().__init__()
        self._keys, self._memory = keys, memory
        self._name: str | None = None
        self.title = QLabel()
        self.press = QKeySequenceEdit()
        self.press.setMaximumSequenceLength(1)
        self.keep_others = QCheckBox("besides its other keys")
        self.no_key = QPushButton("No key")
        self.default = QPushButton("Back to default")
        self.answer = QLabel()
        self.answer.setWordWrap(True)
        self.answer.setTextFormat(Qt.TextFormat.PlainText)
        self.press.editingFinished.connect(messages.guarded(self._on_pressed))
        set_none, set_default = messages.guarded(self._set_none), messages.guarded(self._set_default)
        self.no_key.clicked.connect(lambda *_: set_none())
        self.default.clicked.connect(lambda *_: set_default())
        self._lay_out()
        self.edit(None)

    def edit(self, name: str | None) -> None:
        """Is about another action, or none."""
        self._name = name
        self.press.clear()
        self.answer.clear()
        self._refresh()

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.addWidget(self.press, 1)
        line.addWidget(self.keep_others)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.addWidget(self.title, 0, 0, 1, 2)
        grid.addLayout(line, 1, 0, 1, 2)
        grid.addWidget(self.no_key, 2, 0)
        grid.addWidget(self.default, 2, 1)
        grid.addWidget(self.answer, 3, 0, 1, 2)

    def _on_pressed(self) -> None:
        pressed = self.press.keySequence().toString()
        self.press.clear()
        if self._name is not None and pressed:
            kept = self._keys.keys(self._name) if self.keep_others.isChecked() else ()
            self._set(self._name, tuple(dict.fromkeys((*kept, pressed))))

    def _set_none(self) -> None:
        if self._name is not None:
            self._set(self._name, ())

    def _set_default(self) -> None:
        if self._name is not None:
            self._set(self._name, self._keys.actions[self._name].keys)

    def _set(self, name: str, keys: tuple[str, ...]) -> None:
        try:
            self._keys.rebind(name, keys)
        except ActionRefusedError as error:
            self.answer.setText(str(error))
            return
        own = {other: kept for other, kept in self._memory.own_keys.items() if other != name}
        self._memory.own_keys = own if self._is_default(name) else {**own, name: self._keys.keys(name)}
        self.answer.setText(f"Now: {key_texts(self._keys.keys(name)) or 'no key'}.")
        self._refresh()

    def _is_default(self, name: str) -> bool:
        default = tuple(QKeySequence(key).toString() for key in self._keys.actions[name].keys)
        return tuple(QKeySequence(key).toString() for key in self._keys.keys(name)) == default

    def _refresh(self) -> None:
        name = self._name
        for widget in (self.press, self.keep_others, self.no_key, self.default):
            widget.setEnabled(name is not None)
        if name is None:
            self.title.setText("To give an action another key, click it in the list.")
            return
        self.title.setText(f"Click below and press a key for “{self._keys.actions[name].title}”:")
        self.no_key.setEnabled(bool(self._keys.keys(name)))
        self.default.setEnabled(not self._is_default(name))
