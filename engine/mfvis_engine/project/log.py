"""The rows of the log: what was done when, and all it takes to undo it; each with a checksum of its own."""

import json
import zlib
from dataclasses import dataclass
from datetime import datetime

from mfvis_engine.annotation.mask_frame import FrameChange
from mfvis_engine.annotation.mask_patch import MaskPatch
from mfvis_engine.project.errors import ProjectDamagedError
from mfvis_engine.project.rows import Row, mask_state_of, mask_state_row
from mfvis_engine.project.track_diff import TrackDiff

ENTRY_COLUMNS = "log_id, time, verb, arguments, summary, track_ids, frame_count, diff, crc"
PATCH_COLUMNS = 'log_id, frame_index, states, top, "left", height, width, pixels, crc_before, crc_after, crc'
_DAMAGED = (
    "It can be neither undone nor redone, nor can what lies behind it; everything else is usable. Restore"
    " annotations.sqlite from a backup to have it back."
)


@dataclass(frozen=True)
class LogEntry:
    """A change in the log, in short.

    Attributes:
        log_id: Rises with every change; never given twice.
        time: When it was done, UTC.
        verb: The name of the verb.
        summary: One line for people.
        track_ids: The tracks it touched, ascending.
        frame_count: In how many frames masks or their states changed.
        undone: Whether it is undone, so that redo would do it again.
    """

    log_id: int
    time: datetime
    verb: str
    summary: str
    track_ids: tuple[int, ...]
    frame_count: int
    undone: bool


@dataclass(frozen=True)
class LogRecord:
    """A row of `log`: the entry with the verb's arguments and the rows of tracks and keyframes it changed."""

    log_id: int
    time: datetime
    verb: str
    arguments: str
    summary: str
    track_ids: tuple[int, ...]
    frame_count: int
    diff: TrackDiff

    def to_row(self) -> Row:
        """In the order of `ENTRY_COLUMNS`."""
        columns = (
            self.log_id,
            self.time.isoformat(timespec="milliseconds"),
            self.verb,
            self.arguments,
            self.summary,
            json.dumps(self.track_ids),
            self.frame_count,
            self.diff.to_json(),
        )
        return *columns, row_crc(columns)

    @classmethod
    def from_row(cls, row: Row) -> "LogRecord":
        """Reads a row in the order of `ENTRY_COLUMNS`.

        Raises:
            ProjectDamagedError: It is not as it was written.
        """
        log_id, time, verb, arguments, summary, track_ids, frame_count, diff, crc = row
        if row_crc(row[:-1]) != crc:
            raise ProjectDamagedError(f"Change {log_id} of the log ({summary}) is damaged. {_DAMAGED}")
        return cls(
            log_id,
            datetime.fromisoformat(time),
            verb,
            arguments,
            summary,
            tuple(json.loads(track_ids)),
            frame_count,
            TrackDiff.from_json(diff),
        )


def patch_row(log_id: int, change: FrameChange) -> Row:
    """A frame's change as a row of `log_patch`, in the order of `PATCH_COLUMNS`."""
    states = {
        "removed": [mask_state_row(state) for state in change.removed],
        "added": [mask_state_row(state) for state in change.added],
    }
    patch = change.patch
    pixels = (
        (None,) * 7
        if patch is None
        else (patch.top, patch.left, patch.height, patch.width, patch.pixels, patch.crc_before, patch.crc_after)
    )
    columns = (log_id, change.frame_index, json.dumps(states, separators=(",", ":")), *pixels)
    return *columns, row_crc(columns)


def change_of(row: Row) -> FrameChange:
    """Reads what `patch_row` wrote.

    Raises:
        ProjectDamagedError: It is not as it was written.
    """
    log_id, frame_index, text, *pixels, crc = row
    if row_crc(row[:-1]) != crc:
        raise ProjectDamagedError(f"Frame {frame_index} of change {log_id} of the log is damaged. {_DAMAGED}")
    states = json.loads(text)
    return FrameChange(
        frame_index,
        removed=tuple(mask_state_of(tuple(state)) for state in states["removed"]),
        added=tuple(mask_state_of(tuple(state)) for state in states["added"]),
        patch=None if pixels[4] is None else MaskPatch(*pixels),
    )


def row_crc(columns: Row) -> int:
    """CRC-32 of a row: of its columns as a JSON array without spaces, bytes as their own CRC-32."""
    plain = [zlib.crc32(column) if isinstance(column, bytes) else column for column in columns]
    return zlib.crc32(json.dumps(plain, separators=(",", ":")).encode("ascii"))
