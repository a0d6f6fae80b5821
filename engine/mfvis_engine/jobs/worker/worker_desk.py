"""The desk of a job that a worker carries out."""

import time
from collections.abc import Collection
from pathlib import Path

from mfvis_engine.jobs.clip import ClipReference
from mfvis_engine.jobs.desk import Wish
from mfvis_engine.jobs.errors import EngineError
from mfvis_engine.jobs.events import Event
from mfvis_engine.jobs.job import clips_of
from mfvis_engine.jobs.wire.messages import AskOrders, Begun, Orders, Tell
from mfvis_engine.jobs.wire.transfer import upload_blob
from mfvis_engine.jobs.worker.board_link import BoardLink
from mfvis_engine.jobs.worker.rooms import Rooms

ORDERS_EVERY_S = 0.1


class AttemptOverError(EngineError):
    """The engine has given this attempt up as lost; perhaps another worker goes on."""


class WorkerDesk:
    """Tells the board what happens, and asks it what is wanted, ten times a second at most; see `Desk`."""

    def __init__(self, link: BoardLink, rooms: Rooms, job_id: str, begun: Begun) -> None:
        """For the attempt that `begun` has started."""
        self.folder: Path = rooms.work_folder(job_id)
        self.attempt = begun.attempt
        self.wants_fresh_process = False
        """Set by what leaves memory behind that only the end of the process gives back."""
        self._link = link
        self._rooms = rooms
        self._job_id = job_id
        self._frames_done = frozenset(begun.frames_done)
        self._clips = () if begun.job is None else clips_of(begun.job)
        self._told_count = 0
        self._take(link.ask(AskOrders(job_id, begun.attempt), Orders))

    def tell(self, event: Event) -> None:
        """Passes an event on; once it returns, the board has it.

        Raises:
            AttemptOverError: This attempt does not count any more.
            EngineError: The board cannot take it.
        """
        self._take(self._link.ask(Tell(self._job_id, self.attempt, self._told_count, event), Orders))
        self._told_count += 1

    def wish(self) -> Wish:
        """What is wanted now.

        Raises:
            AttemptOverError: This attempt does not count any more.
        """
        return self._now().wish

    def focus_frame(self) -> int:
        """The frame in view now."""
        return self._now().focus_frame

    def frames_done(self) -> Collection[int]:
        """Frames whose final masks an earlier attempt has told."""
        return self._frames_done

    def clip(self, clip: ClipReference) -> Path:
        """Where a clip of the job lies on this machine.

        Raises:
            ClipError: It cannot be had.
            EngineError: This machine has no room.
        """
        return self._rooms.clip(clip, self._clips)

    def keep_blob(self, path: Path) -> str:
        """Sends a file to the board, which keeps it; returns its SHA-256."""
        return upload_blob(self._link, path)

    def blob(self, sha256: str) -> Path:
        """A kept file, on this machine.

        Raises:
            UnknownBlobError: The engine does not have it any more.
        """
        return self._rooms.blob(sha256)

    def _now(self) -> Orders:
        if time.monotonic() - self._asked >= ORDERS_EVERY_S:
            self._take(self._link.ask(AskOrders(self._job_id, self.attempt), Orders))
        return self._orders

    def _take(self, orders: Orders) -> None:
        if not orders.is_current and orders.wish is not Wish.CANCEL:
            raise AttemptOverError(f"Attempt {self.attempt} of job {self._job_id} does not count any more")
        self._orders = orders
        self._asked = time.monotonic()
