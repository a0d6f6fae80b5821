"""The cost report with its picture."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal
from qtpy.QtCore import Qt
from qtpy.QtGui import QImage, QMouseEvent, QPixmap, QResizeEvent
from qtpy.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from mfvis_engine.project import Project
from mfvis_engine.report import CostReport, cost_report, draw_cost
from mfvis_napari.messages import Messages
from mfvis_napari.session import Session
from mfvis_napari.widgets.export.background import Background


@dataclass(frozen=True, eq=False)
class DrawnCost:
    """A cost report with its picture, (900, 1600, 3) RGB."""

    report: CostReport
    picture: NDArray[np.uint8]


class CostBox(QWidget):
    """Works out what the masks cost, shows it, and saves it.

    Attributes:
        button: Begins.
        picture: What was found.
        drawn: The report that is shown; None where none is.
    """

    def __init__(self, messages: Messages) -> None:
        super().__init__()
        self._messages = messages
        self._session: Session | None = None
        self.drawn: DrawnCost | None = None
        self._working: Background[DrawnCost] = Background(self._on_drawn, self._on_failed, self)
        self._saving: Background[Path] = Background(
            lambda path: messages.say(f"Saved {path}."), messages.tell_error, self
        )
        self.button = QPushButton("What did the masks cost?")
        self.button.setObjectName("mfvis.export.cost")
        self.button.setToolTip("Your time on boxes, corrections and review, beside what drawing polygons takes")
        self.picture = PictureLabel()
        self.picture.clicked.connect(messages.guarded(self._enlarge))
        self.save_picture = QPushButton("Save picture\N{HORIZONTAL ELLIPSIS}")
        self.save_json = QPushButton("Save JSON\N{HORIZONTAL ELLIPSIS}")
        for button, run in (
            (self.button, messages.guarded(self.work_out)),
            (self.save_picture, messages.guarded(self._save_picture)),
            (self.save_json, messages.guarded(self._save_json)),
        ):
            button.clicked.connect(lambda _=False, run=run: run())
        self._lay_out()

    def load(self, session: Session | None) -> None:
        """Forgets what is shown, and takes another project."""
        self._working.let_go(timeout_s=0)  # it only reads, and cannot be told to stop
        self._session = session
        self.drawn = None
        self._show_state()

    def work_out(self) -> None:
        """Has the report made from the project as it is now."""
        session = self._session
        if session is None or self._working.is_busy:
            return
        session.flush()
        path = session.project.path
        self._working.run(lambda: _drawn_cost(path))
        self._show_state()

    def save(self, path: Path, *, as_json: bool) -> None:
        """Saves the report that is shown, over a file that a person agreed to replace; raises as the engine's."""
        from mfvis_engine.actions.cost import check_cost_files, write_cost_json, write_cost_picture

        if self._session is None or self.drawn is None or self._saving.is_busy:
            return
        report = self.drawn.report
        json_path, picture_path = (path, None) if as_json else (None, path)
        check_cost_files(self._session.project, json_path, picture_path, overwrite=True)

        def write() -> Path:
            (write_cost_json if as_json else write_cost_picture)(report, path)
            return path

        self._saving.run(write)

    def _on_drawn(self, drawn: DrawnCost) -> None:
        self.drawn = drawn
        self._show_state()

    def _on_failed(self, error: Exception) -> None:
        self._messages.tell_error(error)
        self._show_state()

    def _show_state(self) -> None:
        is_shown = self.drawn is not None
        busy = self._working.is_busy
        self.button.setEnabled(not busy)
        again = "Work it out again" if is_shown else "What did the masks cost?"
        self.button.setText("Working it out\N{HORIZONTAL ELLIPSIS}" if busy else again)
        self.picture.show_rgb(None if self.drawn is None else self.drawn.picture)
        for part in (self.picture, self.save_picture, self.save_json):
            part.setVisible(is_shown)

    def _save_picture(self) -> None:
        self._ask_and_save("Save the picture", "-cost.png", "Pictures (*.png *.jpg)", as_json=False)

    def _save_json(self) -> None:
        self._ask_and_save("Save the report", "-cost.json", "JSON (*.json)", as_json=True)

    def _ask_and_save(self, title: str, end: str, names: str, *, as_json: bool) -> None:
        if self._session is None:
            return
        path = self._session.project.path
        chosen, _ = QFileDialog.getSaveFileName(self, title, str(path.parent / f"{path.stem}{end}"), names)
        if chosen:
            given = Path(chosen)
            self.save(given if given.suffix else given.with_suffix(Path(end).suffix), as_json=as_json)

    def _enlarge(self) -> None:
        if self.drawn is not None and self._session is not None:
            CostWindow(self.drawn.picture, self._session.project.name, self).show()

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.addWidget(self.save_picture)
        line.addWidget(self.save_json)
        line.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.picture)
        column.addLayout(line)
        self._show_state()


class PictureLabel(QLabel):
    """A picture as wide as there is room.

    Attributes:
        clicked: Emitted without arguments.
    """

    clicked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._pixmap = QPixmap()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip("Click to enlarge")

    def show_rgb(self, picture: NDArray[np.uint8] | None) -> None:
        """Shows (H, W, 3) RGB; None for nothing."""
        self._pixmap = QPixmap() if picture is None else pixmap_of(picture)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Fits the picture to the new width."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Tells of a click."""
        self.clicked.emit()

    def _fit(self) -> None:
        if self._pixmap.isNull():
            self.setFixedHeight(0)
            return
        ratio = self.devicePixelRatioF()
        scaled = self._pixmap.scaledToWidth(
            max(1, round(self.width() * ratio)), Qt.TransformationMode.SmoothTransformation
        )
        scaled.setDevicePixelRatio(ratio)
        self.setPixmap(scaled)
        self.setFixedHeight(round(scaled.height() / ratio))


class CostWindow(QDialog):
    """The picture in a window of its own."""

    def __init__(self, picture: NDArray[np.uint8], name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("mfvis.export.cost_window")
        self.setWindowTitle(f"What the masks of {name} cost")
        label = PictureLabel()
        label.setToolTip("Click to close")
        label.clicked.connect(lambda: self.close())
        label.show_rgb(picture)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(label)
        height, width = picture.shape[:2]
        self.resize(1280, 1280 * height // width)


def pixmap_of(picture: NDArray[np.uint8]) -> QPixmap:
    """A picture (H, W, 3) RGB as Qt shows it."""
    height, width = picture.shape[:2]
    data = np.ascontiguousarray(picture).tobytes()
    return QPixmap.fromImage(QImage(data, width, height, 3 * width, QImage.Format.Format_RGB888).copy())


def _drawn_cost(path: Path) -> DrawnCost:
    with Project.open(path, read_only=True) as project:
        report = cost_report(project)
    return DrawnCost(report, draw_cost(report))
