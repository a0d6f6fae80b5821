"""The main job on a project, here or on an engine: learn from its boxes, write a run, and merge it into the masks."""

import shutil
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from mfvis_engine.actions.errors import CannotResumeError
from mfvis_engine.actions.resumption import (
    Beginning,
    SegmentRequest,
    check_same_beginning,
    recorded_beginning,
    unfinished_run,
)
from mfvis_engine.actions.run_desk import Listener, RunDesk
from mfvis_engine.jobs.carrier.direct import carry_out_here
from mfvis_engine.jobs.client.delivery import Delivery
from mfvis_engine.jobs.errors import UnknownJobError
from mfvis_engine.jobs.events import Cancelled, Event, JobState, Learned, Progress, Stage, Started
from mfvis_engine.jobs.job import LearnedWeights, SegmentJob
from mfvis_engine.project import MergeReport, Project, RunWriter

if TYPE_CHECKING:  # loads dask
    from mfvis_engine.jobs.client.engine import Engine
    from mfvis_engine.jobs.client.handle import JobHandle
    from mfvis_engine.jobs.wire.transfer import OnSent

ENGINE_JOB = "engine_job"
"""Under which name a run records the job that an engine carries out for it."""


@dataclass(frozen=True)
class SegmentReport:
    """What the main job did.

    Attributes:
        frame_count: Frames predicted.
        track_count: Tracks with a box in any frame.
        mask_count: Pairs of track and frame with a mask.
        step_count: Steps of training.
        steps_before: Those of them that were done before the job was stopped and gone on with; else 0.
        resumed: Whether it was.
        training_seconds: Training, the reading of the video and better boxes between keyframes included.
        prediction_seconds: Prediction, the writing of the run included.
        device: Where and in which precision.
        merge: What became of the proposals.
    """

    frame_count: int
    track_count: int
    mask_count: int
    step_count: int
    steps_before: int
    resumed: bool
    training_seconds: float
    prediction_seconds: float
    device: str
    merge: MergeReport


@dataclass(frozen=True)
class Elsewhere:
    """An engine to carry the job out.

    Attributes:
        engine: The engine.
        on_sent: Told of bytes sent and bytes in all while the video is sent; what it raises ends the job.
        on_handle: Told of the job that was handed in, or found again, before its events.
    """

    engine: "Engine"
    on_sent: "OnSent | None" = None
    on_handle: "Callable[[JobHandle], None] | None" = None


def segment_project(
    project: Project, request: SegmentRequest, listener: Listener, elsewhere: Elsewhere | None = None
) -> SegmentReport:
    """Trains on the boxes, writes a run with the masks of every frame, and merges it.

    If the job ends early, the run is kept, marked as failed with the reason, and the masks stay as they were;
    `resume_project` goes on with it. One that ends before any work was done leaves no run.

    Args:
        project: Open for writing.
        request: How to do it.
        listener: Is told how the job goes on.
        elsewhere: Who carries it out; None for this process.

    Raises:
        NothingToSegmentError: No track has a box.
        ProjectVideoError: The video is missing or another.
        MfvisError: As `jobs.carrier.runner.carry_out`, or `Engine.submit`.
    """
    job = request.job(project)
    beginning = Beginning.of(request, job, project.boxes())
    run = project.create_run(msgspec.to_builtins(beginning), job.annotations.track_ids)
    work = _Work(project, job, run, listener, elsewhere)
    try:
        return work.carried_out()
    except BaseException:
        if not work.has_begun:
            with suppress(OSError):  # which must not hide what went wrong
                project.delete_run(run.run_id)
        raise


def resume_project(project: Project, listener: Listener, elsewhere: Elsewhere | None = None) -> SegmentReport:
    """Goes on with the newest run if it was cancelled, killed or failed, with the settings it was made with.

    On an engine, the job has gone on alone; what it told meanwhile is fetched. One that failed or was cancelled there,
    or that the engine does not know, is handed in again: it learns anew, and the frames of the run are replaced.

    Training goes on from where it was last saved, or begins anew with a warning where what was saved is of no use. A
    run that had begun to predict goes on with the very network and boxes that it predicted with: frames that are there
    are left as they are, the others follow, and the run is merged. Where that network is lost, all frames are
    predicted again.

    Args:
        project: Open for writing.
        listener: Is told how the job goes on.
        elsewhere: The engine to go on with, for a run that was begun on one; None for this process.

    Raises:
        CannotResumeError: There is no such run, or boxes or a person's masks have changed since, or no engine had it.
        MfvisError: As `segment_project`.
    """
    info = unfinished_run(project)
    recorded = recorded_beginning(project, info)
    job = recorded.request.job(project)
    check_same_beginning(project, info, recorded, Beginning.of(recorded.request, job, project.boxes()))
    if elsewhere is not None and ENGINE_JOB not in info.settings:
        raise CannotResumeError(f"Run {info.run_id} was begun without an engine. Leave --engine out.")
    run = project.resume_run(info.run_id)
    return _Work(project, job, run, listener, elsewhere, resumed=True).carried_out()


class _Work:
    """A job that writes a run of a project."""

    def __init__(
        self,
        project: Project,
        job: SegmentJob,
        run: RunWriter,
        listener: Listener,
        elsewhere: Elsewhere | None,
        *,
        resumed: bool = False,
    ) -> None:
        self._project, self._job, self._run, self._listener = project, job, run, listener
        self._elsewhere, self._resumed = elsewhere, resumed
        self._handle: JobHandle | None = None
        self._desk = RunDesk(project, run, self._take, attempt=2 if resumed else 1)
        self._account = _Account()
        self.delivery = Delivery(run, project.merge_run, self._read_blob)

    @property
    def has_begun(self) -> bool:
        """Whether there is, or may be, anything to go on with."""
        return self._handle is not None or self.delivery.has_begun

    def carried_out(self) -> SegmentReport:
        try:
            if self._elsewhere is None:
                carry_out_here(self._job, Path(self._job.clip.path), self._desk)
            else:
                self._follow(self._handed_in(self._elsewhere))
        except Exception as error:
            self.delivery.fail(f"{type(error).__name__}: {error}")
            raise
        return self._report()

    def _handed_in(self, elsewhere: Elsewhere) -> "JobHandle":
        found = self._found_again(elsewhere.engine) if self._resumed else None
        handle = self._submitted(elsewhere) if found is None else found
        if elsewhere.on_handle is not None:
            elsewhere.on_handle(handle)
        return handle

    def _submitted(self, elsewhere: Elsewhere) -> "JobHandle":
        engine = elsewhere.engine
        if isinstance(self._job.start, LearnedWeights):
            engine.keep_blob(self._desk.blob(self._job.start.blob))
        job_id = uuid.uuid4().hex
        self._run.record({ENGINE_JOB: job_id})  # first, so that the job is found again whatever happens to this process
        return engine.submit(self._job, job_id=job_id, on_sent=elsewhere.on_sent)

    def _found_again(self, engine: "Engine") -> "JobHandle | None":
        """The job that the engine carries out for the run; None where it has none, or one that brings no more."""
        try:
            handle = engine.job(str(self._run.settings[ENGINE_JOB]))
            return None if handle.state() in (JobState.FAILED, JobState.CANCELLED) else handle
        except UnknownJobError:
            return None

    def _follow(self, handle: "JobHandle") -> None:
        self._handle = handle
        try:
            for event in handle.events():
                self._take(event)
        except KeyboardInterrupt:
            handle.cancel()
            self._take(Cancelled())
            raise
        handle.wait()

    def _take(self, event: Event) -> None:
        self._listener(event)
        self._account.take(event)
        self.delivery.tell(event)

    def _read_blob(self, sha256: str, path: Path) -> None:
        if self._handle is None:
            shutil.copyfile(self._desk.blob(sha256), path)
        else:
            self._handle.read_blob(sha256, path)

    def _report(self) -> SegmentReport:
        account, merge = self._account, self.delivery.merged
        assert merge is not None  # a job that has not finished raises
        return SegmentReport(
            frame_count=self._project.length,
            track_count=int(self._project.boxes().present.any(axis=1).sum()),
            mask_count=int(np.count_nonzero(self._project.run(self.delivery.run_id).scores() > 0)),
            step_count=account.step_count,
            steps_before=account.steps_before if self._resumed else 0,
            resumed=self._resumed,
            training_seconds=account.training_seconds,
            prediction_seconds=account.prediction_seconds,
            device=account.device,
            merge=merge,
        )


class _Account:
    """What a job tells of steps and times, for the report."""

    def __init__(self) -> None:
        self.device = ""
        self.step_count = 0
        self._first_step: int | None = None
        self._began_s = self._learned_s = self._predicted_s = time.monotonic()

    def take(self, event: Event) -> None:
        now_s = time.monotonic()
        match event:
            case Started():
                self.device = event.device
                self._began_s = now_s
            case Progress(stage=Stage.TRAINING, step=step):
                self._first_step = step if self._first_step is None else min(step, self._first_step)
            case Learned():
                self.step_count = event.steps
                self._learned_s = now_s
            case Progress(stage=Stage.PREDICTING):  # the last one is told when the last frame is written
                self._predicted_s = now_s

    @property
    def steps_before(self) -> int:
        return self.step_count if self._first_step is None else self._first_step - 1

    @property
    def training_seconds(self) -> float:
        return self._learned_s - self._began_s

    @property
    def prediction_seconds(self) -> float:
        return self._predicted_s - self._learned_s
