"""The main job on many projects, spread over the workers of an engine."""

import logging
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from mfvis_engine.actions.batch_report import BatchReport, Ending, Made, Outcome
from mfvis_engine.actions.errors import CannotResumeError
from mfvis_engine.actions.resumption import Beginning, SegmentRequest, newest_run, recorded_beginning
from mfvis_engine.actions.segmentation import ENGINE_JOB, Elsewhere, resume_project, segment_project
from mfvis_engine.errors import MfvisError
from mfvis_engine.jobs.errors import EngineError, EngineUnavailableError, JobCancelledError
from mfvis_engine.jobs.events import Event, Started
from mfvis_engine.project import Project, RunInfo, RunStatus

if TYPE_CHECKING:  # loads dask
    from mfvis_engine.jobs.client.engine import Engine
    from mfvis_engine.jobs.client.handle import JobHandle

_LOOK_S = 0.2
"""How long the main thread waits without heeding Ctrl+C, where the system does not wake it."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class BatchPlan:
    """What to do with each project.

    Attributes:
        request: How the job is done.
        anew: Whether it is done again where it is done, and begun again where it was stopped.
        as_begun: Whether a run counts, and is gone on with, whatever it was begun with; else only with what `request`
            asks for.
    """

    request: SegmentRequest
    anew: bool = False
    as_begun: bool = False

    def fits(self, project: Project, run: RunInfo) -> bool:
        """Whether a run began as it would now: with the boxes and a person's masks as they are, and the same limits."""
        if self.anew:
            return False
        try:
            before = recorded_beginning(project, run)
        except CannotResumeError:  # it does not tell
            return False
        asked = before.request if self.as_begun else self.request
        now = Beginning.now(asked, project)
        return (before.boxes, before.masks, before.request.limits) == (now.boxes, now.masks, asked.limits)

    def goes_on_with(self, project: Project, run: RunInfo) -> bool:
        """Whether to go on with a run that has not finished: one that fits, of an engine, on the device asked for."""
        if ENGINE_JOB not in run.settings or not self.fits(project, run):
            return False
        return self.as_begun or recorded_beginning(project, run).request.device == self.request.device


class BatchListener(Protocol):
    """Is told how it goes: on any thread, several at a time."""

    def began(self, path: Path) -> None:
        """A project is in hand."""

    def sent(self, path: Path, sent_bytes: int, total_bytes: int) -> None:
        """So much of its video was sent to the engine."""

    def told(self, path: Path, event: Event) -> None:
        """Its job tells something."""

    def repaired(self, path: Path, what: str) -> None:
        """Opening it put something right."""

    def ended(self, outcome: Outcome) -> None:
        """It is in hand no more."""


def segment_many(paths: Sequence[Path], plan: BatchPlan, engine: "Engine", listener: BatchListener) -> BatchReport:
    """Trains on the boxes of each project, and writes and merges a run with the masks of every frame.

    As many projects are in hand at once as the engine has workers, and one more, which waits so that none stands idle;
    only these are open. What goes wrong with one is its outcome, and the others go on; only where the engine is lost
    for good, those that were not in hand are not begun. After Ctrl+C the jobs in hand are cancelled, and their runs
    keep what is done; a second one ends it at once, without a report.

    Called on the main thread.

    Args:
        paths: The projects, each once.
        plan: What to do with each.
        engine: Who does it.
        listener: Is told how it goes.

    Raises:
        EngineUnavailableError: The engine is lost before any was begun.
    """
    began_s = time.monotonic()
    hands = max(1, engine.worker_count()) + 1
    batch = _Batch(plan, engine, listener)
    pool = ThreadPoolExecutor(min(hands, max(1, len(paths))), thread_name_prefix="mfvis-batch")
    interrupted = False
    try:
        outcomes = [pool.submit(batch.outcome_of, path) for path in paths]
        try:
            _wait(outcomes)
        except KeyboardInterrupt:
            interrupted = True
            batch.stop()
            _wait(outcomes)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return BatchReport(tuple(outcome.result() for outcome in outcomes), time.monotonic() - began_s, interrupted)


def _wait(outcomes: Sequence[Future[Outcome]]) -> None:
    for outcome in outcomes:
        while not outcome.done():
            wait([outcome], timeout=_LOOK_S)


class _Batch:
    """What the threads of a batch share."""

    def __init__(self, plan: BatchPlan, engine: "Engine", listener: BatchListener) -> None:
        self._plan, self._engine, self._listener = plan, engine, listener
        self._stopped = threading.Event()
        self._engine_lost = threading.Event()
        self._handles: dict[Path, JobHandle] = {}
        self._lock = threading.Lock()

    def stop(self) -> None:
        """Cancels the jobs in hand; from here on no project is begun."""
        self._stopped.set()
        with self._lock:
            handles = list(self._handles.values())
        for handle in handles:
            with suppress(EngineError):
                handle.cancel()

    def outcome_of(self, path: Path) -> Outcome:
        """Does what is to be done with a project; raises nothing."""
        if self._stopped.is_set():
            return Outcome(path, Ending.NOT_BEGUN, reason="It was stopped before its turn had come.")
        if self._engine_lost.is_set():
            return Outcome(path, Ending.NOT_BEGUN, reason="The engine was lost before its turn had come.")
        self._listener.began(path)
        turn = _Turn(path, self._listener)
        outcome = replace(self._tried(turn), seconds=turn.seconds)
        self._listener.ended(outcome)
        return outcome

    def _tried(self, turn: "_Turn") -> Outcome:
        path = turn.path
        try:
            with Project.open(path) as project:
                for repair in project.repairs:
                    self._listener.repaired(path, repair)
                return self._done(project, turn)
        except JobCancelledError:
            return Outcome(path, Ending.CANCELLED, reason="Its job was cancelled; the frames done by then are kept.")
        except EngineUnavailableError as error:
            self._engine_lost.set()
            return Outcome(path, Ending.FAILED, reason=str(error))
        except MfvisError as error:
            return Outcome(path, Ending.FAILED, reason=str(error))
        except OSError as error:
            return Outcome(path, Ending.FAILED, reason=f"The system refuses: {error}. Check rights and free space.")
        except Exception as error:
            _logger.exception("The job on %s failed", path)
            kind = type(error).__name__
            return Outcome(path, Ending.FAILED, reason=f"{kind}: {error}. This is a fault of the program; report it.")
        finally:
            with self._lock:
                self._handles.pop(path, None)

    def _done(self, project: Project, turn: "_Turn") -> Outcome:
        run = newest_run(project)
        if run is not None and run.status is RunStatus.FINISHED and self._plan.fits(project, run):
            return Outcome(turn.path, Ending.ALREADY, made=Made.of(project, run.run_id))
        elsewhere = Elsewhere(
            self._engine,
            on_sent=lambda sent_bytes, total_bytes: self._sent(turn.path, sent_bytes, total_bytes),
            on_handle=lambda handle: self._took(turn.path, handle),
        )
        if run is not None and run.status is not RunStatus.FINISHED and self._plan.goes_on_with(project, run):
            report = resume_project(project, turn.told, elsewhere)
        else:
            report = segment_project(project, self._plan.request, turn.told, elsewhere)
        ending = Ending.GONE_ON if report.resumed else Ending.SEGMENTED
        return Outcome(turn.path, ending, made=Made.of(project, report.merge.run_id))

    def _sent(self, path: Path, sent_bytes: int, total_bytes: int) -> None:
        if self._stopped.is_set():
            raise JobCancelledError("It was stopped while its video was sent.")
        self._listener.sent(path, sent_bytes, total_bytes)

    def _took(self, path: Path, handle: "JobHandle") -> None:
        with self._lock:
            self._handles[path] = handle
        if self._stopped.is_set():
            handle.cancel()


class _Turn:
    """A project while it is in hand, and how long it takes."""

    def __init__(self, path: Path, listener: BatchListener) -> None:
        self.path = path
        self._listener = listener
        self._began_s = time.monotonic()
        self._is_worked_on = False

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began_s

    def told(self, event: Event) -> None:
        if isinstance(event, Started) and not self._is_worked_on:
            self._is_worked_on = True
            self._began_s = time.monotonic()
        self._listener.told(self.path, event)
