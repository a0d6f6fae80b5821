"""The tracks that a model found, to be adopted or dismissed."""

from collections.abc import Callable, Sequence

import numpy as np
from qtpy.QtCore import Qt, QTimer
from qtpy.QtGui import QColor
from qtpy.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from mfvis_engine.actions.proposed_tracks import ProposalLine, proposal_lines
from mfvis_engine.annotation.verbs import DismissTracks
from mfvis_engine.project import Done
from mfvis_napari.actions.action import ActionRefusedError, open_session
from mfvis_napari.layers.colors import color_of
from mfvis_napari.session import Session
from mfvis_napari.training.adopting import Adopter
from mfvis_napari.training.ending import counted
from mfvis_napari.workspace import Workspace

_VISIBLE_ROWS = 5
_QUIET_MS = 250
"""After a change the runs are looked through once it is quiet; that takes up to a tenth of a second."""
_HEADINGS = ("Class", "Score", "Frames", "From", "To")
_CHARACTERS = (0, 6, 7, 6, 6)


class ProposalPanel(QWidget):
    """Lists the open proposals, the surest first; hidden while there are none.

    Attributes:
        lines: What is listed.
        table: It on the screen.
    """

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.workspace = workspace
        self.lines: tuple[ProposalLine, ...] = ()
        self._adopter: Adopter | None = None
        self._has_preview = False
        self._words, self.table = QLabel(wordWrap=True), QTableWidget(0, len(_HEADINGS))
        self._lay_out()
        guarded = workspace.messages.guarded
        self._looking = QTimer(self, singleShot=True, interval=_QUIET_MS)
        self._looking.timeout.connect(guarded(self.refresh))
        self.table.itemSelectionChanged.connect(guarded(self._on_selected))
        workspace.leaving.connect(guarded(self._finish))
        workspace.at_close(self._finish)
        self.hide()

    @property
    def current(self) -> ProposalLine | None:
        """The proposal that is selected."""
        rows = {index.row() for index in self.table.selectedIndexes()}
        return self.lines[rows.pop()] if len(rows) == 1 else None

    def load(self, session: Session | None) -> None:
        """Shows those of another project, or none."""
        self._looking.stop()
        self._has_preview = False
        self._adopter = None
        self._show(())
        if session is None:
            return
        guarded, workspace = self.workspace.messages.guarded, self.workspace
        self._adopter = Adopter(session, workspace.slices, workspace.messages)
        session.changed.connect(guarded(self._on_changed))
        session.view.frame_changed.connect(guarded(lambda _: self._show_mask()))
        session.view.selection_changed.connect(guarded(self._on_track_selected))
        for button in self._buttons:
            button.setEnabled(not session.read_only)
        self.refresh()

    def refresh(self) -> None:
        """Looks again which proposals are open."""
        session, adopter = self.workspace.session, self._adopter
        lines = () if session is None else proposal_lines(session.project)
        self._show(tuple(one for one in lines if adopter is None or not adopter.is_waiting(one.run_id, one.track_id)))

    def adopt(self) -> None:
        """Makes a track of the selected proposal, and goes to the next."""
        line, row = self._chosen(), self.table.currentRow()
        track_ids = self._adopt(line.run_id, [line.track_id])
        self._take_off([line], row)
        said = (
            f"Adopted: {line.category}, as track {track_ids[0]}. Its masks are taken over."
            if track_ids
            else (f"Adopted as soon as the masks of those before it are there: {line.category}.")
        )
        self.workspace.messages.say(said)

    def adopt_all(self) -> None:
        """Makes tracks of all proposals."""
        lines = self.lines
        for run_id in dict.fromkeys(line.run_id for line in lines):
            self._adopt(run_id, [line.track_id for line in lines if line.run_id == run_id])
        self._take_off(lines, 0)
        self.workspace.messages.say(f"Adopted: {counted(len(lines), 'track')}. Their masks are taken over.")

    def dismiss(self) -> None:
        """Says that the selected proposal is not wanted, and goes to the next."""
        line, row = self._chosen(), self.table.currentRow()
        open_session(self.workspace).do(DismissTracks(line.run_id, (line.track_id,)))
        self._take_off([line], row)
        self.workspace.messages.say(f"Dismissed: {line.category}. It comes back with Ctrl+Z.")

    def _lay_out(self) -> None:
        column, row = QVBoxLayout(self), QHBoxLayout()
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(4)
        column.addWidget(self._words)
        column.addWidget(self.table)
        column.addLayout(row)
        self._buttons = (
            self._button("Adopt", "adopt", self.adopt, "Make a track of it, with its boxes and masks"),
            self._button("Dismiss", "dismiss", self.dismiss, "It is no object that is wanted"),
            self._button("Adopt all", "adopt_all", self.adopt_all, "Make tracks of all that are listed"),
        )
        for button in self._buttons:
            row.addWidget(button, 1)
        self._lay_out_table()

    def _lay_out_table(self) -> None:
        table = self.table
        table.setObjectName("mfvis.review.proposals")
        table.setHorizontalHeaderLabels(_HEADINGS)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        table.setShowGrid(False)
        rows, columns = table.verticalHeader(), table.horizontalHeader()
        height_px, digit_px = table.fontMetrics().height() + 6, table.fontMetrics().horizontalAdvance("0")
        rows.setVisible(False)
        rows.setMinimumSectionSize(height_px)
        rows.setDefaultSectionSize(height_px)
        columns.setHighlightSections(False)
        columns.setMinimumSectionSize(30)
        columns.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        columns.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for place, characters in enumerate(_CHARACTERS):
            if characters:
                table.setColumnWidth(place, characters * digit_px)
        table.setFixedHeight(_VISIBLE_ROWS * height_px + columns.sizeHint().height() + 2 * table.frameWidth())

    def _button(self, text: str, name: str, run: Callable[[], None], says: str) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(f"mfvis.review.{name}")
        button.setToolTip(says)
        guarded = self.workspace.messages.guarded(run)
        button.clicked.connect(lambda: guarded())
        return button

    def _chosen(self) -> ProposalLine:
        line = self.current
        if line is None:
            raise ActionRefusedError("No proposal is selected. Click one in the list first.")
        return line

    def _adopt(self, run_id: str, proposal_ids: Sequence[int]) -> tuple[int, ...]:
        session = open_session(self.workspace)
        assert self._adopter is not None  # made with the session
        self._clear_mask()
        track_ids = self._adopter.adopt(run_id, proposal_ids)
        if track_ids:
            session.view.select(track_ids[-1:])
        return track_ids

    def _take_off(self, lines: Sequence[ProposalLine], row: int) -> None:
        """Shows the others, and goes to the one that is in the place of the first taken off."""
        self._show(tuple(line for line in self.lines if line not in lines))
        if self.lines:
            self.table.selectRow(min(row, len(self.lines) - 1))

    def _show(self, lines: tuple[ProposalLine, ...]) -> None:
        if lines == self.lines and lines:
            return
        before = self.current
        self.lines = lines
        self.table.blockSignals(True)
        self.table.setRowCount(len(lines))
        for row, line in enumerate(lines):
            for column, item in enumerate(map(QTableWidgetItem, _texts(line))):
                item.setToolTip(f"Found by run {line.run_id}")
                if column == 0:
                    item.setData(Qt.ItemDataRole.DecorationRole, QColor(*color_of(line.track_id)))
                self.table.setItem(row, column, item)
        self.table.clearSelection()
        if before in lines:
            self.table.selectRow(lines.index(before))
        self.table.blockSignals(False)
        self._words.setText(f"{counted(len(lines), 'new object')} found. Adopt those that are right:")
        self.setVisible(bool(lines))
        if self.current is None:
            self._clear_mask()

    def _on_changed(self, done: Done) -> None:
        if self._adopter is not None:
            self._adopter.heed(done)
        self._looking.start()

    def _on_selected(self) -> None:
        session, line = self.workspace.session, self.current
        if session is None or line is None:
            self._clear_mask()
            return
        session.view.select(())
        session.view.frame_index = best_frame(session, line)
        self._show_mask()

    def _on_track_selected(self) -> None:
        """A person turns to a track, so that what is proposed is out of the way."""
        session = self.workspace.session
        if session is not None and session.view.track_ids:
            self.table.clearSelection()

    def _show_mask(self) -> None:
        """Outlines the selected proposal in the frame in view."""
        session, layers, line = self.workspace.session, self.workspace.layers, self.current
        if session is None or layers is None or line is None:
            return
        frame_index = session.view.frame_index
        labels = session.project.run(line.run_id).read_masks(frame_index)
        layers.proposals.show(frame_index, np.where(labels == line.track_id, labels, np.uint16(0)))
        self._has_preview = True

    def _clear_mask(self) -> None:
        if self._has_preview and self.workspace.layers is not None:
            self.workspace.layers.proposals.clear()
        self._has_preview = False

    def _finish(self) -> None:
        self._looking.stop()
        if self._adopter is not None:
            self._adopter.finish()


def best_frame(session: Session, line: ProposalLine) -> int:
    """The frame in which a proposal is surest; of several such, that in the middle."""
    run = session.project.run(line.run_id)
    scores = run.scores()[run.track_ids.index(line.track_id)]
    sure = np.flatnonzero(scores >= np.nanmax(scores) - 0.01)
    return int(sure[len(sure) // 2])


def _texts(line: ProposalLine) -> tuple[str, ...]:
    return line.category, f"{line.score:.2f}", str(line.box_count), str(line.first_frame), str(line.last_frame)
