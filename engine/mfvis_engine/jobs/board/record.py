"""A job on the board: where it stands, and all it told."""

import asyncio
import time
from pathlib import Path

from mfvis_engine.jobs.board.journal import Journal
from mfvis_engine.jobs.desk import Wish
from mfvis_engine.jobs.events import Event, FrameDone, JobState, Learned, Queued, TracksFound, state_after
from mfvis_engine.jobs.files.clips import clip_key
from mfvis_engine.jobs.job import AnyJob, Job, blobs_of, clips_of, kind_of
from mfvis_engine.jobs.wire.codec import decode_job, encode
from mfvis_engine.jobs.wire.messages import JobInfo


class JobRecord:
    """What the board knows of a job; the job itself and its events lie in files.

    Attributes:
        job_id: As its client made it.
        state: Where it stands.
        ending: How it ended, where it has.
        wish: What a person wants of it.
        focus_frame: The frame in view.
        attempt: From 1; 0 while no worker has begun.
        attempt_key: Of the attempt that counts; empty while none does.
        worker: The address of its worker; empty while none has it.
        told_count: Events the attempt that counts has told.
        keys: Of the entries on the shelves that it needs.
        journal: Its events.
        folder: Of its files.
    """

    def __init__(self, job_id: str, job: AnyJob, folder: Path) -> None:
        """Takes a job in; `folder` is made.

        Raises:
            OSError: The disk refuses it.
        """
        self.job_id = job_id
        self.folder = folder
        self.journal = Journal(folder)
        (folder / "job").write_bytes(encode(job))
        self.state = JobState.QUEUED
        self.ending: Event | None = None
        self.wish = Wish.RUN
        self.focus_frame = job.focus_frame if isinstance(job, Job) else 0
        self.attempt = 0
        self.attempt_key = ""
        self.worker = ""
        self.told_count = 0
        self.keys = blobs_of(job).union(map(clip_key, clips_of(job)))
        self._kind = kind_of(job)
        self._video = clips_of(job)[0].path
        self._submitted = time.time()
        self._learned: Learned | None = None
        self._news = asyncio.Event()
        self.tell(Queued())

    def job(self) -> AnyJob:
        """The job."""
        return decode_job((self.folder / "job").read_bytes())

    def tell(self, event: Event) -> None:
        """Takes an event in; the last one even where the disk is full.

        Raises:
            OSError: The disk refuses it.
        """
        if isinstance(event, Learned):
            self._take_network(event)
        if isinstance(event, TracksFound):
            self.journal.forget_frames()
        state = state_after(event, self.state)
        if state.ended:
            self.ending = event
            self.attempt_key = ""
            self.worker = ""
            self.journal.conclude(encode(event))
        else:
            self.journal.append(encode(event), event.masks.frame_index if isinstance(event, FrameDone) else None)
        self.state = state
        self._wake()

    def _take_network(self, learned: Learned) -> None:
        """An attempt that had to learn anew has another network; frames of the one before are not done any more."""
        before = self._learned
        if before is not None and (learned.blob != before.blob or not (learned.blob or learned == before)):
            self.journal.forget_frames()
        self._learned = learned

    def is_current(self, attempt: int) -> bool:
        """Whether an attempt is the one that counts."""
        return attempt == self.attempt and bool(self.attempt_key)

    async def wait_until_told(self, number: int, wait_s: float) -> None:
        """Waits until event `number` is there or the job has ended, but no longer than `wait_s` seconds."""
        deadline = time.monotonic() + wait_s
        while len(self.journal) <= number and not self.state.ended and await self._wait(deadline):
            pass

    async def wait_until_ended(self, wait_s: float) -> None:
        """Waits until the job has ended, but no longer than `wait_s` seconds."""
        deadline = time.monotonic() + wait_s
        while not self.state.ended and await self._wait(deadline):
            pass

    def info(self) -> JobInfo:
        """The job in short."""
        return JobInfo(
            job_id=self.job_id,
            kind=self._kind,
            video=self._video,
            state=self.state,
            attempt=self.attempt,
            event_count=len(self.journal),
            frame_count=self.journal.frame_count,
            submitted=self._submitted,
            ending=self.ending,
        )

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def _wait(self, deadline: float) -> bool:
        """Waits for news; whether there is any before the deadline."""
        try:
            await asyncio.wait_for(self._news.wait(), deadline - time.monotonic())
        except TimeoutError:
            return False
        return True
