"""The annotations database: tracks, keyframes, where every mask is from, and the log of all changes, in SQLite."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.annotation import MAX_TRACK_ID, VERIFIED_BIT, Annotations, Keyframe, MaskState, Track, Work
from mfvis_engine.annotation.mask_frame import FrameChange
from mfvis_engine.annotation.mask_patch import MaskPatch
from mfvis_engine.annotation.mask_state import MASK_CODES
from mfvis_engine.annotation.verbs import AdoptTracks, DismissTracks
from mfvis_engine.project import migrations
from mfvis_engine.project.errors import ProjectDamagedError, ReadOnlyProjectError
from mfvis_engine.project.identities import VERBS_THAT_KEEP_WHO, Identity, tracks_said_of
from mfvis_engine.project.log import ENTRY_COLUMNS, PATCH_COLUMNS, LogEntry, LogRecord, change_of
from mfvis_engine.project.mask_chunks import MaskChunks
from mfvis_engine.project.meta import Meta
from mfvis_engine.project.rows import KEYFRAME, MASK_STATE, TRACK, attributes_of, keyframe_of, mask_state_of
from mfvis_engine.project.schema import SCHEMA, SCHEMA_VERSION
from mfvis_engine.project.sqlite_errors import damaged, named_errors, sound_rows
from mfvis_engine.project.transaction import Transaction
from mfvis_engine.project.ways import shortest_way
from mfvis_engine.project.work import WORK_COLUMNS, work_of


class Database:
    """One connection to a project's database, for the thread that opened it.

    Every question reads what is on the disk now, but within `transaction`, where it reads what will be.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path, *, read_only: bool) -> None:
        """For `open`."""
        self._connection = connection
        self._read_only = read_only
        self.path = path

    @classmethod
    def create(cls, path: Path) -> None:
        """Makes an empty database at `path`, where no file may be, and closes it."""
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.executescript(f"BEGIN; {SCHEMA} COMMIT;")
            Meta().write(connection)

    @classmethod
    def open(cls, path: Path, chunks: MaskChunks, *, read_only: bool) -> "Database":
        """Opens the database at `path`; one of an older version is migrated, or read as if it were.

        Args:
            path: The file.
            chunks: The project's masks, of which older versions record less.
            read_only: Whether changes are refused.

        Raises:
            ProjectDamagedError: It is no database of a project, or cannot be read.
            NewerProjectError: Its format version is above `SCHEMA_VERSION`.
        """
        with named_errors(path):
            connection = connect_to_read(path) if read_only else _connect_to_write(path)
            try:
                version = migrations.check_version(connection, path)
                if version < SCHEMA_VERSION:
                    connection = migrations.migrated(connection, path, chunks, read_only=read_only)
                connection.execute("PRAGMA foreign_keys = ON")
                Meta.read(connection)
            except TypeError as error:
                connection.close()
                raise damaged(path, error) from error
            except BaseException:
                connection.close()
                raise
        return cls(connection, path, read_only=read_only)

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Changes that are all on the disk when the block ends, or, if it raises, none of them.

        Raises:
            ReadOnlyProjectError: The database was opened for reading.
            ProjectStorageError: The disk is full; nothing was changed.
        """
        if self._read_only:
            raise ReadOnlyProjectError("The project is open for reading only. Open it for writing to change it.")
        with named_errors(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                transaction = Transaction(self._connection)
                yield transaction
                transaction.finish()
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def one_state(self) -> Iterator[None]:
        """Every question within the block is answered as of one moment, whoever writes meanwhile."""
        if self._connection.in_transaction:
            yield
            return
        with named_errors(self.path):
            self._connection.execute("BEGIN")
            try:
                yield
            finally:
                self._connection.execute("ROLLBACK")

    def meta(self) -> Meta:
        """Where the project stands."""
        with named_errors(self.path):
            return Meta.read(self._connection)

    def annotations(self) -> Annotations:
        """Every track with its keyframes."""
        keyframes: dict[int, list[Keyframe]] = defaultdict(list)
        with self.one_state(), sound_rows(self.path):
            for row in self._rows(KEYFRAME.select):
                keyframes[row[0]].append(keyframe_of(row))
            return Annotations(
                tuple(
                    Track(track_id, category, tuple(keyframes[track_id]), attributes_of(attributes))
                    for track_id, category, attributes in self._rows(TRACK.select)
                )
            )

    def mask_states(self, frame_index: int | None = None, track_id: int | None = None) -> tuple[MaskState, ...]:
        """The recorded states, of all or of one frame, track or both, ordered by frame and track."""
        where, values = _where(frame_index, track_id)
        query = f"{MASK_STATE.select} WHERE {where} ORDER BY frame_index, track_id"
        with sound_rows(self.path):
            return tuple(map(mask_state_of, self._rows(query, *values)))

    def mask_codes(self, frame_index: int | None = None, track_id: int | None = None) -> NDArray[np.int64]:
        """The recorded states as rows of numbers; see `Project.mask_codes`."""
        cases = " ".join(f"WHEN '{origin.value}' THEN {code.value}" for origin, code in MASK_CODES.items())
        query = f"SELECT track_id, frame_index, CASE origin {cases} END + {VERIFIED_BIT} * verified FROM mask_state"
        where, values = _where(frame_index, track_id)
        with sound_rows(self.path):
            return np.array(self._rows(f"{query} WHERE {where}", *values), np.int64).reshape(-1, 3)

    def frames_with(self, track_ids: Iterable[int], start: int, stop: int) -> Sequence[int]:
        """The frames from `start` up to `stop` with a state of one of the tracks, ascending."""
        query = "SELECT frame_index FROM mask_state WHERE track_id = ? AND frame_index >= ? AND frame_index < ?"
        return sorted({row[0] for track_id in track_ids for row in self._rows(query, track_id, start, stop)})

    def frames_of_run(self, run_id: str) -> Sequence[int]:
        """The frames with a mask predicted by a run, ascending."""
        query = "SELECT DISTINCT frame_index FROM mask_state WHERE run_id = ? ORDER BY frame_index"
        return [row[0] for row in self._rows(query, run_id)]

    def labels_in_use(self) -> frozenset[int]:
        """The track ids of which a mask is recorded anywhere."""
        return frozenset(row[0] for row in self._rows("SELECT DISTINCT track_id FROM mask_state"))

    def frame_crc(self, frame_index: int) -> int | None:
        """What `frame_crc` of a frame's masks must be."""
        rows = self._rows("SELECT crc FROM mask_frame WHERE frame_index = ?", frame_index)
        return rows[0][0] if rows else None

    def patches_between(self, frame_index: int, found: int | None, wanted: int | None) -> Iterator[MaskPatch]:
        """The fewest patches of the log that lead from one content of a frame to another, given by their CRCs.

        Nothing where none do.
        """
        query = (
            "SELECT log_id, crc_before, crc_after FROM log_patch WHERE frame_index = ? AND pixels IS NOT NULL"
            " ORDER BY log_id DESC"
        )
        for log_id in shortest_way(self._rows(query, frame_index), found, wanted):
            patch = self.frame_change(log_id, frame_index).patch
            if patch is not None:
                yield patch

    def work(self) -> tuple[Work, ...]:
        """What a person worked on, in the order in which it was recorded."""
        return tuple(map(work_of, self._rows(f"SELECT {WORK_COLUMNS} FROM work ORDER BY work_id")))

    def entries(self) -> tuple[LogEntry, ...]:
        """The log, oldest first."""
        position = self.meta().position
        rows = self._rows(f"SELECT {ENTRY_COLUMNS} FROM log ORDER BY log_id")
        return tuple(
            LogEntry(one.log_id, one.time, one.verb, one.summary, one.track_ids, one.frame_count, one.log_id > position)
            for one in map(LogRecord.from_row, rows)
        )

    def record(self, log_id: int) -> LogRecord | None:
        """An entry of the log with all that it holds; None where there is none."""
        rows = self._rows(f"SELECT {ENTRY_COLUMNS} FROM log WHERE log_id = ?", log_id)
        return LogRecord.from_row(rows[0]) if rows else None

    def summary_of(self, log_id: int) -> str | None:
        """The summary of an entry of the log; None where there is none."""
        rows = self._rows("SELECT summary FROM log WHERE log_id = ?", log_id)
        return str(rows[0][0]) if rows else None

    def identities(self) -> Mapping[int, Identity]:
        """Who the track ids are, by id; one of which no change that is done says so is missing.

        A damaged entry of the log is taken to say it of all, since nobody knows of which it did.
        """
        places = ", ".join("?" for _ in VERBS_THAT_KEEP_WHO)
        query = f"SELECT {ENTRY_COLUMNS} FROM log WHERE log_id <= ? AND verb NOT IN ({places}) ORDER BY log_id"
        identities: dict[int, Identity] = {}
        with self.one_state():
            for row in self._rows(query, self.meta().position, *VERBS_THAT_KEEP_WHO):
                identities |= dict.fromkeys(_said_of(row), Identity(row[0], row[-1]))
        return identities

    def entries_on_proposals(self) -> Iterator[tuple[Identity, LogRecord]]:
        """The entries of the log that are done and that `verdicts_of` needs; damaged ones are left out."""
        keep_who = tuple(name for name in VERBS_THAT_KEEP_WHO if name != DismissTracks.name)
        places = ", ".join("?" for _ in keep_who)
        first = "SELECT min(log_id) FROM log WHERE verb IN (?, ?)"
        query = (
            f"SELECT {ENTRY_COLUMNS} FROM log WHERE log_id >= ({first}) AND log_id <= ? AND verb NOT IN ({places})"
            " ORDER BY log_id"
        )
        with self.one_state():
            rows = self._rows(query, AdoptTracks.name, DismissTracks.name, self.meta().position, *keep_who)
        for row in rows:
            with suppress(ProjectDamagedError):
                yield Identity(row[0], row[-1]), LogRecord.from_row(row)

    def log_id_before(self, log_id: int) -> int:
        """The id of the entry before; 0 where there is none."""
        return int(self._rows("SELECT coalesce(max(log_id), 0) FROM log WHERE log_id < ?", log_id)[0][0])

    def log_id_after(self, log_id: int) -> int | None:
        """The id of the entry after; None where there is none."""
        found: int | None = self._rows("SELECT min(log_id) FROM log WHERE log_id > ?", log_id)[0][0]
        return found

    def changed_frames(self, log_id: int, *, pixels_only: bool = False) -> Sequence[int]:
        """The frames in which an entry of the log changes masks or states, ascending."""
        where = " AND pixels IS NOT NULL" if pixels_only else ""
        query = f"SELECT frame_index FROM log_patch WHERE log_id = ?{where} ORDER BY frame_index"
        return [row[0] for row in self._rows(query, log_id)]

    def frame_change(self, log_id: int, frame_index: int) -> FrameChange:
        """What an entry of the log changes in a frame."""
        query = f"SELECT {PATCH_COLUMNS} FROM log_patch WHERE log_id = ? AND frame_index = ?"
        return change_of(self._rows(query, log_id, frame_index)[0])

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with named_errors(self.path):
            return self._connection.execute(query, values).fetchall()


def _where(frame_index: int | None, track_id: int | None) -> tuple[str, tuple[int, ...]]:
    """The condition for the states of a frame, a track, both or all, and its values."""
    asked = {"frame_index": frame_index, "track_id": track_id}
    wanted = {column: int(value) for column, value in asked.items() if value is not None}
    return " AND ".join(f"{column} = ?" for column in wanted) or "1", tuple(wanted.values())


def _said_of(row: tuple[Any, ...]) -> Iterable[int]:
    try:
        return tracks_said_of(LogRecord.from_row(row))
    except ProjectDamagedError:
        return range(1, MAX_TRACK_ID + 1)


def _connect_to_write(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(_uri(path, "mode=rw"), uri=True, isolation_level=None)
    try:
        connection.execute("PRAGMA synchronous = FULL")
    except BaseException:
        connection.close()
        raise
    return connection


def connect_to_read(path: Path) -> sqlite3.Connection:
    """Opens for reading, also where the folder itself cannot be written (a DVD, another person's share).

    SQLite needs to make a file beside a database with a write-ahead log even to read it. Where it may not,
    and the log is empty, nobody is writing and the database can be read as an unchanging file.
    """
    connection = sqlite3.connect(_uri(path, "mode=ro"), uri=True, isolation_level=None)
    try:
        connection.execute("SELECT count(*) FROM sqlite_schema")
    except sqlite3.OperationalError:
        connection.close()
        log = path.with_name(f"{path.name}-wal")
        if log.exists() and log.stat().st_size:
            raise
        return sqlite3.connect(_uri(path, "mode=ro&immutable=1"), uri=True, isolation_level=None)
    except UnicodeDecodeError as error:  # SQLite quotes what has rotted in its messages
        connection.close()
        raise sqlite3.DatabaseError(f"its schema is no text: {error}") from error
    except BaseException:
        connection.close()
        raise
    return connection


def _uri(path: Path, options: str) -> str:
    return f"{path.resolve().as_uri()}?{options}"
