"""A bar that shows how far something is."""

from qtpy.QtWidgets import QProgressBar

_HEIGHT_PX = 8


class ThinBar(QProgressBar):
    """A progress bar without words, drawn when the window is drawn next.

    Qt's own has the window drawn at once, the picture with it, whenever its value changes.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setTextVisible(False)
        self.setMaximumHeight(_HEIGHT_PX)

    def setValue(self, value: int) -> None:  # noqa: N802 - Qt's name
        """Shows another value."""
        self.setUpdatesEnabled(False)
        super().setValue(value)
        self.setUpdatesEnabled(True)
