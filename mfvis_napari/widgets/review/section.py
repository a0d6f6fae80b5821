"""The section "Review": the masks that most need a look, one after the other."""

from collections.abc import Callable

import numpy as np
from qtpy.QtCore import Qt
from qtpy.QtGui import QShowEvent
from qtpy.QtWidgets import QGridLayout, QLabel, QPushButton

from mfvis_engine.annotation import VERIFIED_BIT
from mfvis_engine.annotation.verbs import Verify
from mfvis_engine.project import Done
from mfvis_engine.review import BoxHint, ReviewItem
from mfvis_napari.actions.action import ActionRefusedError, open_session, selected_track
from mfvis_napari.actions.masks import verify_up_to_here
from mfvis_napari.requests import Request
from mfvis_napari.reviewing import Findings, Surveyor
from mfvis_napari.reviewing.rows import Rows, merged, next_open, ticked
from mfvis_napari.session import Session
from mfvis_napari.widgets.review.proposals import ProposalPanel
from mfvis_napari.widgets.review.queue_table import QueueModel, QueueView
from mfvis_napari.widgets.review.range_line import RangeLine
from mfvis_napari.widgets.section import Section
from mfvis_napari.widgets.thin_bar import ThinBar
from mfvis_napari.workspace import Workspace

_PADDING_PX = 12


class ReviewSection(Section):
    """Lists the masks to look at, worst first, and goes from one to the next.

    Attributes:
        surveyor: Finds them.
        model: The list.
        view: It on the screen.
        range_line: Approves many frames.
        proposals: New tracks that were found, above the list while there are any.
    """

    title = "Review"

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self.surveyor = Surveyor(workspace.messages, self)
        self.model = QueueModel(self)
        self.view = QueueView(self.model)
        self.range_line = RangeLine()
        self.proposals = ProposalPanel(workspace)
        self._findings = Findings()
        self._counts, self._progress = QLabel(wordWrap=True), ThinBar()
        self._why = QLabel(wordWrap=True)
        self._lay_out()
        guarded = workspace.messages.guarded
        self.surveyor.found.connect(guarded(self._on_found))
        self.view.gone_to.connect(guarded(self._on_gone_to))
        self.range_line.wanted.connect(guarded(self._verify_range))
        workspace.requested.connect(guarded(self._on_request))
        self._show_counts()

    def bind(self, session: Session | None) -> None:
        """Shows what is to look at in another project, or in none."""
        self._findings = Findings(frames_left=session.view.length if session else 0)
        self._show_rows(())
        self.surveyor.load(session)
        self.proposals.load(session)
        if session is not None:
            guarded = self.workspace.messages.guarded
            session.changed.connect(guarded(self._on_changed))
            session.view.selection_changed.connect(guarded(self._show_selection))
            self.range_line.load(session.view.length)
            for button in self._writing_buttons:
                button.setEnabled(not session.read_only)
            self._show_selection()
            self._show_counts()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Keeps two lines for the reasons, in the font that the window has now, so that the buttons stay in place."""
        super().showEvent(event)
        self._why.ensurePolished()
        self._why.setFixedHeight(2 * self._why.fontMetrics().lineSpacing() + _PADDING_PX)

    def next(self) -> None:
        """Goes to the next mask that needs a look."""
        row = next_open(self.model.rows, self.view.current)
        if row is None:
            raise ActionRefusedError(self._nothing_to_see())
        self.view.go_to(row)

    def previous(self) -> None:
        """Goes back to the mask looked at before."""
        current = self.view.current
        if not current:
            raise ActionRefusedError("This is the first one: there is none before it in the list.")
        self.view.go_to(current - 1)

    def accept(self) -> None:
        """Approves the mask that the list is at, and goes to the next; what is not in view is shown first."""
        session, item = open_session(self.workspace), self._current_item()
        if item is None:
            self.next()
            return
        if session.view.frame_index != item.frame_index or session.view.track_id != item.track_id:
            self._go_to_mask(item.track_id, item.frame_index)
            raise ActionRefusedError(
                f"Frame {item.frame_index} was not in view. Look at track {item.track_id}, and accept again if its mask"
                " is right."
            )
        session.do(Verify((item.track_id,), item.frame_index, item.frame_index))
        row = next_open(self.model.rows, self.view.current)
        if row is None:
            self.workspace.messages.say("That was the last one in the list.")
        else:
            self.view.go_to(row)

    def draw_where_it_helps(self) -> None:
        """Goes to where one more box helps most, of the selected tracks or of all, and begins drawing it."""
        session, hint = open_session(self.workspace), self._best_hint()
        if hint is None:
            raise ActionRefusedError(
                "No box would help that is known of: every box is drawn, or every mask between them is verified."
            )
        self._go_to_mask(hint.track_id, hint.frame_index)
        if self.workspace.layers is not None and not session.read_only:
            self.workspace.layers.boxes.begin_drawing(again=True)
        self.workspace.messages.say(f"Draw the box of track {hint.track_id} here: {hint.reason}.")

    def _lay_out(self) -> None:
        buttons = QGridLayout()
        buttons.setSpacing(4)
        previous = self._button("Previous", "previous", self.previous, "Back to the one before (Shift+J)")
        following = self._button("Next", "next", self.next, "The next one that needs a look (J)")
        accept = self._button("Accept", "accept", self.accept, "This mask is right: verify it, go to the next (A)")
        up_to_here = self._button(
            "Verify up to here",
            "up_to_here",
            lambda: verify_up_to_here(self.workspace),
            "The selected track's masks are right from the last verified frame to this one (Shift+V)",
        )
        helps = self._button(
            "Where one more box helps most",
            "helps",
            self.draw_where_it_helps,
            "Goes to the frame in which a box would improve the masks most, of the selected tracks or of all",
        )
        for column, button in enumerate((previous, following, accept)):
            buttons.addWidget(button, 0, 2 * column, 1, 2)
        buttons.addWidget(up_to_here, 1, 0, 1, 2)
        buttons.addWidget(helps, 1, 2, 1, 4)
        self._why.setAlignment(Qt.AlignmentFlag.AlignTop)
        for part in (self.proposals, self._counts, self._progress, self.view, self._why):
            self.box.addWidget(part)
        self.box.addLayout(buttons)
        self.box.addWidget(self.range_line)
        self._writing_buttons = (accept, up_to_here, self.range_line.button)

    def _button(self, text: str, name: str, run: Callable[[], None], says: str) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(f"mfvis.review.{name}")
        button.setToolTip(says)
        guarded = self.workspace.messages.guarded(run)
        button.clicked.connect(lambda: guarded())
        return button

    def _on_request(self, request: Request) -> None:
        if request is Request.NEXT_REVIEW:
            self.next()
        elif request is Request.PREVIOUS_REVIEW:
            self.previous()
        elif request is Request.ACCEPT_REVIEW:
            self.accept()

    def _on_found(self, findings: Findings) -> None:
        if self.workspace.session is None:  # told on the way while it closed
            return
        self._findings = findings
        self._show_rows(merged(self.model.rows, self.view.current, findings.queue.items, self._is_verified))

    def _on_changed(self, done: Done) -> None:
        self._show_rows(ticked(self.model.rows, self._is_verified))

    def _on_gone_to(self, row: int) -> None:
        item = self.model.rows[row].item
        self._go_to_mask(item.track_id, item.frame_index)
        self.range_line.suggest(item.first_frame, item.last_frame)
        self._show_why()

    def _go_to_mask(self, track_id: int, frame_index: int) -> None:
        session = open_session(self.workspace)
        session.view.frame_index = frame_index
        if track_id in session.annotations.track_ids:
            session.view.select([track_id])

    def _verify_range(self, first_frame: int, last_frame: int) -> None:
        session = open_session(self.workspace)
        selected_track(session)
        session.do(Verify(session.view.track_ids, first_frame, last_frame))
        tracks = ", ".join(map(str, session.view.track_ids))
        noun = "track" if len(session.view.track_ids) == 1 else "tracks"
        self.workspace.messages.say(f"Verified: {noun} {tracks} in frames {first_frame} to {last_frame}.")

    def _current_item(self) -> ReviewItem | None:
        current = self.view.current
        return None if current is None else self.model.rows[current].item

    def _best_hint(self) -> BoxHint | None:
        chosen = open_session(self.workspace).view.track_ids
        hints = self._findings.hints
        return next((hint for hint in hints if hint.track_id in chosen), None) or next(iter(hints), None)

    def _is_verified(self, track_id: int, frame_index: int) -> bool:
        return bool(open_session(self.workspace).masks.codes(track_id)[frame_index] & VERIFIED_BIT)

    def _show_rows(self, rows: Rows) -> None:
        self.model.show(rows)
        self._show_why()
        self._show_counts()

    def _show_why(self) -> None:
        item = self._current_item()
        self._why.setText("" if item is None else _sentence(item.reasons[:2]))
        self._why.setToolTip("" if item is None else _sentence(item.reasons))

    def _show_selection(self) -> None:
        session = open_session(self.workspace)
        self.range_line.show_tracks(session.view.track_ids)

    def _show_counts(self) -> None:
        session = self.workspace.session
        mask_count, verified_count = (0, 0) if session is None else _counts(session)
        open_count = sum(not row.settled for row in self.model.rows)
        unlisted = self._findings.queue.total - len(self._findings.queue.items)
        to_see = f"{open_count + unlisted} to look at"
        if self._findings.frames_left:
            to_see += f" so far, {self._findings.frames_left} frames not searched yet"
        text = f"{to_see} \N{MIDDLE DOT} {verified_count} of {mask_count} verified"
        self._counts.setText(text if mask_count else "No masks yet. Draw boxes and train; then look them over here.")
        self._progress.setMaximum(max(1, mask_count))
        self._progress.setValue(verified_count)

    def _nothing_to_see(self) -> str:
        if self._findings.frames_left:
            return f"Nothing to look at so far; {self._findings.frames_left} frames are still to be searched."
        return "Nothing needs a look any more. The masks that nobody verified show no sign of a mistake."


def _sentence(reasons: tuple[str, ...]) -> str:
    said = "; ".join(reasons)
    return f"{said[:1].upper()}{said[1:]}."


def _counts(session: Session) -> tuple[int, int]:
    """How many masks there are, and how many of them a person has approved."""
    mask_count = verified_count = 0
    for track_id in session.masks.track_ids:
        codes = session.masks.codes(track_id)
        mask_count += int(np.count_nonzero(codes))
        verified_count += int(np.count_nonzero(codes & VERIFIED_BIT))
    return mask_count, verified_count
