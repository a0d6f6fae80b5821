"""What is asked when something is opened: as a protocol, so that tests answer, and in Qt."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Protocol

from qtpy.QtCore import QEventLoop, Qt
from qtpy.QtWidgets import QApplication, QFileDialog, QInputDialog, QMessageBox, QWidget

VIDEO_FILES = (
    "Videos (*.mp4 *.avi *.mov *.mkv *.webm *.m4v *.mpg *.mpeg *.ts *.wmv);;TIFF stacks and arrays (*.tif *.tiff *.npy)"
    ";;All files (*)"
)
RELEASED_FILES = "Released weights (*.pth *.pkl *.pt)"
ANNOTATION_FILES = "Boxes and masks (*.json *.zip *.csv *.txt *.xml);;All files (*)"


class Overlap(Enum):
    """What is to become of tracks that a file and the project both have."""

    REPLACE = auto()
    """The file's take the place of the project's."""
    KEEP = auto()
    """The project's boxes stay; only masks are taken."""


@dataclass(frozen=True)
class LostVideo:
    """A video that is not where it was.

    Attributes:
        project_name: The project that is about it.
        place: Where it was.
        problem: What is wrong, for people.
    """

    project_name: str
    place: Path
    problem: str


class Dialogs(Protocol):
    """Questions to a person; each answers None where the person cancels."""

    def video(self, folder: Path) -> Path | None:
        """A video file; the dialog begins in `folder`."""

    def video_folder(self, folder: Path) -> Path | None:
        """A folder of pictures, or a zarr array."""

    def project(self, folder: Path) -> Path | None:
        """A project that is there."""

    def model_folder(self, folder: Path) -> Path | None:
        """The folder of a model for many videos, or an empty one for a new model."""

    def released_model(self, folder: Path) -> Path | None:
        """A file of weights that others released."""

    def project_place(self, suggested: Path, why: str) -> Path | None:
        """Where to make a project, and why that is asked."""

    def lost_video(self, lost: LostVideo, folder: Path) -> Path | None:
        """Where a video is now."""

    def sample_folder(self, folder: Path) -> Path | None:
        """The folder to put the sample project into."""

    def annotations(self, folder: Path) -> Path | None:
        """A file of boxes or masks."""

    def mask_folder(self, folder: Path) -> Path | None:
        """A folder of masks."""

    def overlap(self, problem: str) -> Overlap | None:
        """What is to become of tracks that are in a file and in the project."""

    def video_name(self, problem: str) -> str | None:
        """Which video of a file of several."""

    def backup_place(self, suggested: Path) -> Path | None:
        """Where to put a copy of the project."""

    def busy(self) -> AbstractContextManager[None]:
        """Shows that the window waits, as long as the block lasts."""


class QtDialogs:
    """The questions as dialogs over a window."""

    def __init__(self, parent: QWidget) -> None:
        self._parent = parent

    def video(self, folder: Path) -> Path | None:
        """See `Dialogs`."""
        return _path(QFileDialog.getOpenFileName(self._parent, "Open a video", str(folder), VIDEO_FILES)[0])

    def video_folder(self, folder: Path) -> Path | None:
        """See `Dialogs`."""
        return self._folder("Open a folder of pictures, or a zarr array, as a video", folder)

    def project(self, folder: Path) -> Path | None:
        """See `Dialogs`."""
        return self._folder("Open a project: choose its folder NAME.mfvis", folder)

    def model_folder(self, folder: Path) -> Path | None:
        """See `Dialogs`."""
        return self._folder("The folder of your model, or an empty one for a new model", folder)

    def released_model(self, folder: Path) -> Path | None:
        """See `Dialogs`."""
        caption = "Released weights of MaskFreeVIS or Mask2Former"
        return _path(QFileDialog.getOpenFileName(self._parent, caption, str(folder), RELEASED_FILES)[0])

    def project_place(self, suggested: Path, why: str) -> Path | None:
        """See `Dialogs`."""
        if not self._agrees("Where should the project go?", why, "Choose a place..."):
            return None
        return self._new_path("Put the project into", suggested)

    def lost_video(self, lost: LostVideo, folder: Path) -> Path | None:
        """See `Dialogs`."""
        title = f"Where is the video of {lost.project_name}?"
        if not self._agrees(title, lost.problem, "Show where it is..."):
            return None
        if lost.place.suffix in ("", ".zarr"):
            return self._folder(f"Where is {lost.place.name} now?", folder)
        caption = f"Where is {lost.place.name} now?"
        return _path(QFileDialog.getOpenFileName(self._parent, caption, str(folder), VIDEO_FILES)[0])

    def sample_folder(self, folder: Path) -> Path | None:
        """See `Dialogs`."""
        return self._folder("Where should the sample project go?", folder)

    def annotations(self, folder: Path) -> Path | None:
        """See `Dialogs`."""
        return _path(
            QFileDialog.getOpenFileName(self._parent, "Import boxes or masks", str(folder), ANNOTATION_FILES)[0]
        )

    def mask_folder(self, folder: Path) -> Path | None:
        """See `Dialogs`."""
        return self._folder("Import a folder of masks: DAVIS, MOTS or Cell Tracking Challenge", folder)

    def overlap(self, problem: str) -> Overlap | None:
        """See `Dialogs`."""
        box = self._question("These tracks are there already", problem)
        replace = box.addButton("Replace them with the file's", QMessageBox.ButtonRole.AcceptRole)
        keep = box.addButton("Keep them, take only masks", QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.exec()
        answers = {replace: Overlap.REPLACE, keep: Overlap.KEEP}
        return next((answer for button, answer in answers.items() if button == box.clickedButton()), None)

    def video_name(self, problem: str) -> str | None:
        """See `Dialogs`."""
        text, is_given = QInputDialog.getText(self._parent, "Which video?", problem)
        return text.strip() or None if is_given else None

    def backup_place(self, suggested: Path) -> Path | None:
        """See `Dialogs`."""
        return self._new_path("Back up the project as", suggested)

    @contextmanager
    def busy(self) -> Iterator[None]:
        """See `Dialogs`."""
        QApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
        try:
            yield
        finally:
            QApplication.restoreOverrideCursor()

    def _folder(self, caption: str, folder: Path) -> Path | None:
        return _path(QFileDialog.getExistingDirectory(self._parent, caption, str(folder)))

    def _new_path(self, caption: str, suggested: Path) -> Path | None:
        return _path(QFileDialog.getSaveFileName(self._parent, caption, str(suggested), "Projects (*.mfvis)")[0])

    def _agrees(self, title: str, text: str, button: str) -> bool:
        box = self._question(title, text)
        agreed = box.addButton(button, QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.exec()
        return box.clickedButton() == agreed

    def _question(self, title: str, text: str) -> QMessageBox:
        box = QMessageBox(self._parent)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(title)
        box.setText(title)
        box.setInformativeText(text)
        box.setTextFormat(Qt.TextFormat.PlainText)
        return box


def _path(text: str) -> Path | None:
    return Path(text) if text else None
