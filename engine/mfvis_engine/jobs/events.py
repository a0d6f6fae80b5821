"""What a job tells while it runs."""

from enum import StrEnum
from typing import TypeAlias

import msgspec

from mfvis_engine.annotation import ProposedTrack
from mfvis_engine.jobs.proposals import FrameProposals
from mfvis_engine.jobs.video_model import VideoModel


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self in (JobState.FINISHED, JobState.FAILED, JobState.CANCELLED)


class Stage(StrEnum):
    """What a running job does."""

    READING = "reading"
    TRAINING = "training"
    PREDICTING = "predicting"


class Losses(msgspec.Struct, frozen=True):
    """The unweighted terms of the objective at one step; `masks` is that of a person's masks, 0 without any."""

    projection: float
    pairwise: float
    temporal: float
    outside: float
    teacher: float
    masks: float = 0.0


class Queued(msgspec.Struct, frozen=True, tag="queued"):
    """The engine has the job, and waits for a free worker."""


class Started(msgspec.Struct, frozen=True, kw_only=True, tag="started"):
    """A worker has begun, or begun again after it was lost.

    Attributes:
        attempt: From 1.
        device: Where and in which precision, for people.
        settings: All settings of training as JSON, for the record; empty for a job that does not train.
    """

    attempt: int
    device: str
    settings: str = ""


class Progress(msgspec.Struct, frozen=True, kw_only=True, tag="progress"):
    """How far the job is; a few a second.

    Attributes:
        stage: What it does.
        fraction_done: Of the stage, 0 to 1.
        step: Steps of training, or frames predicted, so far.
        losses: Of the last step, in training on one clip.
        loss: The same, all in all, of a model for many videos.
        per_second: Steps or frames a second, lately; 0 while unknown.
        seconds_left: Of the whole job, estimated; None while unknown.
    """

    stage: Stage
    fraction_done: float
    step: int = 0
    losses: Losses | None = None
    loss: float | None = None
    per_second: float = 0.0
    seconds_left: float | None = None


class Preview(msgspec.Struct, frozen=True, kw_only=True, tag="preview"):
    """What the masks of the frame in view would be now.

    Attributes:
        step: Steps of training so far.
        masks: Of the frame in view.
    """

    step: int
    masks: FrameProposals


class FrameDone(msgspec.Struct, frozen=True, tag="frame_done"):
    """The final masks of a frame."""

    masks: FrameProposals


class Learned(msgspec.Struct, frozen=True, kw_only=True, tag="learned"):
    """Training has ended.

    Attributes:
        steps: Steps done.
        seconds: They took, pauses left out.
        blob: SHA-256 of the weights, a safetensors file the engine keeps for later jobs and hands out; empty where the
            network cannot be kept.
    """

    steps: int
    seconds: float
    blob: str


class ModelLearned(msgspec.Struct, frozen=True, kw_only=True, tag="model_learned"):
    """Training of a model for many videos has ended.

    Attributes:
        steps: Steps done.
        seconds: They took, pauses left out.
        model: What was learned; the engine keeps it for later jobs and hands it out.
        log: SHA-256 of a table of losses and times, step by step, which the engine hands out.
        released: What became of the tensors of a released file, in words; empty where it started from none.
    """

    steps: int
    seconds: float
    model: VideoModel
    log: str
    released: str = ""


class TracksFound(msgspec.Struct, frozen=True, kw_only=True, tag="tracks_found"):
    """The objects that are seen in some frame; their masks follow, frame by frame.

    Told again by an attempt that had to look at the clip anew: frames told before are of no use then.

    Attributes:
        known_ids: Annotated tracks that were found again, ascending.
        proposed: New ones, under ids that no annotated track has.
    """

    known_ids: tuple[int, ...]
    proposed: tuple[ProposedTrack, ...]


class Warned(msgspec.Struct, frozen=True, tag="warned"):
    """Something a person should know; the job goes on."""

    message: str


class Paused(msgspec.Struct, frozen=True, tag="paused"):
    """The job waits until it is told to go on."""


class Resumed(msgspec.Struct, frozen=True, tag="resumed"):
    """The job goes on."""


class Finished(msgspec.Struct, frozen=True, tag="finished"):
    """All is done; nothing more will come."""


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """The job ended early; frames that are done stay. Nothing more will come.

    Attributes:
        reason: What happened and what to do, for people.
    """

    reason: str


class Cancelled(msgspec.Struct, frozen=True, tag="cancelled"):
    """The job was cancelled; frames that are done stay. Nothing more will come."""


Event: TypeAlias = (
    Queued
    | Started
    | Progress
    | Preview
    | FrameDone
    | Learned
    | ModelLearned
    | TracksFound
    | Warned
    | Paused
    | Resumed
    | Finished
    | Failed
    | Cancelled
)


def state_after(event: Event, before: JobState) -> JobState:
    """Where a job stands once it has told `event`."""
    match event:
        case Queued():
            return JobState.QUEUED
        case Started() | Resumed():
            return JobState.RUNNING
        case Paused():
            return JobState.PAUSED
        case Finished():
            return JobState.FINISHED
        case Failed():
            return JobState.FAILED
        case Cancelled():
            return JobState.CANCELLED
        case _:
            return before
