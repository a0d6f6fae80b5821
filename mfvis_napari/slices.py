"""Long work on the window's thread, a little at a time, so that the window stays alive."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from qtpy.QtCore import QObject, QTimer

SLICE_S = 0.02
"""For so long work goes on before the window has its turn."""

OnError = Callable[[Exception], None]


@dataclass
class _Work:
    steps: Iterator[object]
    on_end: Callable[[], None]
    on_error: OnError


class Slices(QObject):
    """Walks through iterators whose every step is a piece of work, one iterator after another, in slices of 20 ms.

    A step that takes longer holds the window up for as long as it takes.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: deque[_Work] = deque()
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._slice)

    @property
    def is_busy(self) -> bool:
        """Whether anything is still to be done."""
        return bool(self._waiting)

    def run(self, steps: Iterator[object], *, on_error: OnError, on_end: Callable[[], None] = lambda: None) -> None:
        """Walks through `steps` after what waits already; its first slice comes at once where nothing does.

        Args:
            steps: The work.
            on_error: Called with what a step raises; the rest of its steps are left out.
            on_end: Called when all steps are done, and not after an error.
        """
        self._waiting.append(_Work(steps, on_end, on_error))
        if len(self._waiting) == 1:
            self._timer.start()
            self._slice()

    def finish(self) -> None:
        """Does all that waits, however long it takes."""
        while self._waiting:
            self._slice()

    def drop(self) -> None:
        """Forgets what waits."""
        self._waiting.clear()
        self._timer.stop()

    def _slice(self) -> None:
        end_s = time.perf_counter() + SLICE_S
        while self._waiting:
            work = self._waiting[0]
            try:
                if not self._step(work):
                    work.on_end()
            except Exception as error:
                self._leave(work)
                work.on_error(error)
            if time.perf_counter() >= end_s:
                break
        if not self._waiting:
            self._timer.stop()

    def _step(self, work: _Work) -> bool:
        """Does one step; False where there is none left."""
        try:
            next(work.steps)
        except StopIteration:
            self._leave(work)
            return False
        return True

    def _leave(self, work: _Work) -> None:
        if self._waiting and self._waiting[0] is work:  # a step may have dropped everything
            self._waiting.popleft()
