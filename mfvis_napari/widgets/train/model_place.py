"""Which model for many videos is a person's: one in a folder, or a file of weights that others released."""

from itertools import count
from pathlib import Path

from psygnal import Signal
from qtpy.QtCore import QStandardPaths, Qt
from qtpy.QtWidgets import QComboBox, QGridLayout, QLabel, QMenu, QPushButton, QWidget
from superqt import QElidingLabel

from mfvis_napari.memory import Memory
from mfvis_napari.messages import Messages
from mfvis_napari.training import ModelFacts
from mfvis_napari.training.ending import counted
from mfvis_napari.training.errors import TrainingRefusedError
from mfvis_napari.training.my_model import RELEASED_SUFFIXES, is_released
from mfvis_napari.widgets.project.dialogs import Dialogs

_DATASETS = ("youtube-vis-2019",)
_CLASSES_TIP = (
    "The file does not name what it finds. Choose the dataset that it was trained on, or type a name for each class,"
    " with commas between them and in the order that it was trained with"
)


class ModelPlace(QWidget):
    """Shows and chooses it, and tells what is known of it; what is chosen is remembered.

    Attributes:
        changed: Emitted with the path when another was chosen.
        path: The folder of a model, which need not be there yet, or a released file.
        facts: What is known of it; None while it is not there, or nobody has looked.
        choose: Has a menu of the ways to choose another.
        classes: Names of those of a released file; hidden for a folder.
    """

    changed = Signal(Path)

    def __init__(self, memory: Memory, dialogs: Dialogs, messages: Messages) -> None:
        super().__init__()
        self._memory, self._dialogs = memory, dialogs
        self.path = memory.model or models_folder() / "my-model"
        self.facts: ModelFacts | None = None
        self._shown, self._words = QElidingLabel(), QLabel(wordWrap=True)
        self.choose = QPushButton("Choose...")
        self.classes, self._classes_label = QComboBox(editable=True), QLabel("Its classes")
        self._lay_out()
        self._fill_menu(messages)
        self.classes.currentTextChanged.connect(self._keep_classes)
        self._show_path()

    @property
    def start(self) -> Path | None:
        """The released file that a training starts from; None where it goes on from the folder."""
        return self.path if is_released(self.path) else None

    @property
    def folder(self) -> Path:
        """Where a training puts the model: a new folder, named after the file, where it starts from a released one."""
        if not is_released(self.path):
            return self.path
        names = (self.path.stem if number == 1 else f"{self.path.stem}-{number}" for number in count(1))
        return next(folder for folder in map(models_folder().joinpath, names) if not folder.exists())

    @property
    def class_text(self) -> str:
        """The classes of a released file, as they are typed; empty for a folder."""
        return self.classes.currentText() if is_released(self.path) else ""

    @property
    def words(self) -> str:
        """What is told of it."""
        return self._words.text()

    def go_to(self, path: Path) -> None:
        """Takes another one, and remembers it."""
        self.path = self._memory.model = path
        self.facts = None
        self._show_path()
        self.changed.emit(path)

    def show_facts(self, path: Path, facts: ModelFacts | None) -> None:
        """Shows what is known of a model, unless another one was chosen meanwhile."""
        if path == self.path:
            self.facts = facts
            self._words.setText(self._missing() if facts is None else self._told(facts))

    def _show_path(self) -> None:
        self._shown.setText(str(self.path))
        self._shown.setToolTip(str(self.path))
        self._words.setText("" if is_released(self.path) else self._missing())
        for widget in (self.classes, self._classes_label):
            widget.setVisible(is_released(self.path))

    def _missing(self) -> str:
        if is_released(self.path):
            return "This file is not there any more. Put it back there, or choose another one."
        return "Not trained yet."

    def _told(self, facts: ModelFacts) -> str:
        if facts.trained is None:
            return (
                "Released weights. Objects are found with them as they are; a training starts from them, and makes a"
                f" model of yours in the folder {self.folder.name}."
            )
        videos = f" from {counted(len(facts.video_names), 'video')}" if facts.video_names else ""
        return f"Finds {', '.join(facts.class_names)}\nTrained{videos} · {facts.trained:%d %b %Y, %H:%M}"

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(4)
        grid.addWidget(self._shown, 0, 0, 1, 2)
        grid.addWidget(self.choose, 0, 2)
        grid.addWidget(self._words, 1, 0, 1, 3)
        grid.addWidget(self._classes_label, 2, 0)
        grid.addWidget(self.classes, 2, 1, 1, 2)
        grid.setColumnStretch(1, 1)
        self._shown.setElideMode(Qt.TextElideMode.ElideLeft)
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self.choose.setToolTip("Another model: the folder of one, or a file of released weights")
        self.classes.addItems(_DATASETS)
        self.classes.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.classes.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.classes.setToolTip(_CLASSES_TIP)
        if (kept := self._memory.released_classes) is not None:
            self.classes.setCurrentText(kept)

    def _fill_menu(self, messages: Messages) -> None:
        menu = QMenu(self.choose)
        for text, choose in (
            ("The folder of a model...", self._choose_folder),
            ("Released weights (.pth, .pkl)...", self._choose_file),
        ):
            guarded = messages.guarded(choose)
            menu.addAction(text).triggered.connect(lambda *_, call=guarded: call())
        self.choose.setMenu(menu)

    def _choose_folder(self) -> None:
        near = self.path.parent if is_released(self.path) or not self.path.is_dir() else self.path
        folder = self._dialogs.model_folder(near)
        if folder is not None:
            self.go_to(folder)

    def _choose_file(self) -> None:
        path = self._dialogs.released_model(self.path.parent)
        if path is None:
            return
        if not is_released(path):
            raise TrainingRefusedError(f"{path} is no file of released weights: {', '.join(RELEASED_SUFFIXES)}.")
        self.go_to(path)

    def _keep_classes(self, text: str) -> None:
        self._memory.released_classes = text


def models_folder() -> Path:
    """Where a person's models lie unless another place was chosen."""
    documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    return (Path(documents) if documents else Path.home()) / "mfvis-models"
