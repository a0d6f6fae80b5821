"""SQLite's errors as the project's own."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mfvis_engine.annotation import AnnotationError
from mfvis_engine.project.errors import (
    ProjectDamagedError,
    ProjectError,
    ProjectLockedError,
    ProjectStorageError,
    ReadOnlyProjectError,
)

_STORAGE_CODES = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)
_BUSY_CODES = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


@contextmanager
def named_errors(path: Path) -> Iterator[None]:
    """Turns an error of SQLite about the database at `path` into one a user can act on.

    Raises:
        ProjectStorageError: The disk is full or refuses.
        ReadOnlyProjectError: The file cannot be written.
        ProjectLockedError: Another program holds the database.
        ProjectDamagedError: Anything else: the file is not what it was.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise _named(path, error) from error
    except UnicodeDecodeError as error:  # SQLite quotes what has rotted in its messages
        raise damaged(path, error) from error


@contextmanager
def sound_rows(path: Path) -> Iterator[None]:
    """Turns what nonsense in a row of the database at `path` raises into ProjectDamagedError."""
    try:
        yield
    except (AnnotationError, ValueError, TypeError, AttributeError, KeyError) as error:
        raise damaged(path, error) from error


def damaged(path: Path, error: Exception) -> ProjectDamagedError:
    """The error of a database that cannot be read."""
    return ProjectDamagedError(
        f"The annotations in {path} cannot be read ({error}). Restore the file from a backup; the masks are"
        " not affected."
    )


def _named(path: Path, error: sqlite3.Error) -> ProjectError:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
    if code in _STORAGE_CODES:
        return ProjectStorageError(
            f"{path} could not be read or written ({error}). Nothing was changed. Free some space on the disk of"
            f" {path.parent}, look whether it can be written, and do it again."
        )
    if code == sqlite3.SQLITE_READONLY:
        return ReadOnlyProjectError(f"{path} cannot be written ({error}). Open the project for reading.")
    if code in _BUSY_CODES:
        return ProjectLockedError(f"Another program holds {path} ({error}). Close it there. Nothing was changed.")
    return damaged(path, error)
