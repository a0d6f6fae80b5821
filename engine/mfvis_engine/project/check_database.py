"""What is wrong with a project's database, and with what it says of the masks."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from mfvis_engine.project.database import Database, connect_to_read
from mfvis_engine.project.digests import database_damages
from mfvis_engine.project.errors import ProjectDamagedError
from mfvis_engine.project.findings import Finding, Severity
from mfvis_engine.project.mask_chunks import MaskChunks
from mfvis_engine.project.write_ahead_log import unread_pages

_ATTEMPTS = 5
_PAUSE_S = 0.05
_TABLES_OF_FRAMES = ("keyframe", "mask_state", "mask_frame")
_RESTORE = "Restore annotations.sqlite from a backup; the files of the masks are not affected."


def database_findings(path: Path, length: int | None) -> Iterator[Finding]:
    """Looks at the database at `path` alone.

    Args:
        path: The file.
        length: Number of frames of the video, where known.
    """
    for damage in database_damages(path):
        yield Finding(Severity.DAMAGE, damage, str(path), _RESTORE)
    if length is not None:
        yield from _findings_beyond(path, length)
    yield from _findings_of_write_ahead_log(path)


def pending_findings(database: Database, chunks: MaskChunks) -> Iterator[Finding]:
    """Whether a change is half done."""
    try:
        pending = database.meta().pending_log_id
        frame_count = 0 if pending is None else len(database.changed_frames(pending, pixels_only=True))
    except ProjectDamagedError:  # which `database_findings` tells
        return
    if pending is not None:
        yield Finding(
            Severity.WARNING,
            f"The pixels of change {pending} of the log are still to be written, in up to {frame_count} of the"
            f" {chunks.length} frames.",
            str(database.path),
            "Nothing is lost. If another process has the project open, wait for it; else open it, which finishes it.",
        )


def _findings_of_write_ahead_log(path: Path) -> Iterator[Finding]:
    """Looks again and again: pages that are just being written are soon read."""
    try:
        with closing(connect_to_read(path)) as connection:
            for attempt in range(_ATTEMPTS):
                connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
                count = unread_pages(path)
                if not count:
                    return
                time.sleep(_PAUSE_S * (attempt < _ATTEMPTS - 1))
    except (sqlite3.Error, OSError):  # which is told elsewhere, if it is damage
        return
    yield Finding(
        Severity.WARNING,
        f"{count} pages of the database's write-ahead log belong to no change that is whole.",
        f"{path}-wal",
        "If a process was killed or the power failed while something was being changed, it is what was not finished,"
        " and goes away when the project is opened. Else the file is damaged: restore annotations.sqlite from a backup,"
        " or go on from an older state.",
    )


def _findings_beyond(path: Path, length: int) -> Iterator[Finding]:
    try:
        with closing(connect_to_read(path)) as connection:
            tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema")}
            for table in (table for table in _TABLES_OF_FRAMES if table in tables):
                query = f"SELECT count(*), max(frame_index) FROM {table} WHERE frame_index >= ?"
                count, last = connection.execute(query, (length,)).fetchone()
                if count:
                    yield Finding(
                        Severity.DAMAGE,
                        f"The table {table} has {count} rows of frames that the video does not have, up to frame"
                        f" {last}; its last frame is {length - 1}.",
                        str(path),
                        _RESTORE,
                    )
    except sqlite3.Error:  # which `database_damages` tells
        return
