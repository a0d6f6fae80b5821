"""An output is whole and verified, or it is not there."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mfvis_engine.formats.errors import FormatError, WriteError

_REMEDIES = {
    errno.ENOSPC: "make room on the disk, or choose another",
    errno.EDQUOT: "make room within your quota, or choose another disk",
    errno.EFBIG: "choose a disk whose file system takes larger files, or raise the limit on the size of files",
    errno.EROFS: "choose a disk that may be written",
    errno.EACCES: "check your rights to it, and that no program has it open, or choose another folder",
    errno.EPERM: "check your rights to it, and that no program has it open, or choose another folder",
    errno.ENAMETOOLONG: "choose a shorter name",
}


@contextmanager
def replaced_when_done(target: Path) -> Iterator[Path]:
    """Yield a path to write a file to; the file takes the place of `target` when the block ends.

    The path has the name of `target`, in a hidden folder beside it. If the block raises, `target` stays as
    it was and nothing is left. The block writes, closes, and may read back what it wrote.

    Raises:
        FormatError: The folder of `target` does not exist, or `target` is a folder.
        WriteError: The disk is full, or the system refuses the file.
    """
    if target.is_dir():
        raise FormatError(f"{target} is a folder: give the name of a file")
    with _folder_beside(target) as folder:
        unfinished = folder / target.name
        yield unfinished
        _flush(unfinished)
        unfinished.replace(target)


@contextmanager
def folder_when_done(target: Path) -> Iterator[Path]:
    """Yield a new folder; it becomes `target` when the block ends.

    If the block raises, nothing is left. A folder with something in it is never written into, so that the
    frames of two exports cannot mix.

    Raises:
        FormatError: The parent of `target` does not exist, or `target` is there and not an empty folder.
        WriteError: The disk is full, or the system refuses a file.
    """
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise FormatError(f"{target} is there already and not an empty folder: remove it, or choose another")
    with _folder_beside(target) as folder:
        unfinished = folder / target.name
        unfinished.mkdir()
        yield unfinished
        for path in filter(Path.is_file, unfinished.rglob("*")):
            _flush(path)
        if target.exists():
            target.rmdir()  # Windows renames onto nothing, not even onto an empty folder
        unfinished.replace(target)


@contextmanager
def made_if_missing(folder: Path) -> Iterator[None]:
    """Make a folder for the block to fill; if it raises, a folder that was made and is still empty goes again.

    Raises:
        WriteError: The system refuses to make it.
    """
    was_there = folder.is_dir()
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise _refused(folder, error, "Nothing was changed.") from error
    try:
        yield
    except BaseException:
        with suppress(OSError):  # something is in it
            if not was_there:
                folder.rmdir()
        raise


@contextmanager
def _folder_beside(target: Path) -> Iterator[Path]:
    """A hidden folder on the disk of `target`, gone when the block ends; its OSErrors become WriteErrors."""
    if not target.parent.is_dir():
        raise FormatError(f"the folder {target.parent} does not exist: create it, or choose another")
    try:
        made = tempfile.TemporaryDirectory(
            prefix=f".{target.name[:40]}.", suffix=".unfinished", dir=target.parent, ignore_cleanup_errors=True
        )
    except OSError as error:
        raise _refused(target, error, "Nothing was changed.") from error
    with made as name:
        folder = Path(name)
        try:
            yield folder
        except OSError as error:
            if _is_about(folder, error):
                raise _refused(target, error, _progress(folder)) from error
            raise


def _flush(path: Path) -> None:
    """See to it that a file is on the disk before its name is."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _is_about(folder: Path, error: OSError) -> bool:
    """Whether an error came of writing into a folder, and not of something else that was read meanwhile.

    One that names no file is of an open one: those that we read have errors of their own.
    """
    named = [Path(os.fsdecode(name)) for name in (error.filename, error.filename2) if isinstance(name, str | bytes)]
    if named:
        return any(folder in (path, *path.parents) for path in named)
    return error.errno is not None and not isinstance(error, ConnectionError)


def _refused(target: Path, error: OSError, outcome: str) -> WriteError:
    remedy = _REMEDIES.get(error.errno or 0, "check the disk and the folder, or choose another")
    return WriteError(f"{target} cannot be written ({error.strerror or error}). {outcome} To go on, {remedy}.")


def _progress(folder: Path) -> str:
    written = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    free = shutil.disk_usage(folder).free
    return f"{written} bytes had been written and are removed again; {free} more were free. Nothing else was changed."
