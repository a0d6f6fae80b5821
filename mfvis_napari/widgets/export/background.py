"""One piece of work at a time, beside the window's thread."""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

from qtpy.QtCore import QObject, Signal  # type: ignore[attr-defined]  # qtpy gives it for every binding

R = TypeVar("R")


class _Bridge(QObject):
    """Carries what a thread has to say to the window's thread."""

    said = Signal(object)


class Background(QObject, Generic[R]):
    """Runs a function on a thread of its own and hands back what comes of it, on the window's thread."""

    def __init__(
        self, on_done: Callable[[R], object], on_error: Callable[[Exception], object], parent: QObject | None = None
    ) -> None:
        """Both functions are called on the window's thread; not for work that was let go."""
        super().__init__(parent)
        self._on_done, self._on_error = on_done, on_error
        self._thread: threading.Thread | None = None
        self._bridge: _Bridge | None = None

    @property
    def is_busy(self) -> bool:
        """Whether something runs whose end has not been told."""
        return self._bridge is not None

    def run(self, work: Callable[[], R]) -> None:
        """Begins; only when nothing runs."""
        bridge = _Bridge()
        bridge.said.connect(self._on_said)
        self._bridge = bridge

        def carry_out() -> None:
            try:
                outcome: R | Exception = work()
            except Exception as error:
                outcome = error
            with suppress(RuntimeError):  # the window has gone meanwhile
                bridge.said.emit((bridge, outcome))

        self._thread = threading.Thread(target=carry_out, name="mfvis export", daemon=True)
        self._thread.start()

    def let_go(self, timeout_s: float = 2.0) -> None:
        """Wants to hear nothing more; waits a little for the work to end, which its own means must have told to."""
        self._bridge = None
        if self._thread is not None:
            self._thread.join(timeout_s)

    def _on_said(self, said: tuple[_Bridge, R | Exception]) -> None:
        bridge, outcome = said
        if bridge is not self._bridge:
            return
        self._bridge = None
        if isinstance(outcome, Exception):
            self._on_error(outcome)
        else:
            self._on_done(outcome)
