"""What a running job needs of the engine it runs in: to tell, to be told, and a place for its files."""

from collections.abc import Collection
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from mfvis_engine.jobs.clip import ClipReference
from mfvis_engine.jobs.events import Event


class Wish(StrEnum):
    """What a person wants of a job."""

    RUN = "run"
    PAUSE = "pause"
    CANCEL = "cancel"


class Desk(Protocol):
    """Where a job is carried out: `worker.worker_desk` has that of an engine, `carrier.direct` one without any."""

    folder: Path
    """For snapshots of training; it is there again when the job is tried once more on this machine."""
    attempt: int
    """From 1."""

    def tell(self, event: Event) -> None:
        """Passes an event on, at once."""

    def wish(self) -> Wish:
        """What is wanted now; may be asked at every step."""

    def focus_frame(self) -> int:
        """The frame in view now."""

    def frames_done(self) -> Collection[int]:
        """Frames whose final masks an earlier attempt has told; they need not be made again."""

    def clip(self, clip: ClipReference) -> Path:
        """Where a clip of the job lies on this machine.

        Raises:
            ClipError: It cannot be had.
            EngineError: This machine has no room.
        """

    def keep_blob(self, path: Path) -> str:
        """Keeps a file for later jobs and for the person; returns its SHA-256."""

    def blob(self, sha256: str) -> Path:
        """A kept file, on this machine.

        Raises:
            UnknownBlobError: The engine does not have it any more.
        """
