"""What to export, and where to."""

from pathlib import Path

import numpy as np
from psygnal import Signal
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)

from mfvis_engine.actions.export import ExportOptions
from mfvis_engine.actions.mask_kind import MaskKind
from mfvis_engine.annotation import VERIFIED_BIT, MaskCode
from mfvis_engine.formats.registry import FileFormat
from mfvis_napari.session import Session
from mfvis_napari.widgets.export.export_work import ExportPlan
from mfvis_napari.widgets.export.targets import HUMAN_NAMES, NAMES_PICTURES, default_target, file_suffix, target_of

_CODES = {
    MaskKind.PREDICTED: MaskCode.PREDICTED,
    MaskKind.EDITED: MaskCode.EDITED,
    MaskKind.IMPORTED: MaskCode.IMPORTED,
}
_ALL, _VERIFIED, _CHOSEN = range(3)


class ExportForm(QWidget):
    """Format, masks, pictures and place.

    Attributes:
        changed: Emitted without arguments when something else is wanted.
        file_format: To choose the format from.
        include: To choose from: all masks, verified ones, or by kind.
        kinds: A check box for each kind.
        with_frames: Whether pictures are wanted.
        place: The path.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._session: Session | None = None
        self.file_format, self.include = QComboBox(), QComboBox()
        for known, name in HUMAN_NAMES.items():
            self.file_format.addItem(name, known.value)
        self.include.addItems(["All masks", "Verified masks only", "Masks of these kinds:"])
        self.kinds = {kind: QCheckBox(kind.value) for kind in MaskKind}
        self.with_frames = QCheckBox("Write the frames as pictures, too")
        self.with_frames.setToolTip("As JPEGImages/NAME/00000.jpg and on, beside the file, as YouTube-VIS has them")
        self.place = QLineEdit()
        self.warning = QLabel(wordWrap=True)
        self._name_parts()
        self._lay_out()
        self.file_format.currentIndexChanged.connect(self._on_format)
        self.place.editingFinished.connect(self._on_place)
        for signal in (self.include.currentIndexChanged, self.with_frames.toggled):
            signal.connect(lambda _: self.show_counts())
        for box in self.kinds.values():
            box.toggled.connect(lambda _: self.show_counts())
        self.show_counts()

    @property
    def chosen_format(self) -> FileFormat:
        """The format."""
        return FileFormat(self.file_format.currentData())

    @property
    def kinds_wanted(self) -> frozenset[MaskKind]:
        """Which masks; all where none are named, and where the format holds none."""
        if not self.chosen_format.has_masks or self.include.currentIndex() == _ALL:
            return frozenset()
        if self.include.currentIndex() == _VERIFIED:
            return frozenset({MaskKind.VERIFIED})
        return frozenset(kind for kind, box in self.kinds.items() if box.isChecked())

    @property
    def is_complete(self) -> bool:
        """Whether it says what to write: kinds to choose from, and none chosen, do not."""
        is_open = self.chosen_format.has_masks and self.include.currentIndex() == _CHOSEN
        return not is_open or bool(self.kinds_wanted)

    def load(self, session: Session | None) -> None:
        """Takes another project, with a place beside it."""
        self._session = session
        if session is not None:
            self.place.setText(str(default_target(session.project.path, self.chosen_format)))
        self.show_counts()

    def plan(self, session: Session, *, overwrite: bool) -> ExportPlan:
        """What is wanted now."""
        path, chosen = session.project.path, self.chosen_format
        with_frames = chosen in NAMES_PICTURES and self.with_frames.isChecked()
        options = ExportOptions(overwrite, self.kinds_wanted, with_frames)
        return ExportPlan(path, target_of(self.place.text(), path, chosen), chosen, options)

    def show_counts(self) -> None:
        """Says what would be written, and how much of it nobody has looked at."""
        has_masks = self.chosen_format.has_masks
        self.include.setEnabled(has_masks)
        self._kinds_line.setVisible(has_masks and self.include.currentIndex() == _CHOSEN)
        self.with_frames.setVisible(self.chosen_format in NAMES_PICTURES)
        if self._session is not None:
            self.warning.setText(self._words(self._session))
        self.changed.emit()

    def _words(self, session: Session) -> str:
        if not self.chosen_format.has_masks:
            return f"{len(session.annotations.tracks)} tracks; this format holds boxes, no masks."
        if not self.is_complete:
            return "Tick the kinds of masks to export."
        mask_count, unverified_count = wanted_counts(session, self.kinds_wanted)
        if not mask_count:
            return "There are no such masks yet."
        if not unverified_count:
            return f"{mask_count} masks, all verified."
        return f"\N{WARNING SIGN} {unverified_count} of {mask_count} masks are not verified."

    def _on_format(self) -> None:
        session = self._session
        if session is not None:
            path, given = session.project.path, Path(self.place.text())
            defaults = {str(default_target(path, known)) for known in FileFormat}
            suffix = file_suffix(self.chosen_format)
            if self.place.text() in defaults or not self.place.text().strip():
                self.place.setText(str(default_target(path, self.chosen_format)))
            elif given.suffix != suffix and not given.is_dir():
                self.place.setText(str(given.with_suffix(suffix)))
        self.show_counts()

    def _on_place(self) -> None:
        if self._session is not None:
            target = target_of(self.place.text(), self._session.project.path, self.chosen_format)
            self.place.setText(str(target))
        self.changed.emit()

    def _browse(self) -> None:
        suffix = file_suffix(self.chosen_format)
        names = f"*{suffix}" if suffix else "A new folder (*)"
        options = QFileDialog.Option.DontConfirmOverwrite  # asked for before it is written
        chosen, _ = QFileDialog.getSaveFileName(self, "Export to", self.place.text(), names, options=options)
        if chosen:
            self.place.setText(chosen)
            self._on_place()

    def _name_parts(self) -> None:
        for name in ("file_format", "include", "with_frames", "place", "warning"):
            getattr(self, name).setObjectName(f"mfvis.export.{name}")

    def _lay_out(self) -> None:
        self._kinds_line = QWidget()
        kinds = QGridLayout(self._kinds_line)
        kinds.setContentsMargins(0, 0, 0, 0)
        for number, box in enumerate(self.kinds.values()):
            kinds.addWidget(box, number // 2, number % 2)
        browse = QPushButton("Browse\N{HORIZONTAL ELLIPSIS}")
        browse.clicked.connect(self._browse)
        place = QHBoxLayout()
        place.setSpacing(4)
        place.addWidget(self.place, 1)
        place.addWidget(browse)
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(4)
        form.addRow("Format", self.file_format)
        form.addRow("Include", self.include)
        form.addRow("", self._kinds_line)
        form.addRow("To", place)
        form.addRow("", self.with_frames)
        form.addRow("", self.warning)
        for combo in (self.file_format, self.include):
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)


def wanted_counts(session: Session, kinds: frozenset[MaskKind]) -> tuple[int, int]:
    """How many masks are of these kinds, of all where none is named, and how many of them nobody has verified."""
    every = np.arange(256)
    origins, verified = every & ~VERIFIED_BIT, (every & VERIFIED_BIT).astype(np.bool_)
    wanted = np.isin(origins, [code for kind, code in _CODES.items() if not kinds or kind in kinds])
    if MaskKind.VERIFIED in kinds:
        wanted |= verified & (origins != MaskCode.NONE)
    counts = np.zeros(every.size, np.int64)
    for track_id in session.masks.track_ids:
        counts += np.bincount(session.masks.codes(track_id), minlength=every.size)
    return int(counts[wanted].sum()), int(counts[wanted & ~verified].sum())
