"""Sends files to an engine and fetches them, in pieces; what is there already is not sent."""

from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

from mfvis_engine.formats.atomic import replaced_when_done
from mfvis_engine.jobs.clip import ClipReference
from mfvis_engine.jobs.errors import ClipError, EngineError
from mfvis_engine.jobs.files.blobs import BLOB_NAME, finish_blob, locate_blob, sha256_of, unknown_blob
from mfvis_engine.jobs.files.clips import clip_key, finish_clip, locate_clip, video_files
from mfvis_engine.jobs.files.shelf import Shelf, ShelfKind
from mfvis_engine.jobs.wire.codec import Answer
from mfvis_engine.jobs.wire.messages import (
    Entry,
    FindBlob,
    FindClip,
    FinishBlob,
    FinishClip,
    Noted,
    Piece,
    ReadBlob,
    ReadClip,
    Request,
    WriteEntry,
)
from mfvis_engine.jobs.wire.pieces import offsets, read_piece, unpack


class Asker(Protocol):
    """What can put a question to the engine."""

    def ask(self, request: Request, answer_type: type[Answer]) -> Answer:
        """The engine's answer, or the error it answers with."""


OnSent = Callable[[int, int], None]
"""Called with the bytes sent so far, and all there are; what it raises ends the upload."""


def upload_clip(asker: Asker, clip: ClipReference, on_sent: OnSent | None = None) -> None:
    """Sends a clip that the engine does not have.

    Raises:
        ClipError: It is not where it was, or changed.
        EngineError: The engine refuses it.
    """
    video = Path(clip.path)
    if not clip.is_at(video):
        raise ClipError(
            f"The video {video} is not there any more, or another by now.", command="Say where it is: mfvis relink"
        )
    sent = 0
    for name, path in video_files(video).items():
        for offset in offsets(path.stat().st_size):
            piece = _read(path, offset)
            asker.ask(WriteEntry(ShelfKind.CLIPS, clip_key(clip), name, offset, piece), Noted)
            sent += piece.size_bytes
            if on_sent is not None:
                on_sent(sent, clip.fingerprint.size_bytes)
    asker.ask(FinishClip(clip), Noted)


def upload_clips(asker: Asker, clips: Sequence[ClipReference], on_sent: OnSent | None = None) -> None:
    """Sends clips, one after another; `on_sent` is told of all of them together. Raises as `upload_clip`."""
    total = sum(clip.fingerprint.size_bytes for clip in clips)
    before = 0
    for clip in clips:
        told = None if on_sent is None else partial(_told_of_all, on_sent, before, total)
        upload_clip(asker, clip, told)
        before += clip.fingerprint.size_bytes


def _told_of_all(on_sent: OnSent, before: int, total: int, sent: int, _: int) -> None:
    on_sent(before + sent, total)


def fetch_clip(asker: Asker, clip: ClipReference, shelf: Shelf, kept: Collection[str] = ()) -> Path:
    """Where a clip lies on a shelf of this machine, fetched from the engine where it is not there.

    Args:
        asker: Reaches the engine.
        clip: Which.
        shelf: Where it is put.
        kept: Keys of others that must stay there.

    Raises:
        ClipError: The engine does not have it any more.
        EngineError: This machine has no room.
    """
    found = locate_clip(clip, shelf)
    if found is not None:
        return found
    files = asker.ask(FindClip(clip), Entry).files
    if files is None:
        raise ClipError(f"The engine does not have the video {clip.path} any more. Submit the job again.")
    for file in files:
        for offset in offsets(file.size_bytes):
            piece = asker.ask(ReadClip(clip, file.name, offset), Piece)
            shelf.write(clip_key(clip), file.name, offset, unpack(piece))
    return finish_clip(clip, shelf, {clip_key(clip), *kept})


def upload_blob(asker: Asker, path: Path) -> str:
    """Sends a file; returns its SHA-256.

    Raises:
        OSError: It cannot be read.
        EngineError: The engine refuses it.
    """
    sha256 = sha256_of(path)
    if asker.ask(FindBlob(sha256), Entry).files is None:
        for offset in offsets(path.stat().st_size):
            asker.ask(WriteEntry(ShelfKind.BLOBS, sha256, BLOB_NAME, offset, read_piece(path, offset)), Noted)
        asker.ask(FinishBlob(sha256), Noted)
    return sha256


def fetch_blob(asker: Asker, sha256: str, shelf: Shelf) -> Path:
    """Where a kept file lies on a shelf of this machine, fetched from the engine where it is not there.

    Raises:
        UnknownBlobError: The engine does not have it any more.
        EngineError: This machine has no room.
    """
    kept = locate_blob(sha256, shelf)
    if kept is not None:
        return kept
    for offset in offsets(_blob_size(asker, sha256)):
        shelf.write(sha256, BLOB_NAME, offset, unpack(asker.ask(ReadBlob(sha256, offset), Piece)))
    return finish_blob(sha256, shelf, {sha256})


def download_blob(asker: Asker, sha256: str, target: Path) -> None:
    """Writes a kept file to `target`, as a whole or not at all.

    Raises:
        UnknownBlobError: The engine does not have it any more.
        EngineError: It came damaged.
        FormatError: `target` cannot be written.
    """
    size_bytes = _blob_size(asker, sha256)
    with replaced_when_done(target) as unfinished:
        with unfinished.open("wb") as file:
            for offset in offsets(size_bytes):
                file.write(unpack(asker.ask(ReadBlob(sha256, offset), Piece)))
        if sha256_of(unfinished) != sha256:
            raise EngineError(f"The weights {sha256[:12]} arrived damaged. Fetch them again.")


def _blob_size(asker: Asker, sha256: str) -> int:
    files = asker.ask(FindBlob(sha256), Entry).files
    if files is None:
        raise unknown_blob(sha256)
    return files[0].size_bytes


def _read(path: Path, offset: int) -> Piece:
    try:
        return read_piece(path, offset)
    except OSError as error:
        raise ClipError(f"The video cannot be read ({error}).", command="Say where it is: mfvis relink") from error
