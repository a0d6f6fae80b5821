"""Files dropped on a widget."""

from collections.abc import Callable
from pathlib import Path

from qtpy.QtCore import QEvent, QMimeData, QObject
from qtpy.QtGui import QDropEvent
from qtpy.QtWidgets import QWidget


class DropTarget(QObject):
    """Lets one file or folder of this machine be dropped on a widget and everything in it."""

    def __init__(self, widget: QWidget, on_dropped: Callable[[Path], object]) -> None:
        """Calls `on_dropped` with the path."""
        super().__init__(widget)
        self._on_dropped = on_dropped
        widget.setAcceptDrops(True)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:  # noqa: N802 - Qt's name
        """Takes what is dropped, and leaves everything else."""
        if not isinstance(event, QDropEvent) or event.type() not in (QEvent.Type.DragEnter, QEvent.Type.Drop):
            return False
        path = dropped_path(event.mimeData())
        if path is None:
            return False
        event.acceptProposedAction()
        if event.type() == QEvent.Type.Drop:
            self._on_dropped(path)
        return True


def dropped_path(dropped: QMimeData | None) -> Path | None:
    """The file or folder that is dropped; None where it is not exactly one of this machine."""
    urls = [] if dropped is None else dropped.urls()
    return Path(urls[0].toLocalFile()) if len(urls) == 1 and urls[0].isLocalFile() else None
