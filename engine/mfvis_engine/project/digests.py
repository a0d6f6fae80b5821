"""Whether a bit of the annotations database has changed behind SQLite's back, which looks at no checksum itself."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path

from mfvis_engine.project.database import connect_to_read
from mfvis_engine.project.errors import ProjectDamagedError
from mfvis_engine.project.log import ENTRY_COLUMNS, PATCH_COLUMNS, LogRecord, change_of
from mfvis_engine.project.meta import Meta
from mfvis_engine.project.rows import TABLES, Row, digest_of
from mfvis_engine.project.schema import SCHEMA, SCHEMA_VERSION
from mfvis_engine.project.work import WORK_COLUMNS, work_of


def database_damages(path: Path) -> tuple[str, ...]:
    """What is wrong with the database at `path`, in words that name the table; nothing where all is well.

    It may be open for writing elsewhere. Of an older version nothing can be said: it has no digests.
    """
    try:
        connection = connect_to_read(path)
    except sqlite3.Error as error:
        return (f"The database cannot be opened: {error}.",)
    with closing(connection):
        connection.execute("BEGIN")  # one state of it, whatever is written meanwhile
        damages: list[str] = []
        for part, check in _CHECKS if _version(connection) == SCHEMA_VERSION else _CHECKS[:1]:
            try:
                damages += check(connection)
            except (sqlite3.Error, TypeError, ValueError, OverflowError) as error:
                damages.append(f"{part} cannot be read: {error}.")
        return tuple(damages)


def _version(connection: sqlite3.Connection) -> int:
    """The format version; this one where it cannot be read, which the checks tell."""
    try:
        return int(connection.execute("SELECT format_version FROM meta").fetchone()[0])
    except (sqlite3.Error, TypeError, ValueError):
        return SCHEMA_VERSION


def _schema_damages(connection: sqlite3.Connection) -> tuple[str, ...]:
    with closing(sqlite3.connect(":memory:")) as sound:
        sound.executescript(SCHEMA)
        same = _schema_of(connection) == _schema_of(sound)
    return () if same else ("The tables are not made as the program makes them.",)


def _schema_of(connection: sqlite3.Connection) -> set[Row]:
    return set(connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema"))


def _reference_damages(connection: sqlite3.Connection) -> tuple[str, ...]:
    lost = sorted({row[0] for row in connection.execute(_KEYFRAMES_WITHOUT_TRACK)})
    return tuple(f"The table keyframe has keyframes of track {track_id}, which is not there." for track_id in lost)


def _sqlite_damages(connection: sqlite3.Connection) -> tuple[str, ...]:
    found = [row[0] for row in connection.execute("PRAGMA integrity_check(10)")]
    return () if found == ["ok"] else tuple(f"SQLite finds: {line}." for line in found)


def _meta_damages(connection: sqlite3.Connection) -> tuple[str, ...]:
    meta = Meta.read(connection)
    return () if meta.crc == meta.true_crc else ("The table meta is damaged: its checksum is not that of its row.",)


def _table_damages(connection: sqlite3.Connection) -> tuple[str, ...]:
    meta = Meta.read(connection)
    wrong = (table for table in TABLES if digest_of(connection.execute(table.select)) != meta.digest(table))
    return tuple(f"The table {table.name} is damaged: its rows are not those that were written." for table in wrong)


def _log_damages(connection: sqlite3.Connection) -> tuple[str, ...]:
    rows = connection.execute(f"SELECT {ENTRY_COLUMNS} FROM log ORDER BY log_id")
    return tuple(_named_damages(LogRecord.from_row, rows))


def _patch_damages(connection: sqlite3.Connection) -> tuple[str, ...]:
    rows = connection.execute(f"SELECT {PATCH_COLUMNS} FROM log_patch ORDER BY log_id, frame_index")
    return tuple(_named_damages(change_of, rows))


def _work_damages(connection: sqlite3.Connection) -> tuple[str, ...]:
    rows = connection.execute(f"SELECT {WORK_COLUMNS} FROM work ORDER BY work_id")
    return tuple(_named_damages(work_of, rows))


def _named_damages(read: Callable[[Row], object], rows: Iterable[Row]) -> Iterator[str]:
    for row in rows:
        try:
            read(row)
        except ProjectDamagedError as error:
            yield str(error)


_KEYFRAMES_WITHOUT_TRACK = "SELECT track_id FROM keyframe WHERE track_id NOT IN (SELECT track_id FROM track)"

_CHECKS = (
    ("The database", _sqlite_damages),
    ("The list of tables", _schema_damages),
    ("The table meta", _meta_damages),
    ("The table keyframe", _reference_damages),
    ("The tables of annotations", _table_damages),
    ("The table log", _log_damages),
    ("The table log_patch", _patch_damages),
    ("The table work", _work_damages),
)
