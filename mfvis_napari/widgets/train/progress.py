"""How far a training is: what goes on, a bar, and the time left."""

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from mfvis_napari.training.advance import Advance
from mfvis_napari.widgets.thin_bar import ThinBar
from mfvis_napari.widgets.train.words import phase_text, time_left_text

_FULL = 1000
_WIDEST = "a few seconds left"


class Progress(QWidget):
    """Shows it.

    Attributes:
        stage, left, bar: What goes on, the time left, and how much of the whole is done.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stage, self.left, self.bar = QLabel(), QLabel(), ThinBar()
        self.bar.setRange(0, _FULL)
        self.left.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.left.setFixedWidth(self.left.fontMetrics().horizontalAdvance(_WIDEST) * 5 // 4)
        # a new text must not lay the whole dock out again
        self.stage.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        column, row = QVBoxLayout(self), QHBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.stage)
        row.addWidget(self.bar, 1)
        row.addWidget(self.left)
        column.addLayout(row)

    def begin(self) -> None:
        """Shows that nothing is done yet."""
        self.bar.setValue(0)
        self.show()

    def show_advance(self, advance: Advance) -> None:
        """Shows how far it is."""
        self.stage.setText(phase_text(advance))
        self.left.setText(time_left_text(advance.seconds_left))
        self.bar.setValue(round(_FULL * advance.fraction))
