"""What a segment run records of how it began, so that it can be gone on with, or its weights be started from."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import msgspec

from mfvis_engine.actions.errors import CannotResumeError, NoRunError
from mfvis_engine.actions.runs import run_id_of
from mfvis_engine.annotation import DenseBoxes
from mfvis_engine.jobs.client.delivery import LEARNED
from mfvis_engine.jobs.client.requests import persons_masks, segment_job
from mfvis_engine.jobs.files.blobs import sha256_of
from mfvis_engine.jobs.job import AS_USUAL, SHIPPED, LearnedWeights, SegmentJob, TrainingLimits, Weights
from mfvis_engine.jobs.proposals import FrameProposals
from mfvis_engine.project import Project, RunInfo, RunStatus
from mfvis_engine.project.layout import RUNS
from mfvis_engine.project.run_writer import WEIGHTS

COMMAND = "segment"
"""What a run's settings call the command that made it."""


class SegmentRequest(msgspec.Struct, frozen=True, kw_only=True):
    """How to do the main job.

    Attributes:
        start: The weights that training starts from.
        limits: When training ends.
        device: As in `Device.choose`.
        learn_from_masks: Whether to learn from a person's masks, where there are any, besides the boxes.
    """

    start: Weights = SHIPPED
    limits: TrainingLimits = AS_USUAL
    device: str = "auto"
    learn_from_masks: bool = True

    def job(self, project: Project) -> SegmentJob:
        """The job on a project as it is now; raises as `segment_job`."""
        return segment_job(
            project,
            start=self.start,
            limits=self.limits,
            device=self.device,
            learn_from_masks=self.learn_from_masks,
            previews=False,  # nobody looks
        )


class Beginning(msgspec.Struct, frozen=True, kw_only=True):
    """How a run began: among its settings from the first moment on.

    Attributes:
        request: How it was to be done.
        boxes: What the boxes are recognised by that it learns from.
        masks: The same of a person's masks.
        command: `COMMAND`.
    """

    request: SegmentRequest
    boxes: str
    masks: str
    command: str = COMMAND

    @classmethod
    def of(cls, request: SegmentRequest, job: SegmentJob, boxes: DenseBoxes) -> "Beginning":
        """That of a job on these boxes."""
        return cls(request=request, boxes=boxes.digest(), masks=_digest(job.masks))

    @classmethod
    def now(cls, request: SegmentRequest, project: Project) -> "Beginning":
        """That of a run which would begin now; the video need not be there."""
        masks = persons_masks(project, project.annotations()) if request.learn_from_masks else ()
        return cls(request=request, boxes=project.boxes().digest(), masks=_digest(masks))


def _digest(masks: tuple[FrameProposals, ...]) -> str:
    return hashlib.sha256(msgspec.msgpack.encode(masks)).hexdigest()


def newest_run(project: Project) -> RunInfo | None:
    """The newest run of `mfvis segment`; None where there is none."""
    return next((info for info in reversed(project.runs()) if info.settings.get("command") == COMMAND), None)


def unfinished_run(project: Project) -> RunInfo:
    """The newest run of `mfvis segment`, which has not finished.

    Raises:
        CannotResumeError: There is none, or it has finished.
    """
    newest = newest_run(project)
    if newest is None:
        raise CannotResumeError(f"{project.path} has no run to go on with. Start one: mfvis segment {project.path}")
    if newest.status is RunStatus.FINISHED:
        raise CannotResumeError(
            f"The newest run, {newest.run_id}, has finished, so there is nothing to go on with. To train anew:"
            f" mfvis segment {project.path}"
        )
    return newest


def recorded_beginning(project: Project, info: RunInfo) -> Beginning:
    """How a run began.

    Raises:
        CannotResumeError: It does not tell, as those of older versions.
    """
    try:
        return msgspec.convert(info.settings, Beginning)
    except msgspec.ValidationError as error:
        raise CannotResumeError(
            f"Run {info.run_id} was begun by another version of this program and does not tell how it began ({error})."
            f" Train anew: mfvis segment {project.path}"
        ) from error


def check_same_beginning(project: Project, info: RunInfo, recorded: Beginning, now: Beginning) -> None:
    """Raises CannotResumeError where boxes or a person's masks are not those that the run began with."""
    for what, before, after in (("boxes", recorded.boxes, now.boxes), ("masks of yours", recorded.masks, now.masks)):
        if before != after:
            raise CannotResumeError(
                f"Run {info.run_id} began with other {what}, so going on would mix the two. Train anew with them as"
                f" they are now: mfvis segment {project.path}; or take the change back: mfvis undo {project.path}"
            )


@dataclass(frozen=True)
class KeptWeights:
    """What a run learned.

    Attributes:
        blob: Its SHA-256, as the run records it.
        path: Where it is kept.
    """

    blob: str
    path: Path

    @classmethod
    def of(cls, project: Project, info: RunInfo) -> "KeptWeights | None":
        """That of a run; None where it keeps none."""
        learned = info.settings.get(LEARNED)
        blob = learned.get("blob") if isinstance(learned, dict) else None
        path = project.path / RUNS / info.run_id / WEIGHTS
        return cls(blob, path) if isinstance(blob, str) and path.is_file() else None


def weights_of_run(project: Project, name: str) -> LearnedWeights:
    """What a run learned, to start from.

    Args:
        project: Open for reading, at least.
        name: The run, or the end of its id.

    Raises:
        NoRunError: There is no such run, or it keeps no weights, or damaged ones.
    """
    infos = {info.run_id: info for info in project.runs()}
    run_id = run_id_of(name, infos)
    kept = KeptWeights.of(project, infos[run_id])
    if kept is None:
        raise NoRunError(
            f"Run {run_id} keeps no weights to start from: it was stopped before it had learned, made by an earlier"
            " version, or started from a backbone.",
            command="Take another run, or leave --start-from out.",
        )
    if sha256_of(kept.path) != kept.blob:
        raise NoRunError(
            f"{kept.path} is damaged: it is not what run {run_id} learned.", command="Leave --start-from out."
        )
    return LearnedWeights(kept.blob)
