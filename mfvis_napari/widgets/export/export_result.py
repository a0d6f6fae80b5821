"""What came of an export."""

from pathlib import Path

from qtpy.QtCore import Qt, QUrl
from qtpy.QtGui import QDesktopServices, QGuiApplication
from qtpy.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from mfvis_engine.actions.export import ExportReport
from mfvis_engine.formats.registry import FileFormat


class ExportResult(QWidget):
    """Says what was written, and leads to it.

    Attributes:
        label: The words.
    """

    def __init__(self) -> None:
        super().__init__()
        self._path: Path | None = None
        self.label = QLabel(wordWrap=True)
        self.label.setObjectName("mfvis.export.result")
        self.label.setMinimumWidth(1)  # a long path is broken, not given room
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        open_folder, copy_path = QPushButton("Open folder"), QPushButton("Copy path")
        open_folder.clicked.connect(self._open_folder)
        copy_path.clicked.connect(self._copy_path)
        line = QHBoxLayout()
        line.addWidget(open_folder)
        line.addWidget(copy_path)
        line.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.label)
        column.addLayout(line)
        self.hide()

    def show_report(self, report: ExportReport, file_format: FileFormat) -> None:
        """Shows a finished export."""
        self._path = report.path
        self.label.setText(report_words(report, file_format))
        self.show()

    def _open_folder(self) -> None:
        if self._path is not None:
            folder = self._path if self._path.is_dir() else self._path.parent
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def _copy_path(self) -> None:
        clipboard = QGuiApplication.clipboard()
        if self._path is not None and clipboard is not None:
            clipboard.setText(str(self._path))


def report_words(report: ExportReport, file_format: FileFormat) -> str:
    """What was written, in words for people."""
    written = f"Written and read back: {_counted(report.track_count, 'track')}, {_counted(report.frame_count, 'frame')}"
    lines = [written, *(str(path) for path in (report.path, *report.also))]
    if report.left_out:
        missing = "mask" if file_format.needs_masks else "box or mask" if file_format.has_masks else "box"
        ids = ", ".join(map(str, report.left_out))
        lines.append(f"Left out, since they have no such {missing} in any frame: tracks {ids}.")
    return "\n".join(lines)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun if number == 1 else f'{noun}s'}"
