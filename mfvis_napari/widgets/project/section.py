"""The section "Project": what is open, and the ways to open something else."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from qtpy.QtCore import Qt
from qtpy.QtGui import QAction  # type: ignore[attr-defined]  # qtpy gives it for every binding
from qtpy.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QMenu, QPushButton, QWidget
from superqt import QElidingLabel

from mfvis_engine.project import Done
from mfvis_napari.memory import Memory
from mfvis_napari.requests import Request
from mfvis_napari.session import Session
from mfvis_napari.widgets.project.backing_up import BackingUp
from mfvis_napari.widgets.project.dialogs import Dialogs, QtDialogs
from mfvis_napari.widgets.project.dropping import DropTarget
from mfvis_napari.widgets.project.importing import ANNOTATION_SUFFIXES, Importing
from mfvis_napari.widgets.project.opening import Opening
from mfvis_napari.widgets.project.recent import RecentMenu
from mfvis_napari.widgets.project.words import read_only_line, saved_line, video_line
from mfvis_napari.widgets.section import Section
from mfvis_napari.workspace import Workspace


class ProjectSection(Section):
    """Shows the open project, that all is saved, and where it can be written only elsewhere, where that is.

    Attributes:
        opening: The ways to open something.
        importing: Brings files of other tools in.
        backing_up: Copies the project.
    """

    title = "Project"
    needs_project = False

    def __init__(self, workspace: Workspace, memory: Memory | None = None, dialogs: Dialogs | None = None) -> None:
        super().__init__(workspace)
        memory, dialogs = memory or Memory(), dialogs or QtDialogs(self)
        self.opening = Opening(workspace, dialogs, memory)
        self.importing = Importing(workspace, dialogs, memory)
        self.backing_up = BackingUp(self, workspace.messages)
        self._dialogs, self._guarded = dialogs, workspace.messages.guarded
        self.recent = RecentMenu(self, memory, self._guarded(self.opening.open_project))
        self.more = self._more_menu()
        self._add_buttons()
        self._add_facts()
        DropTarget(self, self._guarded(self.take))
        workspace.requested.connect(self._guarded(self._on_request))
        self.backing_up.ended.connect(self._show_backup_end)
        self.bind(workspace.session)

    def bind(self, session: Session | None) -> None:
        """Shows another project, or that none is open."""
        self._facts.setVisible(session is not None)
        self._hint.setVisible(session is None)
        for action in self._needing_project:
            action.setEnabled(session is not None)
        if session is not None:
            self._show(session)
            session.changed.connect(self._guarded(self._on_changed))

    def take(self, path: Path) -> None:
        """Opens or imports a file or folder that was dropped here."""
        if path.suffix.lower() in ANNOTATION_SUFFIXES and self.workspace.session is not None:
            self.importing.take(path)
        else:
            self.opening.open_path(path)

    def back_up(self) -> None:
        """Asks where to, and copies the open project there."""
        session = self.workspace.session
        if session is None or self.backing_up.is_busy:
            return
        today = f"{session.project.name} {datetime.now().astimezone():%Y-%m-%d}.mfvis"
        out = self._dialogs.backup_place(session.project.path.with_name(today))
        if out is not None:
            session.flush()
            self._back_up.setEnabled(False)
            self.backing_up.start(session.project.path, out)

    def _add_buttons(self) -> None:
        opening = self.opening
        self.open_video = self._button(
            "Open video...", "A video file; its project is kept beside it", opening.ask_video
        )
        self.open_project = self._button("Open project...", "A folder NAME.mfvis", opening.ask_project)
        self.open_recent = _menu_button("Recent", "Projects that were open", self.recent)
        self.try_sample = self._button(
            "Try the sample", "A short clip of moving animals, with boxes to learn from", opening.open_sample
        )
        self.open_more = _menu_button("More", "Folders of pictures, import, backup", self.more)
        for buttons in ((self.open_video, self.open_project), (self.open_recent, self.try_sample, self.open_more)):
            line = QHBoxLayout()
            line.setSpacing(4)
            for button in buttons:
                line.addWidget(button, 1)
            self.box.addLayout(line)

    def _add_facts(self) -> None:
        self._hint = QLabel("Drop a video or a project here, or open one.", wordWrap=True)
        self._facts = QWidget()
        grid = QGridLayout(self._facts)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(2)
        self.name, self.path, self.video, self.saved = QLabel(), QElidingLabel(), QElidingLabel(), QLabel(wordWrap=True)
        self.name.setStyleSheet("font-weight: bold")
        self.path.setElideMode(Qt.TextElideMode.ElideMiddle)
        self.retry = self._button("Try again for writing", "Where it is not open elsewhere any more", self._retry)
        for row, label in enumerate((self.name, self.path, self.video, self.saved)):
            label.setTextFormat(Qt.TextFormat.PlainText)
            grid.addWidget(label, row, 0)
        line = QHBoxLayout()
        line.addWidget(self.retry)
        line.addStretch(1)
        grid.addLayout(line, 4, 0)
        self.box.addWidget(self._hint)
        self.box.addWidget(self._facts)

    def _more_menu(self) -> QMenu:
        menu, opening, importing = QMenu(self), self.opening, self.importing
        self._add(menu, "Open a folder of pictures or zarr as video...", opening.ask_video_folder)
        menu.addSeparator()
        needing = (
            self._add(menu, "Import boxes or masks...", lambda: importing.ask_file(opening.folder)),
            self._add(menu, "Import a folder of masks...", lambda: importing.ask_folder(opening.folder)),
        )
        menu.addSeparator()
        self._back_up = self._add(menu, "Back up...", self.back_up)
        self._needing_project = (*needing, self._back_up, self._add(menu, "Close", self.workspace.close_project))
        return menu

    def _add(self, menu: QMenu, text: str, function: Callable[[], object]) -> QAction:
        action = menu.addAction(text)
        action.triggered.connect(self._called(function))
        return action

    def _button(self, text: str, tip: str, function: Callable[[], object]) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        button.clicked.connect(self._called(function))
        return button

    def _called(self, function: Callable[[], object]) -> Callable[..., None]:
        """For Qt, which tells whether something is checked."""

        def call(*_: object) -> None:
            self._guarded(function)()

        return call

    def _show(self, session: Session) -> None:
        project = session.project
        self.name.setText(project.name)
        for label, text in ((self.path, str(project.path)), (self.video, video_line(project))):
            label.setText(text)
            label.setToolTip(text)
        self.saved.setText(read_only_line(project.path) if session.read_only else saved_line(None))
        self.retry.setVisible(session.read_only)

    def _retry(self) -> None:
        self.opening.retry_for_writing()
        self.workspace.messages.say("Open for writing now.")

    def _on_changed(self, done: Done) -> None:
        self.saved.setText(saved_line(datetime.now().astimezone()))

    def _on_request(self, request: Request) -> None:
        if request is Request.OPEN:
            self.opening.ask_video()

    def _show_backup_end(self) -> None:
        self._back_up.setEnabled(self.workspace.session is not None)


def _menu_button(text: str, tip: str, menu: QMenu) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tip)
    button.setMenu(menu)
    return button
