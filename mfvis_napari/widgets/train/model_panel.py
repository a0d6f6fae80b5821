"""What is to choose of a person's model for many videos: which one, what it learns from, what it may find."""

from collections.abc import Callable
from pathlib import Path

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from mfvis_napari.memory import Memory
from mfvis_napari.messages import Messages
from mfvis_napari.session import Session
from mfvis_napari.training.errors import TrainingRefusedError
from mfvis_napari.training.my_model import MIN_SCORE
from mfvis_napari.training.trainer import has_box
from mfvis_napari.widgets.project.dialogs import Dialogs
from mfvis_napari.widgets.project.places import is_project
from mfvis_napari.widgets.train.model_place import ModelPlace

_ROWS = 3
_PADDING_PX = 6
_PATH = Qt.ItemDataRole.UserRole


class ModelPanel(QWidget):
    """Shows and chooses them; what is chosen is remembered.

    Attributes:
        place: Which model it is.
        projects: What it learns from, the open project first.
        add: Takes another project in.
        min_score: Of a new object, at the least.
    """

    def __init__(self, memory: Memory, dialogs: Dialogs, messages: Messages) -> None:
        super().__init__()
        self._memory, self._dialogs = memory, dialogs
        self._is_without_box = False
        self.place = ModelPlace(memory, dialogs, messages)
        self.add = QPushButton("Add...")
        self.add.setToolTip("Another project, with boxes, to learn from")
        self.projects = QListWidget()
        self.projects.setObjectName("mfvis.train.projects")
        self.projects.setToolTip("The model learns from the boxes of these projects, and from the masks that you made")
        self.min_score = QDoubleSpinBox(minimum=0.01, maximum=1.0, singleStep=0.05, decimals=2)
        self.min_score.setToolTip(
            "How sure the model must be of an object that nobody annotated. Lower: more are found"
        )
        self.min_score.setValue(MIN_SCORE if memory.min_score is None else memory.min_score)
        self._lay_out()
        guarded = messages.guarded
        self.add.clicked.connect(_without_arguments(guarded(self._add_project)))
        self.projects.itemChanged.connect(guarded(self._keep))
        self.min_score.valueChanged.connect(guarded(self._keep_score))

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
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.place)
        column.addLayout(_row("Learns from", self.add))
        column.addWidget(self.projects)
        column.addLayout(_row("Least score of new objects", self.min_score))
        self.projects.setFixedHeight(_ROWS * (self.fontMetrics().height() + _PADDING_PX) + _PADDING_PX)

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

    def _keep_score(self, score: float) -> None:
        self._memory.min_score = round(score, 2)


def _row(words: str, widget: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.addWidget(QLabel(words), 1)
    row.addWidget(widget)
    return row


def _without_arguments(call: Callable[[], object]) -> Callable[..., object]:
    """For Qt, which tells whether something is checked."""
    return lambda *_: call()
