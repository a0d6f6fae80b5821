"""Takes what a job tells, on the engine's own thread: into the run, and then to the window."""

import uuid
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

from mfvis_engine.actions.segmentation import ENGINE_JOB
from mfvis_engine.errors import MfvisError
from mfvis_engine.jobs.client.delivery import CANCELLED, Delivery
from mfvis_engine.jobs.client.handle import JobHandle, Subscription
from mfvis_engine.jobs.errors import JobCancelledError
from mfvis_engine.jobs.events import Cancelled, Event, Failed
from mfvis_engine.project import MergeReport, RunWriter
from mfvis_napari.training.errors import TrainingLeftError
from mfvis_napari.training.planning import Plan

Tell = Callable[[Event], None]
OnSent = Callable[[int, int], None]


class Listener:
    """Hears the events of a job, in their order; tells the window each one when it is written.

    A job that has finished waits here until the window has taken all frames over: only then its run has finished too.
    """

    def __init__(
        self, run: RunWriter, tell: Tell, take_over: Callable[[], None], lost: Callable[[Exception], None]
    ) -> None:
        """Writes `run`.

        Args:
            run: Which is running; from here on nobody else writes it.
            tell: Tells the window; called on the engine's thread.
            take_over: Asks the window to call `taken_over` once it has all frames; called on the engine's thread.
            lost: Tells the window that no event can come any more; called on the engine's thread.
        """
        self._run = run
        self._delivery = Delivery(run, self._merged, self._read_blob)
        self._tell, self._take_over, self._lost = tell, take_over, lost
        self._merge: Future[MergeReport] = Future()
        self._handle: JobHandle | None = None
        self._subscription: Subscription | None = None

    @property
    def has_begun(self) -> bool:
        """Whether the job has told of any work."""
        return self._delivery.has_begun

    def hand_in(self, plan: Plan, on_sent: OnSent) -> JobHandle:
        """Hands the job in, and hears its events from then on; in the engine room.

        Raises:
            EngineError: As `Engine.submit`.
        """
        job_id = uuid.uuid4().hex
        self._run.record({ENGINE_JOB: job_id})  # first: the job is found again whatever happens to this process
        self._handle = plan.engine.submit(plan.job, job_id=job_id, on_sent=on_sent)
        self._subscription = self._handle.on_event(self.hear, on_lost=self.lose)
        return self._handle

    def hear(self, event: Event) -> None:
        """Takes an event, on the engine's thread."""
        try:
            self._delivery.tell(event)
        except TrainingLeftError:  # nobody is there to be told
            return
        except JobCancelledError:
            self._delivery.fail(CANCELLED)
            event = Cancelled()
        except Exception as error:  # a full disk, say; the job may go on, but its masks cannot be kept
            event = self._failed(error)
        self._tell(event)

    def lose(self, error: Exception) -> None:
        """Ends the run, since no event can come any more; on the engine's thread."""
        self._failed(error)
        self._lost(error)

    def taken_over(self, report: MergeReport) -> None:
        """Says that the window has all frames; on the window's thread."""
        if not self._merge.done():
            self._merge.set_result(report)

    def release(self, error: MfvisError) -> None:
        """Ends the wait for `taken_over`, if there is or will be one, with `error`; on the window's thread.

        With `JobCancelledError` the run is cancelled, with `TrainingLeftError` it stays unfinished.
        """
        if not self._merge.done():
            self._merge.set_exception(error)

    def leave(self) -> None:
        """Hears nothing any more; the run stays unfinished."""
        self.release(TrainingLeftError("The project was closed while it trained."))
        if self._subscription is not None:
            self._subscription.close()

    def _merged(self, run_id: str) -> MergeReport:
        self._take_over()
        return self._merge.result()

    def _read_blob(self, sha256: str, path: Path) -> None:
        assert self._handle is not None  # it is what tells events
        self._handle.read_blob(sha256, path)

    def _failed(self, error: Exception) -> Failed:
        reason = str(error) if isinstance(error, MfvisError) else f"{type(error).__name__}: {error}"
        self._delivery.fail(reason)
        return Failed(reason)
