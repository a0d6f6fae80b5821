"""What a training is to do: from a project and a person's choices to a job. Only in the engine room."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from mfvis_engine.actions.resumption import (
    Beginning,
    KeptWeights,
    SegmentRequest,
    newest_run,
    recorded_beginning,
    weights_of_run,
)
from mfvis_engine.errors import MfvisError
from mfvis_engine.jobs.client.engine import Engine
from mfvis_engine.jobs.files.blobs import sha256_of
from mfvis_engine.jobs.job import LearnedWeights, SegmentJob, TrainingLimits
from mfvis_engine.project import Project, RunInfo, RunStatus
from mfvis_napari.training.choices import Start, TrainingPreferences, TrainingSettings
from mfvis_napari.training.errors import TrainingRefusedError


@dataclass(frozen=True)
class Plan:
    """What is to be done.

    Attributes:
        job: For the engine.
        beginning: What the run records of it.
        weights: What the job starts from; None for what comes with the program.
        engine: That carries it out.
    """

    job: SegmentJob
    beginning: Beginning
    weights: KeptWeights | None
    engine: Engine


def planned(
    path: Path,
    settings: TrainingSettings,
    preferences: TrainingPreferences,
    focus_frame: int,
    engine_for: Callable[[TrainingPreferences], Engine],
) -> Plan:
    """The job on the project at `path` as it is now, and the engine for it, ready.

    Raises:
        TrainingRefusedError: It is to continue, and no training has finished.
        ProjectVideoError: The video is missing, or another.
        MfvisError: As `SegmentRequest.job`, or the engine cannot be had.
    """
    with Project.open(path, read_only=True) as project:
        request = SegmentRequest(
            limits=TrainingLimits(settings.steps, settings.seconds),
            device=settings.device or preferences.device,
            learn_from_masks=settings.learn_from_masks,
        )
        job = request.job(project)
        beginning = Beginning.of(request, job, project.boxes())
        weights = _weights(project, settings.start, beginning)
    if weights is not None:
        start = LearnedWeights(weights.blob)
        job = msgspec.structs.replace(job, start=start)
        beginning = msgspec.structs.replace(beginning, request=msgspec.structs.replace(request, start=start))
    engine = engine_for(preferences)
    if weights is not None:
        engine.keep_blob(weights.path)
    return Plan(msgspec.structs.replace(job, previews=True, focus_frame=focus_frame), beginning, weights, engine)


def _weights(project: Project, start: Start, now: Beginning) -> KeptWeights | None:
    """What to start from; None for what comes with the program."""
    if start is Start.FROM_SCRATCH:
        return None
    last = last_finished(project)
    kept = None if last is None else KeptWeights.of(project, last)
    if last is None or kept is None:
        if start is Start.CONTINUE:
            raise TrainingRefusedError("No training has finished in this project yet. Train from scratch.")
        return None
    if start is Start.CONTINUE:
        weights_of_run(project, last.run_id)  # raises where they are damaged
        return kept
    is_sound = sha256_of(kept.path) == kept.blob
    return kept if is_sound and _has_changed(project, last, now) else None


def _has_changed(project: Project, last: RunInfo, now: Beginning) -> bool:
    """Whether boxes or a person's masks are others than those that were learned last."""
    try:
        before = recorded_beginning(project, last)
    except MfvisError:  # by an older version: it does not tell
        return True
    return (before.boxes, before.masks) != (now.boxes, now.masks)


def last_finished(project: Project) -> RunInfo | None:
    """The newest run if it has finished, or the last one before it that has."""
    newest = newest_run(project)
    if newest is None or newest.status is RunStatus.FINISHED:
        return newest
    command = newest.settings.get("command")
    done = (
        info
        for info in reversed(project.runs())
        if info.settings.get("command") == command and info.status is RunStatus.FINISHED
    )
    return next(done, None)
