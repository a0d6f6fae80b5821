"""From older versions of the database to this one."""

import sqlite3
from contextlib import closing
from pathlib import Path

from mfvis_engine.annotation import MaskOrigin, MaskState
from mfvis_engine.annotation.mask_patch import frame_crc, labels_in
from mfvis_engine.project.errors import NewerProjectError, ProjectDamagedError
from mfvis_engine.project.files import replace_durably
from mfvis_engine.project.mask_chunks import MaskChunks
from mfvis_engine.project.meta import Meta
from mfvis_engine.project.rows import MASK_FRAME, MASK_STATE, TABLES, digest_of, mask_state_row
from mfvis_engine.project.schema import SCHEMA, SCHEMA_VERSION
from mfvis_engine.project.sqlite_errors import damaged

_FIRST_WITH_LOG = 2

UNKNOWN_CRC = -1
"""Recorded of a frame that could not be read when its project was migrated; no CRC-32 is below 0."""


def check_version(connection: sqlite3.Connection, path: Path) -> int:
    """The format version of the database at `path`.

    Raises:
        ProjectDamagedError: It tells none.
        NewerProjectError: It is above `SCHEMA_VERSION`.
    """
    try:
        (version,) = connection.execute("SELECT format_version FROM meta").fetchone()
        version = int(version)
    except (sqlite3.Error, TypeError, ValueError) as error:
        raise damaged(path, error) from error
    if version < 1 or (version < _FIRST_WITH_LOG and _has_log(connection)):
        raise damaged(path, ValueError(f"format version {version} cannot be"))
    if version > SCHEMA_VERSION:
        raise NewerProjectError(
            f"{path} has format version {version}; this program reads versions up to {SCHEMA_VERSION}."
            " Upgrade mfvis-napari."
        )
    return version


def _has_log(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'log'").fetchone())


def migrated(connection: sqlite3.Connection, path: Path, chunks: MaskChunks, *, read_only: bool) -> sqlite3.Connection:
    """The database at this version.

    For writing, it is migrated in one transaction, after a copy was put beside it (`annotations.sqlite.v1`). For
    reading, a copy in memory is; the file is left alone.

    Returns:
        The connection to go on with; the one that was given if it is still of use, else that is closed.
    """
    if read_only:
        memory = sqlite3.connect(":memory:", isolation_level=None)
        connection.backup(memory)
        connection.close()
        connection = memory
    else:
        _keep_copy(connection, path)
    connection.execute("BEGIN IMMEDIATE")
    try:
        _from_version_1(connection, chunks)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return connection


def _keep_copy(connection: sqlite3.Connection, path: Path) -> None:
    version = check_version(connection, path)
    partial = path.with_name(f"{path.name}.v{version}.partial")
    partial.unlink(missing_ok=True)
    with closing(sqlite3.connect(partial)) as copy:
        connection.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
    replace_durably(partial, path.with_name(f"{path.name}.v{version}"))


def _from_version_1(connection: sqlite3.Connection, chunks: MaskChunks) -> None:
    """Version 1 had no log, no origins of keyframes, and "verified" in the place of an origin."""
    for table in ("meta", "keyframe", "track", "mask_state"):
        connection.execute(f"ALTER TABLE {table} RENAME TO {table}_1")
    for statement in filter(str.strip, SCHEMA.split(";")):
        connection.execute(statement)
    connection.execute("INSERT INTO track SELECT track_id, category, '{}' FROM track_1")
    connection.execute(
        "INSERT INTO keyframe"
        " SELECT track_id, frame_index, x0, y0, x1, y1, outside, occluded, 'drawn', '{}' FROM keyframe_1"
    )
    connection.execute(
        "INSERT INTO mask_state SELECT frame_index, track_id,"
        " CASE WHEN origin <> 'verified' THEN origin WHEN run_id IS NULL THEN 'edited' ELSE 'predicted' END,"
        " run_id, origin = 'verified' FROM mask_state_1"
    )
    for table in ("keyframe", "track", "mask_state", "meta"):
        connection.execute(f"DROP TABLE {table}_1")
    for frame_index in range(chunks.length):
        _record_frame(connection, chunks, frame_index)
    Meta(digests=tuple(digest_of(connection.execute(table.select)) for table in TABLES)).write(connection)


def _record_frame(connection: sqlite3.Connection, chunks: MaskChunks, frame_index: int) -> None:
    """Records what a frame holds. Pixels of which nothing was recorded were a person's, and stay so."""
    try:
        labels = chunks.read(frame_index)
    except ProjectDamagedError:
        connection.execute(MASK_FRAME.insert, (frame_index, UNKNOWN_CRC))
        return
    crc = frame_crc(labels)
    if crc is None:
        return
    connection.execute(MASK_FRAME.insert, (frame_index, crc))
    recorded = {
        row[0] for row in connection.execute("SELECT track_id FROM mask_state WHERE frame_index = ?", (frame_index,))
    }
    connection.executemany(
        MASK_STATE.insert,
        (
            mask_state_row(MaskState(label, frame_index, MaskOrigin.EDITED))
            for label in labels_in(labels)
            if label not in recorded
        ),
    )
