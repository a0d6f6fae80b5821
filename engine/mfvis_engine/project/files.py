"""Files and folders that appear whole or not at all, whatever interrupts the writing."""

import os
import shutil
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

_T = TypeVar("_T")

PARTIAL = ".partial"
"""How the name of a file or folder ends that is being made."""

# Windows refuses for a moment to replace, move or open a file that another process, often a virus scanner
# or our own reader, has open. Elsewhere a PermissionError is what it says, and waiting does not help.
RETRY_PAUSES_S: tuple[float, ...] = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4) if sys.platform == "win32" else ()


def patiently(operation: Callable[[], _T]) -> _T:
    """Calls `operation`, again after short pauses where the system may refuse it for a moment.

    Raises:
        PermissionError: as `operation` raised it, when the pauses are used up.
    """
    for pause_s in RETRY_PAUSES_S:
        try:
            return operation()
        except PermissionError:
            time.sleep(pause_s)
    return operation()


def write_durably(path: Path, data: bytes | bytearray | memoryview) -> None:
    """Writes a file such that a crash, a kill or a full disk leaves either the old file or the new one.

    The bytes are on the disk, not only in the system's cache, before they take the old file's place. What a
    kill can leave behind is a neighbour whose name ends in `.partial`.

    Args:
        path: the file; its folder is made when missing.
        data: all of its bytes.

    Raises:
        OSError: the bytes could not be written; the old file, if any, is untouched.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{uuid.uuid4().hex}{PARTIAL}")
    try:
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        patiently(lambda: partial.replace(path))
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def size_bytes(folder: Path) -> int:
    """The bytes of all files under a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def remove_partials(path: Path) -> None:
    """Removes what `write_durably` left beside `path` when it was killed; nobody else may be writing the file."""
    for partial in path.parent.glob(f"{path.name}.*{PARTIAL}"):
        partial.unlink(missing_ok=True)


def _move_new(source: Path, target: Path) -> None:
    """Renames a folder, but not over an empty one, which POSIX would allow."""
    if target.exists():
        raise FileExistsError(f"{target} came to exist while it was being made. Try again with another name.")
    source.rename(target)


@contextmanager
def built_aside(folder: Path) -> Iterator[Path]:
    """Builds a folder under a temporary name next to its place and moves it there when it is complete.

    Every file in it must be closed by then: Windows does not move a folder with an open file.

    Args:
        folder: where the finished folder goes; nothing may be there.

    Yields:
        The empty temporary folder, hidden and ending in `.partial`. It is removed if anything is raised.

    Raises:
        FileExistsError: something lies at `folder`.
    """
    partial = folder.with_name(f".{folder.name}.{uuid.uuid4().hex[:8]}{PARTIAL}")
    partial.mkdir()
    try:
        yield partial
        patiently(lambda: _move_new(partial, folder))
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
