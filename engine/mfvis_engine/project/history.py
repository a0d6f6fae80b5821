"""Doing, undoing and redoing: the log says what the arrays must hold.

A change is one transaction: its entry in the log, the rows it changes, what its frames must hold from now on, and that
its pixels are pending. Then the pixels are written, frame by frame, and nothing is pending any more. Whatever
interrupts the second part is made good before the next change, or when the project is opened (see `Masks`).
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from mfvis_engine.annotation import Annotations
from mfvis_engine.annotation.verbs import Effect, Verb
from mfvis_engine.project.database import Database
from mfvis_engine.project.done import Done, Tally
from mfvis_engine.project.errors import ProjectDamagedError
from mfvis_engine.project.log import LogRecord
from mfvis_engine.project.masks import Masks
from mfvis_engine.project.pieces import Piece, steps
from mfvis_engine.project.scene import ProjectScene
from mfvis_engine.project.sqlite_errors import sound_rows
from mfvis_engine.project.track_diff import TrackDiff
from mfvis_engine.project.transaction import Transaction


@dataclass(frozen=True)
class Settled:
    """How a pending change ended.

    Attributes:
        summary: Of the change.
        undone: Whether it was being undone.
        frame_count: How many frames had still to be written.
        damages: What is wrong with frames that could not be brought to what they must hold; they were left alone.
    """

    summary: str
    undone: bool
    frame_count: int
    damages: tuple[str, ...]


class History:
    """The changes of a project."""

    def __init__(self, database: Database, masks: Masks, scene: ProjectScene) -> None:
        self._database = database
        self._masks = masks
        self._scene = scene

    def do(self, verb: Verb) -> Done:
        """Does a verb, and drops what was undone; see `Project.do`."""
        self._settle_or_raise()
        before = self._scene.annotations
        effect = verb.effect(self._scene)
        diff = TrackDiff.between(before, effect.annotations)
        tally = Tally(set(diff.track_ids))
        try:
            with self._changing(diff.applied(before)) as transaction:
                log_id = self._log(transaction, verb, effect, diff, tally)
        except _NothingChangesError:
            return tally.done(None, verb.summary)
        self._settle_or_raise()
        return tally.done(log_id, verb.summary)

    def undo(self) -> Done | None:
        """Undoes the last change that is done; None where there is none."""
        self._settle_or_raise()
        record = self._database.record(self._database.meta().position)
        if record is None:
            return None
        return self._replay(record, self._database.log_id_before(record.log_id), back=True)

    def undo_steps(self) -> Iterator[Done]:
        """As `undo`, for each piece of the last change; see `Project.undo_steps`."""
        return steps(self.undo, lambda: self._piece(self._database.meta().position), back=True)

    def redo_steps(self) -> Iterator[Done]:
        """As `redo`, for each piece of the first undone change; see `Project.undo_steps`."""
        return steps(
            self.redo, lambda: self._piece(self._database.log_id_after(self._database.meta().position)), back=False
        )

    def redo(self) -> Done | None:
        """Does the first change that is undone again; None where there is none."""
        self._settle_or_raise()
        log_id = self._database.log_id_after(self._database.meta().position)
        record = None if log_id is None else self._database.record(log_id)
        return None if record is None else self._replay(record, record.log_id, back=False)

    def settle(self) -> Settled | None:
        """Writes the pixels of the pending change; None where none is pending.

        Raises:
            ProjectStorageError: The disk is full or refuses; the change stays pending.
        """
        meta = self._database.meta()
        log_id = meta.pending_log_id
        if log_id is None:
            return None
        frame_count = 0
        damages = []
        for frame_index in self._database.changed_frames(log_id, pixels_only=True):
            try:
                frame_count += self._masks.settle(frame_index)
            except ProjectDamagedError as error:
                damages.append(str(error))
        with self._database.transaction() as transaction:
            transaction.set_position(meta.position, None)
        return Settled(self._summary_of(log_id), log_id > meta.position, frame_count, tuple(damages))

    def _piece(self, log_id: int | None) -> Piece | None:
        record = None if log_id is None else self._database.record(log_id)
        return None if record is None else Piece.of(record)

    def _summary_of(self, log_id: int) -> str:
        try:
            record = self._database.record(log_id)
        except ProjectDamagedError:  # of the entry; its frames have rows of their own
            record = None
        return f"change {log_id}" if record is None else record.summary

    def _log(self, transaction: Transaction, verb: Verb, effect: Effect, diff: TrackDiff, tally: Tally) -> int:
        log_id = transaction.next_log_id()
        transaction.change_tracks(diff)
        for change in effect.frames:
            tally.add(change)
            if not change.is_empty:
                transaction.add_patch(log_id, change)
                transaction.change_frame(change)
        if not (tally.track_ids or tally.frames or verb.only_says):
            raise _NothingChangesError
        transaction.add_entry(
            LogRecord(
                log_id,
                datetime.now(UTC),
                verb.name,
                json.dumps(verb.arguments(), ensure_ascii=False, separators=(",", ":")),
                verb.summary,
                tuple(sorted(tally.track_ids)),
                len(tally.frames),
                diff,
            )
        )
        transaction.set_position(log_id, log_id if tally.has_pixels else None)
        return log_id

    def _replay(self, record: LogRecord, position: int, *, back: bool) -> Done:
        diff = record.diff.reversed() if back else record.diff
        tally = Tally(set(record.track_ids))
        with sound_rows(self._database.path):
            annotations = diff.applied(self._scene.annotations)
        with self._changing(annotations) as transaction:
            transaction.change_tracks(diff)
            for frame_index in self._database.changed_frames(record.log_id):
                change = self._database.frame_change(record.log_id, frame_index)
                tally.add(change)
                transaction.change_frame(change, back=back)
            transaction.set_position(position, record.log_id if tally.has_pixels else None)
        self._settle_or_raise()
        return tally.done(record.log_id, record.summary)

    @contextmanager
    def _changing(self, annotations: Annotations) -> Iterator[Transaction]:
        """A transaction after which the tracks are `annotations`; if anything fails, they are read anew."""
        try:
            with self._database.transaction() as transaction:
                yield transaction
            self._scene.keep(annotations)
        except BaseException:
            self._scene.forget()
            raise

    def _settle_or_raise(self) -> None:
        settled = self.settle()
        if settled is not None and settled.damages:
            raise ProjectDamagedError(
                f"The change is recorded ({settled.summary}), but frames of it are damaged and were left alone:"
                f" {' '.join(settled.damages)}"
            )


class _NothingChangesError(Exception):
    """A verb turned out to change nothing; its transaction is to be rolled back."""
