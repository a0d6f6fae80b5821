"""A bounded store of files under keys: what has not been used longest goes first."""

import os
import shutil
import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from mfvis_engine.formats.file_names import leaves_folder
from mfvis_engine.jobs.errors import EngineError

_ABANDONED_AFTER_S = 86400.0


class ShelfKind(StrEnum):
    """What lies on a shelf, and the name of its folder."""

    BLOBS = "blobs"
    CLIPS = "clips"


class Shelf:
    """Entries of files, each a folder under its key; an entry is there as a whole or not at all.

    Pieces of an entry may be written by several at once, since the same key means the same content. Those who use an
    entry while others may fill the shelf name it in `kept`.
    """

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        """Uses `folder`, which is made where it is missing; what lies there is there again.

        Args:
            folder: Of this shelf alone.
            limit_bytes: What it may hold.
        """
        self._folder = folder
        self._incoming = folder / "incoming"
        self._limit_bytes = limit_bytes
        self._incoming.mkdir(parents=True, exist_ok=True)

    def find(self, key: str) -> Path | None:
        """The folder of an entry, which counts as used now; None where it is not there."""
        entry = self._folder / checked_key(key)
        if not entry.is_dir():
            return None
        mark_used(entry)
        return entry

    def write(self, key: str, name: str, offset: int, piece: bytes) -> None:
        """Writes a piece of a file of an entry to come; of one that is there, nothing.

        Raises:
            EngineError: The name leads out of the entry, the piece lies beyond what the shelf may hold, or the
                disk refuses it.
        """
        if self.find(key) is not None:
            return
        if not 0 <= offset <= self._limit_bytes - len(piece):
            raise EngineError(
                f"{name} has more than {self._limit_bytes} bytes, which is all that the engine keeps. Start the engine"
                " with more room, or give it a path where it sees the file itself."
            )
        path = self._incoming / checked_key(key) / checked_name(name)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("r+b" if path.exists() else "w+b") as file:
                file.seek(offset)
                file.write(piece)
        except OSError as error:
            shutil.rmtree(self._incoming / key, ignore_errors=True)
            raise EngineError(
                f"The engine cannot keep {name} ({error.strerror or error}). Make room on its disk under"
                f" {self._folder}, and submit again."
            ) from error

    def incoming(self, key: str) -> Path:
        """Where the pieces of an entry to come lie."""
        return self._incoming / checked_key(key)

    def finish(self, key: str, kept: Collection[str] = ()) -> Path:
        """Puts an entry on the shelf whose files are all written and right; returns its folder.

        Raises:
            EngineError: It, with those in `kept`, is more than the shelf may hold.
        """
        entry = self._folder / checked_key(key)
        arrived = self._incoming / key
        if not entry.is_dir():
            self._make_room(_size_bytes(arrived), {*kept, key})
            arrived.replace(entry)
        else:
            shutil.rmtree(arrived, ignore_errors=True)
        mark_used(entry)
        return entry

    def discard(self, key: str) -> None:
        """Removes what was written of an entry to come."""
        shutil.rmtree(self._incoming / checked_key(key), ignore_errors=True)

    def _make_room(self, wanted_bytes: int, kept: Collection[str]) -> None:
        self._remove_abandoned(kept)
        entries = sorted(self._entries(), key=lambda entry: entry.stat().st_mtime_ns)
        sizes = {entry: _size_bytes(entry) for entry in entries}
        free = self._limit_bytes - sum(sizes.values())
        for entry in entries:
            if free >= wanted_bytes:
                return
            if entry.name not in kept:
                shutil.rmtree(entry, ignore_errors=True)
                free += sizes[entry]
        if free < wanted_bytes:
            raise EngineError(
                f"The engine keeps {self._limit_bytes} bytes of {self._folder.name}, and jobs that have not ended use"
                f" all but {free}; {wanted_bytes} more are wanted. Wait for them to end, or start the engine with more"
                " room."
            )

    def _remove_abandoned(self, kept: Collection[str]) -> None:
        for arriving in self._incoming.iterdir():
            if arriving.name not in kept and time.time() - _last_written(arriving) > _ABANDONED_AFTER_S:
                shutil.rmtree(arriving, ignore_errors=True)

    def _entries(self) -> Iterator[Path]:
        return (entry for entry in self._folder.iterdir() if entry != self._incoming)


def mark_used(entry: Path) -> None:
    """Lets an entry count as used now."""
    with suppress(OSError):  # it goes a little earlier
        os.utime(entry)


def checked_key(key: str) -> str:
    """A key that is a plain name of hexadecimal digits and hyphens.

    Raises:
        EngineError: It is not.
    """
    if not key or not set(key) <= set("0123456789abcdef-"):
        raise EngineError(f"{key!r} is no key of a file: keys have the digits 0 to 9 and a to f")
    return key


def checked_name(name: str) -> str:
    """The name of a file inside an entry, as a posix path.

    Raises:
        EngineError: It leads out of the entry.
    """
    if leaves_folder(name) or not all(part.strip(" .") for part in name.split("/")):
        raise EngineError(f"{name!r} is no name for a file of a video. Rename it.")
    return name


def _size_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _last_written(folder: Path) -> float:
    return max(path.stat().st_mtime for path in (folder, *folder.rglob("*")))
