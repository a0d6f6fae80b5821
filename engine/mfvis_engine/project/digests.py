"""Whether a bit of the annotations database has changed behind SQLite's back, which looks at no checksum itself."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path

from mfvis_engine.project.errors import ProjectDamagedError
from mfvis_engine.project.log import ENTRY_COLUMNS, PATCH_COLUMNS, LogRecord, change_of
from mfvis_engine.project.meta import Meta
from mfvis_engine.project.rows import TABLES, Row, digest_of


def database_damages(path: Path) -> tuple[str, ...]:
    """What is wrong with the database at `path`, in words that name the table; nothing where all is well.

    It may be open for writing elsewhere. Of an older version nothing can be said: it has no digests.
    """
    uri = f"{path.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
        connection.execute("BEGIN")  # one state of it, whatever is written meanwhile
        damages: list[str] = []
        for part, check in _CHECKS:
            try:
                damages += check(connection)
            except (sqlite3.Error, TypeError, ValueError, OverflowError) as error:
                damages.append(f"{part} cannot be read: {error}.")
        return tuple(damages)


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


def _named_damages(read: Callable[[Row], object], rows: Iterable[Row]) -> Iterator[str]:
    for row in rows:
        try:
            read(row)
        except ProjectDamagedError as error:
            yield str(error)


_CHECKS = (
    ("The database", _sqlite_damages),
    ("The table meta", _meta_damages),
    ("The tables of annotations", _table_damages),
    ("The table log", _log_damages),
    ("The table log_patch", _patch_damages),
)
