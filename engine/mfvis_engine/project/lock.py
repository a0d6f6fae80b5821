"""One writer a project: a lock that dies with the process that holds it."""

import json
import os
import socket
import sys
import uuid
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, NoReturn

from mfvis_engine.project.errors import ProjectLockedError, ReadOnlyProjectError

LOCK = ".lock"
OWNER = ".lock-owner"
"""Takes the place of the system's lock where the file system has none."""

_LOCKED_BYTE = 2**30
"""Far behind the text: on Windows a locked byte cannot be read by others."""


@dataclass(frozen=True)
class LockOwner:
    """Who holds a lock.

    Attributes:
        pid: Its process.
        host: The name of its machine.
        since: When it took the lock, UTC, as text.
        started: What tells its process from a later one with the same number; empty where the system does not say.
    """

    pid: int
    host: str
    since: str
    started: str

    @classmethod
    def this_process(cls) -> "LockOwner":
        """The process that asks."""
        since = datetime.now(UTC).isoformat(sep=" ", timespec="seconds")
        return cls(os.getpid(), socket.gethostname(), since, _start_of(os.getpid()))

    @classmethod
    def read(cls, path: Path) -> "LockOwner | None":
        """What a lock file says; None where it says nothing."""
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def to_bytes(self) -> bytes:
        """The text of a lock file."""
        return json.dumps(asdict(self)).encode("ascii")

    @property
    def is_gone(self) -> bool:
        """Whether the process is known to be dead; never where it ran on another machine."""
        return self.host == socket.gethostname() and _is_dead(self.pid, self.started)


class ProjectLock:
    """The right to write a project, held from construction to `release`, or to the end of the process.

    The system's lock on the file `.lock` is what counts; what the file says only tells people who holds it. Where the
    file system knows no locks, the file `.lock-owner` is the lock, and that of a dead process is taken over.
    """

    def __init__(self, project_folder: Path) -> None:
        """Takes the lock of the project in `project_folder`.

        Raises:
            ProjectLockedError: Another process, or another opening in this one, holds it.
            ReadOnlyProjectError: The folder cannot be written.
        """
        self._owner_file: Path | None = None
        path = project_folder / LOCK
        try:
            self._file = path.open("r+b" if path.exists() else "w+b", buffering=0)
        except OSError as error:
            raise ReadOnlyProjectError(
                f"{project_folder} cannot be written ({error}). Open the project for reading, or make the folder"
                " writable."
            ) from error
        try:
            self._take(project_folder)
        except BaseException:
            self._file.close()
            raise

    def release(self) -> None:
        """Gives the lock back; may be called again."""
        if self._file.closed:
            return
        if self._owner_file is not None:
            self._owner_file.unlink(missing_ok=True)
        else:
            self._write(b"")
        self._file.close()

    def _take(self, project_folder: Path) -> None:
        try:
            _lock(self._file)
        except BlockingIOError:
            _refuse(project_folder, LockOwner.read(project_folder / LOCK))
        except OSError:
            self._owner_file = _take_owner_file(project_folder)
        else:
            self._write(LockOwner.this_process().to_bytes())

    def _write(self, text: bytes) -> None:
        with suppress(OSError):  # a full disk: the lock holds all the same
            self._file.seek(0)
            self._file.truncate()
            self._file.write(text)


def _take_owner_file(project_folder: Path) -> Path:
    path = project_folder / OWNER
    owner = LockOwner.read(path)
    if owner is not None and owner.is_gone:
        _take_away(path, owner)
    try:
        with path.open("xb") as file:
            file.write(LockOwner.this_process().to_bytes())
    except FileExistsError:
        _refuse(project_folder, LockOwner.read(path), f" If it is not there any more, delete {path}.")
    return path


def _take_away(path: Path, owner: LockOwner) -> None:
    """Removes the lock of a dead process, unless another process was faster and the lock is its own by now."""
    aside = path.with_name(f"{OWNER}.{uuid.uuid4().hex}")
    with suppress(FileNotFoundError):
        path.rename(aside)
        if LockOwner.read(aside) == owner:
            aside.unlink()
        else:
            aside.rename(path)


def _refuse(project_folder: Path, owner: LockOwner | None, remedy: str = "") -> NoReturn:
    holder = "another process" if owner is None else f"process {owner.pid} on {owner.host} since {owner.since}"
    raise ProjectLockedError(
        f"{project_folder} is open for writing in {holder}. Close it there, or open it for reading.{remedy}"
    )


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        """Locks a file; BlockingIOError where another holds it, OSError where that is not possible at all."""
        file.seek(_LOCKED_BYTE)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except PermissionError as error:
            raise BlockingIOError(str(error)) from error

    def _is_dead(pid: int, started: str) -> bool:
        """Not known without more than Python brings: `os.kill(pid, 0)` would end the process."""
        return False

else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        """Locks a file; BlockingIOError where another holds it, OSError where that is not possible at all."""
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _is_dead(pid: int, started: str) -> bool:
        """Whether no process has this number, or another one has it now."""
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        now = _start_of(pid)
        return bool(started and now) and started != now


def _start_of(pid: int) -> str:
    """When a process started, in the system's own count; empty where it does not tell (it is Linux that does)."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return ""
    return text.rpartition(")")[2].split()[19]
