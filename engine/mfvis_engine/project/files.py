"""Files and folders that appear whole or not at all, whatever interrupts the writing."""

import errno
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


_FOLDERS_CANNOT_BE_SYNCED = (errno.EINVAL, errno.ENOTSUP, errno.EBADF)
"""What file systems answer that keep names without being asked, or cannot be asked (some network drives)."""


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


def sync_folder(folder: Path) -> None:
    """Sees to it that what was made, renamed or replaced in a folder is so after a power cut, where the system can.

    Windows cannot: it keeps names in a journal of its own.

    Raises:
        OSError: the disk refuses.
    """
    if sys.platform == "win32":
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except PermissionError:  # it may be written, but not be listed
        return
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _FOLDERS_CANNOT_BE_SYNCED:
            raise
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Makes a folder and those above it that are missing, all of which are there after a power cut.

    Raises:
        OSError: the disk is full or refuses.
    """
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for one in missing:
        sync_folder(one.parent)


def replace_durably(path: Path, target: Path) -> None:
    """Renames a file or folder, in the place of what is there if that is a file; it is so after a power cut too.

    Raises:
        OSError: the system refuses.
    """
    patiently(lambda: path.replace(target))
    sync_folder(target.parent)


def write_durably(path: Path, data: bytes | bytearray | memoryview) -> None:
    """Writes a file such that a crash, a kill or a full disk leaves either the old file or the new one.

    The bytes are on the disk, not only in the system's cache, before they take the old file's place, and the new
    name is when this returns. What a kill can leave behind is a neighbour whose name ends in `.partial`.

    Args:
        path: the file; its folder is made when missing.
        data: all of its bytes.

    Raises:
        OSError: the disk is full or refuses; the old file, if any, is there, or the new one is.
    """
    make_folder(path.parent)
    partial = path.with_name(f"{path.name}.{uuid.uuid4().hex}{PARTIAL}")
    try:
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        replace_durably(partial, path)
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


def _sync_tree(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if path.is_dir():
            sync_folder(path)
        else:
            _sync_file(path)


def _sync_file(path: Path) -> None:
    """Windows wants a file that can be written; a copy of one that cannot has to do without."""
    try:
        file = path.open("r+b" if sys.platform == "win32" else "rb")
    except PermissionError:
        return
    with file:
        os.fsync(file.fileno())


@contextmanager
def built_aside(folder: Path) -> Iterator[Path]:
    """Builds a folder under a temporary name next to its place and moves it there when it is complete and on the disk.

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
        _sync_tree(partial)
        patiently(lambda: _move_new(partial, folder))
        sync_folder(folder.parent)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
