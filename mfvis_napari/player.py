"""Playing a video at its own rate, as far as the machine allows: late frames are left out."""

import time
from collections.abc import Callable

from psygnal import Signal
from qtpy.QtCore import QObject, Qt, QTimer

from mfvis_napari.session import View

DEFAULT_FRAMES_PER_SECOND = 25.0


class Player(QObject):
    """Moves a view through the video.

    Attributes:
        playing_changed: Emitted with whether it plays.
    """

    playing_changed = Signal(bool)

    def __init__(self, parent: QObject | None = None, now_s: Callable[[], float] = time.perf_counter) -> None:
        super().__init__(parent)
        self._now_s = now_s
        self._view: View | None = None
        self._frames_per_second = DEFAULT_FRAMES_PER_SECOND
        self._began_s = 0.0
        self._first_frame = self._shown_frame = 0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)

    @property
    def is_playing(self) -> bool:
        """Whether it plays."""
        return self._timer.isActive()

    def load(self, view: View | None, frames_per_second: float | None) -> None:
        """Takes another video's view, standing; None for no video."""
        self.stop()
        self._view = view
        self._frames_per_second = frames_per_second or DEFAULT_FRAMES_PER_SECOND

    def toggle(self) -> None:
        """Plays from the frame in view, from the first where the last is in view; or stops."""
        if self.is_playing:
            self.stop()
        elif self._view is not None and self._view.length > 1:
            if self._view.frame_index == self._view.length - 1:
                self._view.frame_index = 0
            self._first_frame = self._shown_frame = self._view.frame_index
            self._began_s = self._now_s()
            self._timer.start(max(1, round(1000 / self._frames_per_second / 2)))
            self.playing_changed.emit(True)

    def stop(self) -> None:
        """Stops where it is."""
        if self.is_playing:
            self._timer.stop()
            self.playing_changed.emit(False)

    def _tick(self) -> None:
        view = self._view
        if view is None or view.frame_index != self._shown_frame:  # somebody went elsewhere
            self.stop()
            return
        due = self._first_frame + int((self._now_s() - self._began_s) * self._frames_per_second)
        if due > self._shown_frame:
            self._shown_frame = min(due, view.length - 1)
            view.frame_index = self._shown_frame
        if self._shown_frame == view.length - 1:
            self.stop()
