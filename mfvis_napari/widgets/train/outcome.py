"""How a training ended, and the ways on."""

from collections.abc import Callable
from dataclasses import dataclass

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget


@dataclass(frozen=True)
class WayOn:
    """What can be done next.

    Attributes:
        text: Of its button.
        go: Does it.
    """

    text: str
    go: Callable[[], object]


class Outcome(QWidget):
    """A text with a coloured edge, and a button for each way on; hidden while there is nothing to say."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("mfvis.train.outcome")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.label = QLabel(wordWrap=True)
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.buttons: tuple[QPushButton, ...] = ()
        self._row = QHBoxLayout()
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 2, 2, 2)
        column.addWidget(self.label)
        column.addLayout(self._row)
        self.hide()

    def say(self, text: str, *, is_good: bool = True, ways: tuple[WayOn, ...] = ()) -> None:
        """Shows a text, until another comes or `clear`."""
        self.label.setText(text)
        color = "#2e7d4f" if is_good else "#c2761a"
        self.setStyleSheet(f"QWidget#{_escaped(self.objectName())} {{ border-left: 3px solid {color}; }}")
        self._set_buttons(ways)
        self.show()

    def clear(self) -> None:
        """Shows nothing."""
        self.label.clear()
        self._set_buttons(())
        self.hide()

    def _set_buttons(self, ways: tuple[WayOn, ...]) -> None:
        for button in self.buttons:
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.buttons = tuple(QPushButton(way.text) for way in ways)
        for button, way in zip(self.buttons, ways, strict=True):
            button.clicked.connect(lambda _=False, go=way.go: go())
            self._row.addWidget(button)


def _escaped(name: str) -> str:
    return name.replace(".", "\\.")
