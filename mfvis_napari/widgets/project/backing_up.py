"""A copy of the open project, made while the work goes on."""

import threading
from contextlib import suppress
from pathlib import Path

from qtpy.QtCore import QObject, Qt, Signal  # type: ignore[attr-defined]  # qtpy gives it for every binding

from mfvis_engine.errors import MfvisError
from mfvis_engine.project import CheckReport, backup_project
from mfvis_napari.messages import Messages


class BackupError(MfvisError):
    """The disk refuses a copy; the message says why."""


class BackingUp(QObject):
    """Copies projects in a thread of its own, one at a time.

    Attributes:
        progressed: Emitted with the percentage of a copy that is done.
        ended: Emitted when a copy has ended, well or not.
    """

    progressed = Signal(int)
    ended = Signal()
    _copied = Signal(object)

    def __init__(self, parent: QObject, messages: Messages) -> None:
        super().__init__(parent)
        self._messages = messages
        self._thread: threading.Thread | None = None
        self._copied.connect(messages.guarded(self._on_copied), Qt.ConnectionType.QueuedConnection)

    @property
    def is_busy(self) -> bool:
        """Whether a copy is being made."""
        return self._thread is not None

    def start(self, path: Path, out: Path) -> None:
        """Copies the project at `path` to `out`; says how that ended. Where a copy is being made, that comes first.

        The interpreter waits for it at its end, so that no half copy is left.
        """
        if self._thread is None:
            self._thread = threading.Thread(target=self._copy, args=(path, out), name="mfvis-backup")
            self._thread.start()

    def wait(self) -> None:
        """Waits for the copy that is being made."""
        if self._thread is not None:
            self._thread.join()

    def _copy(self, path: Path, out: Path) -> None:
        result: CheckReport | Exception
        try:
            result = backup_project(path, out, self._tell)
        except OSError as error:
            result = BackupError(f"{out} cannot be written ({error.strerror or error}). Choose another place.")
        except Exception as error:  # told in the window, as everything is
            result = error
        with suppress(RuntimeError):  # the window has gone meanwhile
            self._copied.emit(result)

    def _tell(self, done: int, total: int) -> None:
        with suppress(RuntimeError):
            self.progressed.emit(100 * done // max(total, 1))

    def _on_copied(self, result: CheckReport | Exception) -> None:
        self._thread = None
        self.ended.emit()
        if isinstance(result, Exception):
            self._messages.tell_error(result)
            return
        found = "".join(f" {finding.what}" for finding in result.findings)
        self._messages.say(f"Backed up and checked: {result.path}.{found}")
