"""Changes to the database: all of them at once, or none."""

import sqlite3
from collections.abc import Sequence
from dataclasses import replace

from mfvis_engine.annotation import Work
from mfvis_engine.annotation.mask_frame import FrameChange
from mfvis_engine.annotation.mask_patch import MaskPatch
from mfvis_engine.project.errors import ProjectDamagedError
from mfvis_engine.project.log import ENTRY_COLUMNS, PATCH_COLUMNS, LogRecord, patch_row
from mfvis_engine.project.meta import Meta
from mfvis_engine.project.rows import (
    KEYFRAME,
    MASK_FRAME,
    MASK_STATE,
    TRACK,
    Row,
    Table,
    digest_of,
    mask_state_row,
)
from mfvis_engine.project.track_diff import TrackDiff
from mfvis_engine.project.work import WORK_COLUMNS, work_row


class Transaction:
    """A transaction that is going on; see `Database.transaction`, which ends it.

    Attributes:
        meta: Where the project will stand.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Raises ProjectDamagedError where nothing says any more how far the log has been done."""
        self._connection = connection
        self.meta = Meta.read(connection)
        if self.meta.crc != self.meta.true_crc:
            raise ProjectDamagedError(
                "The table meta of annotations.sqlite is damaged: its checksum is not that of its row. Nothing was"
                " changed. Restore the file from a backup; what it holds can be read (read_only=True)."
            )

    def next_log_id(self) -> int:
        """Gives an id that was never given, and drops what was undone."""
        self._connection.execute("DELETE FROM log WHERE log_id > ?", (self.meta.position,))
        self._connection.execute("DELETE FROM log_patch WHERE log_id > ?", (self.meta.position,))
        self.meta = replace(self.meta, last_log_id=self.meta.last_log_id + 1)
        return self.meta.last_log_id

    def add_entry(self, record: LogRecord) -> None:
        """Writes an entry of the log; the patches of its frames are written by `add_patch`."""
        self._insert("log", ENTRY_COLUMNS, record.to_row())

    def add_patch(self, log_id: int, change: FrameChange) -> None:
        """Writes what an entry of the log changes in a frame."""
        self._insert("log_patch", PATCH_COLUMNS, patch_row(log_id, change))

    def add_work(self, work: Work) -> None:
        """Writes how long a person worked on something."""
        self._insert("work", WORK_COLUMNS, work_row(work))

    def change_tracks(self, diff: TrackDiff) -> None:
        """Changes the rows of tracks and keyframes."""
        self._change(KEYFRAME, diff.keyframes_removed, ())
        self._change(TRACK, diff.tracks_removed, diff.tracks_added)
        self._change(KEYFRAME, (), diff.keyframes_added)

    def change_frame(self, change: FrameChange, *, back: bool = False) -> None:
        """Changes the states of a frame's masks, and what its pixels must be; `back`: from after to before."""
        removed, added = (change.added, change.removed) if back else (change.removed, change.added)
        self._change(MASK_STATE, [*map(mask_state_row, removed)], [*map(mask_state_row, added)])
        if change.patch is not None:
            self._change_crc(change.frame_index, change.patch, back=back)

    def set_position(self, position: int, pending_log_id: int | None) -> None:
        """Says up to where the log is done, and whose pixels are to be written now."""
        self.meta = replace(self.meta, position=position, pending_log_id=pending_log_id)

    def finish(self) -> None:
        """Writes where the project stands now; to be called last."""
        self.meta.write(self._connection)

    def _change_crc(self, frame_index: int, patch: MaskPatch, *, back: bool) -> None:
        before, after = (patch.crc_after, patch.crc_before) if back else (patch.crc_before, patch.crc_after)
        removed: list[Row] = [] if before is None else [(frame_index, before)]
        added: list[Row] = [] if after is None else [(frame_index, after)]
        self._change(MASK_FRAME, removed, added)

    def _change(self, table: Table, removed: Sequence[Row], added: Sequence[Row]) -> None:
        if removed:
            found = self._connection.executemany(table.delete, removed).rowcount
            if found != len(removed):
                raise ProjectDamagedError(
                    f"The table {table.name} lacks {len(removed) - found} of the {len(removed)} rows that this change"
                    f" replaces, such as one of {removed[:3]}. Nothing was changed. Restore annotations.sqlite from a"
                    " backup."
                )
        if added:
            self._connection.executemany(table.insert, added)
        if removed or added:
            self.meta = self.meta.with_digest_moved(table, digest_of(added) - digest_of(removed))

    def _insert(self, table: str, columns: str, row: tuple[object, ...]) -> None:
        self._connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({', '.join('?' for _ in row)})", row)
