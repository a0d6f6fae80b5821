"""Files known by their content, such as learned weights."""

import hashlib
from pathlib import Path

from mfvis_engine.jobs.errors import EngineError, UnknownBlobError
from mfvis_engine.jobs.files.shelf import Shelf

BLOB_NAME = "blob"
"""Of the one file of an entry."""


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def locate_blob(sha256: str, shelf: Shelf) -> Path | None:
    """The file on the shelf; None where it is not there."""
    entry = shelf.find(sha256)
    return None if entry is None else entry / BLOB_NAME


def finish_blob(sha256: str, shelf: Shelf, kept: set[str]) -> Path:
    """Puts a file on the shelf that is written, when its content is right; returns where it lies.

    Raises:
        EngineError: It is not, or the shelf has no room.
    """
    if shelf.find(sha256) is None:
        arrived = shelf.incoming(sha256) / BLOB_NAME
        if not arrived.is_file() or sha256_of(arrived) != sha256:
            shelf.discard(sha256)
            raise EngineError(f"The file {sha256} arrived damaged. Send it again.")
    return shelf.finish(sha256, kept) / BLOB_NAME


def unknown_blob(sha256: str) -> UnknownBlobError:
    """The error of a file that is not there."""
    return UnknownBlobError(
        f"The engine does not keep the weights {sha256[:12]} any more: it keeps those used last. Start from the weights"
        " that come with the program instead."
    )
