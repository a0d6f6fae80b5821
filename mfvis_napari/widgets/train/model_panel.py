"""A person's model for many videos: where it lies, what it knows, and what it is to learn from."""

from collections.abc import Callable
from pathlib import Path

from psygnal import Signal
from qtpy.QtCore import QStandardPaths, Qt
from qtpy.QtWidgets import QGridLayout, QLabel, QListWidget, QListWidgetItem, QPushButton, QWidget
from superqt import QElidingLabel

from mfvis_napari.memory import Memory
from mfvis_napari.messages import Messages
from mfvis_napari.session import Session
from mfvis_napari.training import ModelFacts
from mfvis_napari.training.ending import counted
from mfvis_napari.training.errors import TrainingRefusedError
from mfvis_napari.training.trainer import has_box
from mfvis_napari.widgets.project.dialogs import Dialogs
from mfvis_napari.widgets.project.places import is_project

_ROWS = 3
_PADDING_PX = 6
_PATH = Qt.ItemDataRole.UserRole


class ModelPanel(QWidget):
    """Shows and chooses them; what is chosen is remembered.

    Attributes:
        folder_changed: Emitted with the folder when another was chosen.
        folder: Of the model.
        facts: What is known of the model; None while there is none, or nobody has looked.
        projects: The list, the open project first.
    """

    folder_changed = Signal(Path)

    def __init__(self, memory: Memory, dialogs: Dialogs, messages: Messages) -> None:
        super().__init__()
        self._memory, self._dialogs = memory, dialogs
        self.folder = memory.model_folder or default_folder()
        self.facts: ModelFacts | None = None
        self._is_without_box = False
        self._place, self._words = QElidingLabel(), QLabel(wordWrap=True)
        self._place.setElideMode(Qt.TextElideMode.ElideLeft)
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self.choose = _button("Choose...", "The folder of another model, or an empty one for a new model")
        self.add = _button("Add...", "Another project, with boxes, to learn from")
        self.projects = QListWidget()
        self.projects.setObjectName("mfvis.train.projects")
        self.projects.setToolTip("The model learns from the boxes of these projects, and from the masks that you made")
        self._lay_out()
        guarded = messages.guarded
        self.choose.clicked.connect(_without_arguments(guarded(self._choose_folder)))
        self.add.clicked.connect(_without_arguments(guarded(self._add_project)))
        self.projects.itemChanged.connect(guarded(self._keep))
        self.show_facts(self.folder, None)

    @property
    def chosen(self) -> tuple[Path, ...]:
        """The projects that are ticked, and there.

        Raises:
            TrainingRefusedError: One that is ticked is not there.
        """
        paths = [path for path, is_ticked in self._rows() if is_ticked]
        missing = [path for path in paths if not is_project(path)]
        if missing:
            raise TrainingRefusedError(
                f"There is no project at {missing[0]} any more. Take its tick away, or put it back there."
            )
        return tuple(paths)

    def show_project(self, session: Session | None) -> None:
        """Puts the open project first."""
        open_path = None if session is None else session.project.path
        others = [path for path in self._memory.model_projects if path != open_path]
        self._is_without_box = session is not None and not has_box(session)
        self.projects.blockSignals(True)
        self.projects.clear()
        if session is not None:
            self._add_row(session.project.path, is_ticked=has_box(session), said=" (open)")
        for path in others:
            self._add_row(path, is_ticked=True, said="" if is_project(path) else " (not there)")
        self.projects.blockSignals(False)

    def show_facts(self, folder: Path, facts: ModelFacts | None) -> None:
        """Shows what is known of the model in a folder, unless another one was chosen meanwhile."""
        if folder != self.folder:
            return
        self.facts = facts
        self._place.setText(str(folder))
        self._place.setToolTip(str(folder))
        self._words.setText("Not trained yet." if facts is None else _told(facts))

    def note_boxes(self, session: Session) -> None:
        """Ticks the open project when it gets its first box."""
        item = self.projects.item(0)
        if self._is_without_box and item is not None and has_box(session):
            self._is_without_box = False
            item.setCheckState(Qt.CheckState.Checked)

    def remember(self) -> None:
        """Remembers which projects are ticked."""
        self._memory.model_projects = tuple(path for path, is_ticked in self._rows() if is_ticked)

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(4)
        grid.addWidget(self._place, 0, 0)
        grid.addWidget(self.choose, 0, 1)
        grid.addWidget(self._words, 1, 0, 1, 2)
        grid.addWidget(QLabel("Learns from"), 2, 0)
        grid.addWidget(self.add, 2, 1)
        grid.addWidget(self.projects, 3, 0, 1, 2)
        grid.setColumnStretch(0, 1)
        self.projects.setFixedHeight(_ROWS * (self.fontMetrics().height() + _PADDING_PX) + _PADDING_PX)

    def _choose_folder(self) -> None:
        folder = self._dialogs.model_folder(self.folder if self.folder.is_dir() else self.folder.parent)
        if folder is not None:
            self.folder = self._memory.model_folder = folder
            self.show_facts(folder, None)
            self.folder_changed.emit(folder)

    def _add_project(self) -> None:
        path = self._dialogs.project(self._memory.last_folder or Path.home())
        if path is None:
            return
        if not is_project(path):
            raise TrainingRefusedError(f"{path} is no project. Choose a folder NAME.mfvis.")
        known = {known for known, _ in self._rows()}
        if path.absolute() not in known:
            self._add_row(path.absolute(), is_ticked=True)
        self.remember()

    def _add_row(self, path: Path, *, is_ticked: bool, said: str = "") -> None:
        item = QListWidgetItem(f"{path.stem}{said}")
        item.setToolTip(str(path))
        item.setData(_PATH, str(path))
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
        item.setCheckState(Qt.CheckState.Checked if is_ticked else Qt.CheckState.Unchecked)
        self.projects.addItem(item)

    def _rows(self) -> list[tuple[Path, bool]]:
        items = [self.projects.item(row) for row in range(self.projects.count())]
        return [(Path(item.data(_PATH)), item.checkState() == Qt.CheckState.Checked) for item in items if item]

    def _keep(self, *_: object) -> None:
        self.remember()


def default_folder() -> Path:
    """Where a person's model lies unless another place was chosen."""
    documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    return (Path(documents) if documents else Path.home()) / "mfvis-models" / "my-model"


def _told(facts: ModelFacts) -> str:
    videos = f" from {counted(len(facts.video_names), 'video')}" if facts.video_names else ""
    return f"Finds {', '.join(facts.class_names)}\nTrained{videos} · {facts.trained:%d %b %Y, %H:%M}"


def _button(text: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tip)
    return button


def _without_arguments(call: Callable[[], object]) -> Callable[..., object]:
    """For Qt, which tells whether something is checked."""
    return lambda *_: call()
