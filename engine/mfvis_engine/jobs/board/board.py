"""The board of an engine: which jobs there are, where they stand, what is wanted of them, and all they told."""

import shutil
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from mfvis_engine.jobs.board.record import JobRecord
from mfvis_engine.jobs.desk import Wish
from mfvis_engine.jobs.errors import EngineError, UnknownJobError
from mfvis_engine.jobs.events import Cancelled, Event, Failed, Queued, Warned
from mfvis_engine.jobs.files.blobs import unknown_blob
from mfvis_engine.jobs.files.clips import clip_key
from mfvis_engine.jobs.files.layout import ENGINE_ID_FILE, JOBS
from mfvis_engine.jobs.files.shelf import Shelf, ShelfKind, checked_key
from mfvis_engine.jobs.job import AnyJob, blobs_of, clips_of
from mfvis_engine.jobs.limits import Limits
from mfvis_engine.jobs.wire.messages import Begin, Begun, JobInfo, Orders, Version

MOST_ATTEMPTS = 3


class Board:
    """All that an engine knows; it has one thread, and knows nothing of networks.

    Attributes:
        engine_id: No other engine has it.
        folder: Where all files of the engine lie.
        shelves: The kept files.
    """

    def __init__(self, folder: Path, limits: Limits | None = None) -> None:
        """An empty board.

        Args:
            folder: Of this engine alone, and readable by its own user alone.
            limits: What it keeps.
        """
        self.limits = limits or Limits()
        self.folder = folder
        self.engine_id = uuid.uuid4().hex
        (folder / ENGINE_ID_FILE).write_text(self.engine_id, encoding="utf-8")
        self.shelves = {
            ShelfKind.BLOBS: Shelf(folder / ShelfKind.BLOBS, self.limits.blob_bytes),
            ShelfKind.CLIPS: Shelf(folder / ShelfKind.CLIPS, self.limits.clip_bytes),
        }
        self.on_submitted: Callable[[str], None] = lambda job_id: None
        """Told of each new job; whoever brings jobs to workers sets it."""
        self._records: dict[str, JobRecord] = {}
        self._workers: set[str] = set()

    def has(self, job_id: str) -> bool:
        """Whether the job is known."""
        return job_id in self._records

    def record(self, job_id: str) -> JobRecord:
        """A job.

        Raises:
            UnknownJobError: There is none of this id.
        """
        try:
            return self._records[job_id]
        except KeyError:
            raise UnknownJobError(
                f"The engine has no job {job_id}: it keeps the last {self.limits.ended_jobs} that ended, and none of"
                " before it was started."
            ) from None

    def infos(self) -> tuple[JobInfo, ...]:
        """All jobs, oldest first."""
        return tuple(record.info() for record in self._records.values())

    def keys_in_use(self) -> set[str]:
        """The entries of the shelves that jobs need which have not ended."""
        return {key for record in self._records.values() if not record.state.ended for key in record.keys}

    def submit(self, job_id: str, job: AnyJob) -> None:
        """Takes a job in; one that is known stays as it is.

        Raises:
            UnknownBlobError: The engine does not have the weights it starts from.
            EngineError: The disk refuses it, or the id is none.
        """
        if self.has(job_id):
            return
        for sha256 in blobs_of(job):
            if self.shelves[ShelfKind.BLOBS].find(sha256) is None:
                raise unknown_blob(sha256)
        for clip in clips_of(job):
            checked_key(clip_key(clip))
        folder = self.folder / JOBS / checked_key(job_id)
        try:
            record = JobRecord(job_id, job, folder)
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise _disk_error(self.folder, error) from error
        self._records[job_id] = record
        self.on_submitted(job_id)

    def set_wish(self, job_id: str, wish: Wish) -> None:
        """What is wanted of a job; one to cancel is cancelled at once. After its end this does nothing.

        Raises:
            UnknownJobError: There is none of this id.
        """
        record = self.record(job_id)
        if record.state.ended or record.wish is Wish.CANCEL:
            return
        record.wish = wish
        if wish is Wish.CANCEL:
            self._conclude(record, Cancelled())

    def begin(self, begin: Begin) -> Begun:
        """Starts an attempt; the attempt before does not count any more.

        Raises:
            UnknownJobError: There is none of this id.
        """
        record = self.record(begin.job_id)
        if begin.version != Version.own():
            self.fail(
                begin.job_id,
                f"The worker {begin.worker} is of version {begin.version}, but its engine of {Version.own()}. Install"
                " the same on both, and start them again.",
            )
        if record.state.ended:
            return Begun(job=None)
        if record.attempt_key != begin.attempt_key:
            record.attempt += 1
            record.attempt_key = begin.attempt_key
            record.worker = begin.worker
            record.told_count = 0
        return Begun(
            job=record.job(),
            attempt=record.attempt,
            engine_folder=str(self.folder.absolute()),
            engine_id=self.engine_id,
            frames_done=record.journal.frames_done(),
        )

    def orders(self, job_id: str, attempt: int) -> Orders:
        """What an attempt shall do.

        Raises:
            UnknownJobError: There is none of this id.
        """
        record = self.record(job_id)
        return Orders(record.wish, record.focus_frame, record.is_current(attempt))

    def tell(self, job_id: str, attempt: int, number: int, event: Event) -> Orders:
        """Takes an event from a worker, unless its attempt does not count any more or it has come before.

        Raises:
            UnknownJobError: There is none of this id.
            EngineError: The disk refuses it.
        """
        record = self.record(job_id)
        if record.is_current(attempt) and number == record.told_count:
            try:
                record.tell(event)
            except OSError as error:
                raise _disk_error(self.folder, error) from error
            record.told_count += 1
        return self.orders(job_id, attempt)

    def conclude(self, job_id: str, attempt: int, ending: Event) -> None:
        """Ends a job, unless the attempt does not count any more.

        Raises:
            UnknownJobError: There is none of this id.
        """
        record = self.record(job_id)
        if record.is_current(attempt):
            self._conclude(record, ending)

    def fail(self, job_id: str, reason: str) -> None:
        """Ends a job that cannot go on; nothing where it has ended or is not known."""
        record = self._records.get(job_id)
        if record is not None and not record.state.ended:
            self._conclude(record, Failed(reason))

    def warn_if_waiting(self, job_id: str, message: str) -> None:
        """Tells a person something about a job that no worker has begun; nothing where one has."""
        record = self._records.get(job_id)
        if record is not None and not record.state.ended and not record.worker:
            with suppress(OSError):
                record.tell(Warned(message))

    @property
    def worker_count(self) -> int:
        """Workers there are at the moment."""
        return len(self._workers)

    def gain_worker(self, worker: str) -> None:
        """Takes note of a worker at an address."""
        self._workers.add(worker)

    def lose_worker(self, worker: str) -> None:
        """Takes note that the worker at an address has died: its job waits for another, or fails at the third time."""
        self._workers.discard(worker)
        for record in [record for record in self._records.values() if record.worker == worker]:
            kept = f"{record.journal.frame_count} finished frames are kept"
            if record.attempt >= MOST_ATTEMPTS:
                self.fail(
                    record.job_id,
                    f"Its worker process died {record.attempt} times; {kept}. Often memory runs out: close other"
                    " programs, use a smaller video, or let the CPU learn.",
                )
                continue
            record.attempt_key = ""
            record.worker = ""
            try:
                record.tell(Warned(f"The worker process died; {kept}, and the job goes on in a new one."))
                record.tell(Queued())
            except OSError as error:
                self.fail(record.job_id, str(_disk_error(self.folder, error)))

    def _conclude(self, record: JobRecord, ending: Event) -> None:
        record.tell(ending)
        self._forget_oldest()

    def _forget_oldest(self) -> None:
        ended = [record for record in self._records.values() if record.state.ended]
        size_bytes = sum(record.journal.size_bytes for record in ended)
        for position, record in enumerate(ended[:-1]):
            if len(ended) - position <= self.limits.ended_jobs and size_bytes <= self.limits.event_bytes:
                return
            size_bytes -= record.journal.size_bytes
            del self._records[record.job_id]
            shutil.rmtree(record.folder, ignore_errors=True)


def _disk_error(folder: Path, error: OSError) -> EngineError:
    return EngineError(
        f"The engine cannot write its files ({error.strerror or error}). Make room on its disk under {folder}; frames"
        " that are done are kept."
    )
