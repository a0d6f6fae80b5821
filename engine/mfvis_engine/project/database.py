"""The annotations database: tracks, keyframes and where every mask comes from, in SQLite."""

import enum
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from mfvis_engine.annotation import Annotations, Keyframe, Track
from mfvis_engine.annotation.tracks import parse_frame_index, parse_track_id
from mfvis_engine.project.errors import NewerProjectError, ProjectDamagedError, ReadOnlyProjectError

SCHEMA_VERSION = 1

# mask_state does not refer to track: replacing the tracks must not forget which masks a person verified.
_SCHEMA = """
CREATE TABLE meta (format_version INTEGER NOT NULL);
CREATE TABLE track (
    track_id INTEGER PRIMARY KEY CHECK (track_id BETWEEN 1 AND 65535),
    category TEXT NOT NULL
);
CREATE TABLE keyframe (
    track_id INTEGER NOT NULL REFERENCES track ON DELETE CASCADE,
    frame_index INTEGER NOT NULL CHECK (frame_index >= 0),
    x0 REAL NOT NULL, y0 REAL NOT NULL, x1 REAL NOT NULL, y1 REAL NOT NULL,
    outside INTEGER NOT NULL CHECK (outside IN (0, 1)),
    occluded INTEGER NOT NULL CHECK (occluded IN (0, 1)),
    PRIMARY KEY (track_id, frame_index)
) WITHOUT ROWID;
CREATE TABLE mask_state (
    frame_index INTEGER NOT NULL CHECK (frame_index >= 0),
    track_id INTEGER NOT NULL CHECK (track_id BETWEEN 1 AND 65535),
    origin TEXT NOT NULL CHECK (origin IN ('predicted', 'edited', 'verified')),
    run_id TEXT,
    PRIMARY KEY (frame_index, track_id)
) WITHOUT ROWID;
"""


class MaskOrigin(enum.StrEnum):
    """Whose work the mask of a track in a frame is; a machine replaces only what is `PREDICTED`."""

    PREDICTED = "predicted"
    EDITED = "edited"
    VERIFIED = "verified"


@dataclass(frozen=True)
class MaskState:
    """Where the mask of one track in one frame comes from; `run_id` is the run that predicted it, if any."""

    track_id: int
    frame_index: int
    origin: MaskOrigin
    run_id: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "track_id", parse_track_id(self.track_id))
        object.__setattr__(self, "frame_index", parse_frame_index(self.frame_index))


class Database:
    """One connection to a project's database, for the thread that opened it.

    Every method that writes is one transaction: all of it is on the disk when it returns, or none.
    """

    def __init__(self, connection: sqlite3.Connection, *, read_only: bool) -> None:
        self._connection = connection
        self._read_only = read_only

    @classmethod
    def create(cls, path: Path) -> None:
        """Makes an empty database at `path`, where no file may be, and closes it."""
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.executescript(f"BEGIN; {_SCHEMA} COMMIT;")
            connection.execute("INSERT INTO meta VALUES (?)", (SCHEMA_VERSION,))

    @classmethod
    def open(cls, path: Path, *, read_only: bool) -> "Database":
        """Opens the database at `path`.

        Raises:
            ProjectDamagedError: it is no database of a project, or cannot be read.
            NewerProjectError: its format version is above `SCHEMA_VERSION`.
        """
        try:
            connection = _connect_to_read(path) if read_only else _connect_to_write(path)
        except sqlite3.Error as error:
            raise _damaged(path, error) from error
        try:
            _check_version(connection, path)
        except BaseException:
            connection.close()
            raise
        return cls(connection, read_only=read_only)

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()

    def annotations(self) -> Annotations:
        """Reads every track with its keyframes."""
        keyframes: dict[int, list[Keyframe]] = {}
        rows = self._connection.execute(
            "SELECT track_id, frame_index, x0, y0, x1, y1, outside, occluded FROM keyframe"
            " ORDER BY track_id, frame_index"
        )
        for track_id, frame_index, x0, y0, x1, y1, outside, occluded in rows:
            keyframe = Keyframe(frame_index, (x0, y0, x1, y1), bool(outside), bool(occluded))
            keyframes.setdefault(track_id, []).append(keyframe)
        tracks = self._connection.execute("SELECT track_id, category FROM track ORDER BY track_id")
        return Annotations(
            tuple(Track(track_id, category, tuple(keyframes.get(track_id, ()))) for track_id, category in tracks)
        )

    def replace_annotations(self, annotations: Annotations) -> None:
        """Puts `annotations` in the place of all tracks and keyframes; mask states stay.

        Raises:
            ReadOnlyProjectError: the database was opened for reading.
        """
        keyframes = (
            (track.track_id, key.frame_index, *key.box_xyxy, key.outside, key.occluded)
            for track in annotations.tracks
            for key in track.keyframes
        )
        with self._writing() as connection:
            connection.execute("DELETE FROM track")
            connection.executemany(
                "INSERT INTO track VALUES (?, ?)", ((t.track_id, t.category) for t in annotations.tracks)
            )
            connection.executemany("INSERT INTO keyframe VALUES (?, ?, ?, ?, ?, ?, ?, ?)", keyframes)

    def mask_states(self, frame_index: int | None = None) -> tuple[MaskState, ...]:
        """The recorded states, of one frame or of all, ordered by frame and track."""
        query = "SELECT track_id, frame_index, origin, run_id FROM mask_state"
        if frame_index is None:
            rows = self._connection.execute(f"{query} ORDER BY frame_index, track_id")
        else:
            rows = self._connection.execute(f"{query} WHERE frame_index = ? ORDER BY track_id", (int(frame_index),))
        return tuple(MaskState(track_id, frame, MaskOrigin(origin), run_id) for track_id, frame, origin, run_id in rows)

    def record_mask_states(self, states: Iterable[MaskState]) -> None:
        """Records where masks come from, in the place of what was recorded for the same track and frame.

        Raises:
            ReadOnlyProjectError: the database was opened for reading.
        """
        rows = ((state.frame_index, state.track_id, state.origin.value, state.run_id) for state in states)
        with self._writing() as connection:
            connection.executemany("INSERT OR REPLACE INTO mask_state VALUES (?, ?, ?, ?)", rows)

    def _writing(self) -> sqlite3.Connection:
        """The connection as a context that commits, or rolls back when anything is raised."""
        if self._read_only:
            raise ReadOnlyProjectError("The project is open for reading only. Open it for writing to change it.")
        return self._connection


def _connect_to_write(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(_uri(path, "mode=rw"), uri=True)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def _connect_to_read(path: Path) -> sqlite3.Connection:
    """Opens for reading, also where the folder itself cannot be written (a DVD, another person's share).

    SQLite needs to make a file beside a database with a write-ahead log even to read it. Where it may not,
    and the log is empty, nobody is writing and the database can be read as an unchanging file.
    """
    connection = sqlite3.connect(_uri(path, "mode=ro"), uri=True)
    try:
        connection.execute("SELECT count(*) FROM sqlite_schema")
    except sqlite3.OperationalError:
        connection.close()
        log = path.with_name(f"{path.name}-wal")
        if log.exists() and log.stat().st_size:
            raise
        return sqlite3.connect(_uri(path, "mode=ro&immutable=1"), uri=True)
    return connection


def _uri(path: Path, options: str) -> str:
    return f"{path.resolve().as_uri()}?{options}"


def _check_version(connection: sqlite3.Connection, path: Path) -> None:
    try:
        (version,) = connection.execute("SELECT format_version FROM meta").fetchone()
    except (sqlite3.Error, TypeError) as error:
        raise _damaged(path, error) from error
    if version > SCHEMA_VERSION:
        raise NewerProjectError(
            f"{path} has format version {version}; this program reads versions up to {SCHEMA_VERSION}."
            " Upgrade mfvis-napari."
        )


def _damaged(path: Path, error: Exception) -> ProjectDamagedError:
    return ProjectDamagedError(
        f"The annotations in {path} cannot be read ({error}). Restore the file from a backup; the masks are"
        " not affected."
    )
