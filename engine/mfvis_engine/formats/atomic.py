"""An output is whole and verified, or it is not there."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mfvis_engine.formats.errors import FormatError


@contextmanager
def replaced_when_done(target: Path) -> Iterator[Path]:
    """Yield a path to write a file to; the file takes the place of `target` when the block ends.

    The path has the name of `target`, in a hidden folder beside it. If the block raises, `target` stays as
    it was and nothing is left. The block writes, closes, and may read back what it wrote.

    Raises:
        FormatError: The folder of `target` does not exist, or `target` is a folder.
    """
    if target.is_dir():
        raise FormatError(f"{target} is a folder: give the name of a file")
    with _folder_beside(target) as folder:
        unfinished = folder / target.name
        yield unfinished
        with unfinished.open("rb+") as file:
            os.fsync(file.fileno())
        unfinished.replace(target)


@contextmanager
def folder_when_done(target: Path) -> Iterator[Path]:
    """Yield a new folder; it becomes `target` when the block ends.

    If the block raises, nothing is left. A folder with something in it is never written into, so that the
    frames of two exports cannot mix.

    Raises:
        FormatError: The parent of `target` does not exist, or `target` is there and not an empty folder.
    """
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise FormatError(f"{target} is there already and not an empty folder: remove it, or choose another")
    with _folder_beside(target) as folder:
        unfinished = folder / target.name
        unfinished.mkdir()
        yield unfinished
        if target.exists():
            target.rmdir()  # Windows renames onto nothing, not even onto an empty folder
        unfinished.replace(target)


@contextmanager
def _folder_beside(target: Path) -> Iterator[Path]:
    """A hidden folder on the disk of `target`, gone when the block ends."""
    if not target.parent.is_dir():
        raise FormatError(f"the folder {target.parent} does not exist: create it, or choose another")
    with tempfile.TemporaryDirectory(
        prefix=f".{target.name}.", suffix=".unfinished", dir=target.parent, ignore_cleanup_errors=True
    ) as folder:
        yield Path(folder)
