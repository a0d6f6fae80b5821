"""From other threads to the window's."""

from collections.abc import Callable
from contextlib import suppress

from qtpy.QtCore import QObject, Qt, Signal  # type: ignore[attr-defined]  # qtpy gives it for every binding

from mfvis_napari.messages import Messages

Call = Callable[[], object]


class Post(QObject):
    """Has calls made in the window's thread, in the order in which each thread posts them."""

    _posted = Signal(object)

    def __init__(self, messages: Messages) -> None:
        super().__init__()
        self._messages = messages
        self._posted.connect(self._make, Qt.ConnectionType.QueuedConnection)

    def __call__(self, call: Call) -> None:
        """Has `call` made soon; from any thread. What it raises is told to the person."""
        with suppress(RuntimeError):  # Qt has ended
            self._posted.emit(call)

    def _make(self, call: Call) -> None:
        self._messages.guarded(call)()
