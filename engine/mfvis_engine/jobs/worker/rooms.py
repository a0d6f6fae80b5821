"""Where a worker has its files, and how it comes by those of the engine."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from mfvis_engine.jobs.clip import ClipReference
from mfvis_engine.jobs.files.blobs import locate_blob
from mfvis_engine.jobs.files.clips import clip_key, locate_clip
from mfvis_engine.jobs.files.layout import ENGINE_ID_FILE
from mfvis_engine.jobs.files.shelf import Shelf, ShelfKind
from mfvis_engine.jobs.limits import Limits
from mfvis_engine.jobs.wire.messages import Begun
from mfvis_engine.jobs.wire.transfer import fetch_blob, fetch_clip
from mfvis_engine.jobs.worker.board_link import BoardLink


class Rooms:
    """Folders of one engine on the machine of a worker, and what is fetched into them.

    What the engine keeps is read in its place where its disk is seen from here, and fetched otherwise.
    """

    def __init__(self, link: BoardLink, begun: Begun, limits: Limits | None = None) -> None:
        self._link = link
        self._limits = limits or Limits()
        self._home = link.side.folder / f"mfvis-{begun.engine_id}"
        self._home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._engine_folder = _seen(begun)

    def work_folder(self, job_id: str) -> Path:
        """Of a job; it is there again when the job is tried once more on this machine."""
        folder = self._home / "work" / job_id
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def clip(self, clip: ClipReference, kept: Iterable[ClipReference] = ()) -> Path:
        """Where the video lies on this machine; those in `kept` stay where it must be fetched.

        Raises:
            ClipError: It cannot be had.
            EngineError: This machine has no room.
        """
        found = None if self._engine_folder is None else locate_clip(clip, self._engine_shelf(ShelfKind.CLIPS))
        return found or fetch_clip(self._link, clip, self._cache(ShelfKind.CLIPS), set(map(clip_key, kept)))

    def blob(self, sha256: str) -> Path:
        """Where a kept file lies on this machine.

        Raises:
            UnknownBlobError: The engine does not have it any more.
            EngineError: This machine has no room.
        """
        found = None if self._engine_folder is None else locate_blob(sha256, self._engine_shelf(ShelfKind.BLOBS))
        return found or fetch_blob(self._link, sha256, self._cache(ShelfKind.BLOBS))

    def _engine_shelf(self, kind: ShelfKind) -> Shelf:
        assert self._engine_folder is not None
        return Shelf(self._engine_folder / kind, self._limit_bytes(kind))

    def _cache(self, kind: ShelfKind) -> Shelf:
        """This worker's alone: another would not know what this one uses."""
        own = hashlib.sha256(self._link.side.name.encode()).hexdigest()[:12]
        return Shelf(self._home / f"cache-{own}" / kind, self._limit_bytes(kind))

    def _limit_bytes(self, kind: ShelfKind) -> int:
        return self._limits.blob_bytes if kind is ShelfKind.BLOBS else self._limits.clip_bytes


def _seen(begun: Begun) -> Path | None:
    """The engine's folder, where this machine sees its disk."""
    folder = Path(begun.engine_folder)
    try:
        engine_id = (folder / ENGINE_ID_FILE).read_text(encoding="utf-8")
    except OSError:
        return None
    return folder if engine_id == begun.engine_id else None
