"""Noticing that a person is at work, without looking at every event of the window."""

from collections.abc import Callable

from qtpy.QtCore import QObject, QPoint, QTimer
from qtpy.QtGui import QCursor
from qtpy.QtWidgets import QWidget

LOOK_MS = 500


class ActivityWatch(QObject):
    """Calls back twice a second while the mouse moves over the active window."""

    def __init__(self, window: QWidget, on_activity: Callable[[], None]) -> None:
        super().__init__(window)
        self._on_activity = on_activity
        self._last = QPoint()
        timer = QTimer(self)
        timer.timeout.connect(self._look)
        timer.start(LOOK_MS)

    def _look(self) -> None:
        now, window = QCursor.pos(), self.parent()
        if now != self._last and isinstance(window, QWidget) and window.isActiveWindow():
            self._on_activity()
        self._last = now
