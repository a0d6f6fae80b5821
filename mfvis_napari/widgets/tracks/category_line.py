"""What the selected tracks are, and the next new one."""

from collections.abc import Callable

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QComboBox, QCompleter, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget
from superqt import QFlowLayout

from mfvis_napari.session import Session

_NUMBER_KEYS = 9
Choose = Callable[[str], None]


class CategoryLine(QWidget):
    """A box to choose or type a category in, and one button a category with its number key."""

    def __init__(self, choose: Choose) -> None:
        """`choose` gives the selected tracks and the next new one a category."""
        super().__init__()
        self._choose = choose
        self._session: Session | None = None
        self.combo = QComboBox()
        self.combo.setEditable(True)
        self.combo.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.combo.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.combo.setToolTip("What the selected tracks are, and the next new one. Type a new name and press Enter.")
        self.combo.textActivated.connect(self._on_chosen)
        line_edit = self.combo.lineEdit()
        if line_edit is not None:
            line_edit.returnPressed.connect(self._on_typed)
        completer = self.combo.completer()
        if completer is not None:
            completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
            completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._chips = QFlowLayout()
        self._chips.setContentsMargins(0, 0, 0, 0)
        self._chips.setHorizontalSpacing(3)
        self._chips.setVerticalSpacing(3)
        line = QHBoxLayout()
        line.addWidget(QLabel("Category"))
        line.addWidget(self.combo, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addLayout(line)
        column.addLayout(self._chips)
        self._chip_of: dict[str, QPushButton] = {}
        self._shown: tuple[str, ...] = ()

    def show_session(self, session: Session | None) -> None:
        """Is about another session, or none."""
        self._session = session
        self.refresh()

    def refresh(self) -> None:
        """Shows the categories there are now, and the one that is current."""
        names = () if self._session is None else self._session.categories.names
        current = "" if self._session is None else self._session.categories.current
        if names != self._shown:
            self._shown = names
            self.combo.clear()
            self.combo.addItems(names)
            self._make_chips(names[:_NUMBER_KEYS])
        if self.combo.currentText() != current:
            self.combo.setEditText(current)
        for name, chip in self._chip_of.items():
            chip.setChecked(name == current)

    def _make_chips(self, names: tuple[str, ...]) -> None:
        for gone in self._chip_of.values():
            self._chips.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        self._chip_of = {}
        for number, name in enumerate(names, start=1):
            chip = QPushButton(f"{number} {name}")
            chip.setCheckable(True)
            chip.setToolTip(f"Key {number}: the selected tracks and the next new one are {name}")
            chip.clicked.connect(self._chooser(name))
            self._chips.addWidget(chip)
            self._chip_of[name] = chip

    def _chooser(self, name: str) -> Callable[..., None]:
        return lambda *_: self._on_chosen(name)

    def _on_typed(self) -> None:
        self._on_chosen(self.combo.currentText())
        self.combo.clearFocus()  # so that the keys are the window's again

    def _on_chosen(self, name: str) -> None:
        self._choose(name.strip())
        self.refresh()
