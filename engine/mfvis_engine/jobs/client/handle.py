"""A job as its client sees it."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from mfvis_engine.jobs.client.link import Link
from mfvis_engine.jobs.desk import Wish
from mfvis_engine.jobs.errors import EngineError, JobCancelledError, JobFailedError
from mfvis_engine.jobs.events import Cancelled, Event, Failed, JobState
from mfvis_engine.jobs.wire.codec import decode_event
from mfvis_engine.jobs.wire.messages import AskEvents, AskJob, EventBatch, JobInfo, Noted, SetFocus, SetWish
from mfvis_engine.jobs.wire.transfer import download_blob

_POLL_S = 10.0
"""How long the engine may keep a question for news before it answers that there is none."""

OnEvent = Callable[[Event], None]
OnLost = Callable[[EngineError], None]

_logger = logging.getLogger(__name__)


class Subscription:
    """Callbacks for the events of a job."""

    def __init__(self, callback: OnEvent, on_lost: OnLost | None) -> None:
        self._callback = callback
        self._on_lost = on_lost
        self._is_closed = False
        self._cancel: Callable[[], None] = lambda: None

    def close(self) -> None:
        """From here on no callback starts; may be called again, and in a callback."""
        self._is_closed = True
        self._cancel()

    def _started(self, cancel: Callable[[], None]) -> "Subscription":
        self._cancel = cancel
        if self._is_closed:  # in its first callback already
            cancel()
        return self

    def _call(self, records: tuple[msgspec.Raw, ...]) -> None:
        for record in records:
            if self._is_closed:
                return
            try:
                self._callback(decode_event(record))
            except Exception:
                _logger.exception("A callback for the events of a job failed")

    def _lost(self, error: EngineError) -> None:
        if self._is_closed:
            return
        if self._on_lost is None:
            _logger.error("No more events: %s", error)
        else:
            self._on_lost(error)


class JobHandle:
    """A job on an engine; any thread may use it, and any number of clients of the engine can have one of the same job.

    All methods raise `EngineUnavailableError` where the connection is lost for good, and `UnknownJobError` where the
    engine has forgotten the job, as it does with the oldest of those that ended.

    Attributes:
        id: Of the job, for `Engine.job`.
    """

    def __init__(self, link: Link, callbacks: ThreadPoolExecutor, job_id: str) -> None:
        """For `Engine`."""
        self.id = job_id
        self._link = link
        self._callbacks = callbacks

    def info(self) -> JobInfo:
        """The job in short."""
        return self._link.ask(AskJob(self.id), JobInfo)

    def state(self) -> JobState:
        """Where the job stands."""
        return self.info().state

    def events(self, after: int = 0) -> Iterator[Event]:
        """All events from number `after` on, past and to come: waits for each, and ends after the job's last."""
        while True:
            batch = self._link.ask(AskEvents(self.id, after, _POLL_S), EventBatch)
            yield from map(decode_event, batch.events)
            after += len(batch.events)
            if batch.ended:
                return

    def on_event(self, callback: OnEvent, *, after: int = 0, on_lost: OnLost | None = None) -> Subscription:
        """Calls back with all events from number `after` on, one after another.

        Callbacks of all jobs of an engine run on one thread of that engine, named "mfvis-engine-events": never on the
        thread that calls this. While one runs, no other does. What a callback raises is logged.

        Args:
            callback: Called with each event.
            after: The number of the first event wanted, from 0.
            on_lost: Called on the same thread if the connection is lost for good, and no more events can come.
        """
        subscription = Subscription(callback, on_lost)
        return subscription._started(self._link.start(self._deliver(subscription, after)))

    def pause(self) -> None:
        """Lets the job wait, with all it has in memory, until it is resumed or cancelled."""
        self._link.ask(SetWish(self.id, Wish.PAUSE), Noted)

    def resume(self) -> None:
        """Lets a paused job go on."""
        self._link.ask(SetWish(self.id, Wish.RUN), Noted)

    def cancel(self) -> None:
        """Ends the job at once; frames that are done stay. Its worker stops at the next frame or step."""
        self._link.ask(SetWish(self.id, Wish.CANCEL), Noted)

    def focus(self, frame_index: int) -> None:
        """Says which frame is in view, from 0."""
        self._link.ask(SetFocus(self.id, frame_index), Noted)

    def wait(self) -> None:
        """Waits until the job has finished.

        Raises:
            JobFailedError: It failed; the message is the reason.
            JobCancelledError: It was cancelled.
        """
        while not (info := self._link.ask(AskJob(self.id, _POLL_S), JobInfo)).state.ended:
            pass
        match info.ending:
            case Failed(reason):
                raise JobFailedError(reason)
            case Cancelled():
                raise JobCancelledError(f"Job {self.id} was cancelled; the {info.frame_count} frames done by then stay")

    def read_blob(self, sha256: str, path: Path) -> None:
        """Writes a file the engine keeps, such as the weights that `Learned` names, to `path`.

        Raises:
            UnknownBlobError: The engine does not keep it any more.
            FormatError: `path` cannot be written.
        """
        download_blob(self._link, sha256, path)

    async def _deliver(self, subscription: Subscription, after: int) -> None:
        """Asks for more once the callbacks have had what came: a slow one lets events wait on the engine."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                batch = await self._link.ask_async(AskEvents(self.id, after, _POLL_S), EventBatch)
            except EngineError as error:
                await loop.run_in_executor(self._callbacks, subscription._lost, error)
                return
            await loop.run_in_executor(self._callbacks, subscription._call, batch.events)
            after += len(batch.events)
            if batch.ended:
                return
