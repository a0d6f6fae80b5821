"""Answers the messages about files, clips and blobs; they are read and written off the board's thread."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import TypeAlias

import msgspec

from mfvis_engine.jobs.board.board import Board
from mfvis_engine.jobs.clip import ClipReference
from mfvis_engine.jobs.errors import ClipError
from mfvis_engine.jobs.files.blobs import BLOB_NAME, finish_blob, locate_blob, unknown_blob
from mfvis_engine.jobs.files.clips import clip_key, finish_clip, locate_clip, video_files
from mfvis_engine.jobs.files.shelf import ShelfKind, checked_name
from mfvis_engine.jobs.wire import messages
from mfvis_engine.jobs.wire.messages import Entry, Noted, Piece, StoredFile
from mfvis_engine.jobs.wire.pieces import read_piece, unpack

FileRequest: TypeAlias = (
    messages.WriteEntry
    | messages.FindClip
    | messages.ReadClip
    | messages.FinishClip
    | messages.FindBlob
    | messages.ReadBlob
    | messages.FinishBlob
)


class FileService:
    """Gives and takes the files of a board's shelves."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._shelves = board.shelves
        self._read_clips: dict[str, Path] = {}

    async def answer(self, request: FileRequest) -> msgspec.Struct:
        """Answers a message.

        Raises:
            EngineError: It cannot be done; the message says why.
            OSError: The disk refuses it.
        """
        match request:
            case messages.FindClip(clip):
                video = await self.locate(clip)
                return Entry(None if video is None else await asyncio.to_thread(_listed, video))
            case messages.ReadClip():
                return await self._read_clip(request)
            case messages.FindBlob(sha256):
                return self._find_blob(sha256)
            case messages.ReadBlob(sha256, offset):
                return await self._read_blob(sha256, offset)
            case _:
                return await self._take(request)

    async def locate(self, clip: ClipReference) -> Path | None:
        """Where a clip lies on the machine of the board; None where it does not."""
        return await asyncio.to_thread(locate_clip, clip, self._shelves[ShelfKind.CLIPS])

    async def missing(self, clips: Iterable[ClipReference]) -> tuple[ClipReference, ...]:
        """Those that are not on the machine of the board; of one content one."""
        by_key = {clip_key(clip): clip for clip in clips if await self.locate(clip) is None}
        return tuple(by_key.values())

    async def _take(self, request: messages.WriteEntry | messages.FinishClip | messages.FinishBlob) -> Noted:
        in_use = self._board.keys_in_use()
        match request:
            case messages.WriteEntry(kind, key, name, offset, piece):
                await asyncio.to_thread(lambda: self._shelves[kind].write(key, name, offset, unpack(piece)))
            case messages.FinishClip(clip):
                await asyncio.to_thread(finish_clip, clip, self._shelves[ShelfKind.CLIPS], in_use)
            case messages.FinishBlob(sha256):
                await asyncio.to_thread(finish_blob, sha256, self._shelves[ShelfKind.BLOBS], in_use)
        return Noted()

    async def _read_clip(self, request: messages.ReadClip) -> Piece:
        """A piece of a clip, whose content was looked at when its first piece was read."""
        key = clip_key(request.clip)
        video = self._read_clips.get(key) if request.offset else None
        if video is None or not video.exists():
            video = await self.locate(request.clip)
        name = checked_name(request.name)
        if video is None or video.name != name.split("/")[0]:
            raise ClipError(f"The engine does not have {name} any more. Submit the job again.")
        self._read_clips[key] = video
        return await asyncio.to_thread(read_piece, video.parent / name, request.offset)

    def _find_blob(self, sha256: str) -> Entry:
        blob = locate_blob(sha256, self._shelves[ShelfKind.BLOBS])
        return Entry(None if blob is None else (StoredFile(BLOB_NAME, blob.stat().st_size),))

    async def _read_blob(self, sha256: str, offset: int) -> Piece:
        blob = locate_blob(sha256, self._shelves[ShelfKind.BLOBS])
        if blob is None:
            raise unknown_blob(sha256)
        return await asyncio.to_thread(read_piece, blob, offset)


def _listed(video: Path) -> tuple[StoredFile, ...]:
    return tuple(StoredFile(name, path.stat().st_size) for name, path in video_files(video).items())
