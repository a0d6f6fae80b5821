"""Which model is trained and used: that of the open video, or the person's for many videos."""

from psygnal import Signal
from qtpy.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from mfvis_napari.memory import Memory
from mfvis_napari.widgets.train.model_panel import ModelPanel

_MODELS = ("this video", "my model")


class ModelChoice(QWidget):
    """The choice, and under it what is to choose of a person's model; it is remembered.

    Attributes:
        changed: Emitted without arguments when another one was chosen.
        box: The choice.
        panel: Of the person's model; hidden while it is not chosen.
    """

    changed = Signal()

    def __init__(self, panel: ModelPanel, memory: Memory) -> None:
        super().__init__()
        self._memory, self.panel, self.box = memory, panel, QComboBox()
        self.box.addItems(_MODELS)
        self.box.setToolTip(
            "This video: masks inside the boxes of the open video. My model: learns from many videos, and finds"
            " objects in the next one."
        )
        self.box.setCurrentIndex(int(memory.uses_my_model))
        row, column = QHBoxLayout(), QVBoxLayout(self)
        row.addWidget(QLabel("Model"))
        row.addWidget(self.box, 1)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(panel)
        panel.setVisible(self.is_mine)
        self.box.currentIndexChanged.connect(self._on_changed)

    @property
    def is_mine(self) -> bool:
        """Whether it is the model for many videos."""
        return bool(self.box.currentIndex())

    def set_enabled(self, *, enabled: bool) -> None:
        """Whether anything can be chosen."""
        self.box.setEnabled(enabled)
        self.panel.setEnabled(enabled)

    def _on_changed(self, _: int) -> None:
        self._memory.uses_my_model = self.is_mine
        self.panel.setVisible(self.is_mine)
        self.changed.emit()
