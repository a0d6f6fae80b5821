"""What the engine can be asked to do, as plain values."""

from typing import Annotated, TypeAlias

import msgspec

from mfvis_engine.annotation import Annotations
from mfvis_engine.jobs.clip import ClipReference
from mfvis_engine.jobs.proposals import FrameProposals
from mfvis_engine.jobs.video_model import ModelSize, ModelStart, ReleasedModel, VideoModel


class ShippedWeights(msgspec.Struct, frozen=True, tag="shipped"):
    """The warm start that comes with the program."""


class BackboneWeights(msgspec.Struct, frozen=True, tag="backbone"):
    """A pretrained backbone of transformers with a new decoder.

    Attributes:
        name: On its hub, or a folder on the machine of the engine.
    """

    name: str


class LearnedWeights(msgspec.Struct, frozen=True, tag="learned"):
    """What an earlier job learned.

    Attributes:
        blob: SHA-256 of the safetensors file, as `Learned` told it.
    """

    blob: str


SHIPPED = ShippedWeights()
Weights: TypeAlias = ShippedWeights | BackboneWeights | LearnedWeights


class TrainingLimits(msgspec.Struct, frozen=True):
    """When training ends: at the first limit that is reached; without any, as the program finds best.

    Attributes:
        steps: Optimiser steps.
        seconds: Of wall-clock time; while paused, the clock stands.
    """

    steps: int | None = None
    seconds: float | None = None


AS_USUAL = TrainingLimits()


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What jobs on the annotated tracks of one clip have.

    Attributes:
        clip: The frames.
        annotations: Tracks with their box keyframes.
        device: As in `Device.choose`: "auto", "cuda", "cpu", ...
        focus_frame: The frame in view: previews are of it, and final masks are made from it outwards.
        previews: Whether to tell previews while it trains; they take up to a tenth of the time. The first one comes in
            any case.
    """

    clip: ClipReference
    annotations: Annotations
    device: str = "auto"
    focus_frame: int = 0
    previews: bool = True


class SegmentJob(Job, frozen=True, kw_only=True, tag="segment"):
    """Trains on the boxes and predicts the masks.

    Attributes:
        start: The weights that training starts from.
        limits: When training ends.
        masks: A person's masks to learn from besides the boxes; of each frame only the tracks named.
        frames: Which frames to predict, from 0; None for all.
    """

    start: Weights = ShippedWeights()
    limits: TrainingLimits = TrainingLimits()
    masks: tuple[FrameProposals, ...] = ()
    frames: tuple[int, ...] | None = None


class TrainJob(Job, frozen=True, kw_only=True, tag="train"):
    """Trains on the boxes only; attributes as of `SegmentJob`."""

    start: Weights = ShippedWeights()
    limits: TrainingLimits = TrainingLimits()
    masks: tuple[FrameProposals, ...] = ()


class PredictJob(Job, frozen=True, kw_only=True, tag="predict"):
    """Predicts with weights that are there.

    Attributes:
        weights: The weights.
        frames: Which frames to predict, from 0; None for all.
    """

    weights: Weights
    frames: tuple[int, ...] | None = None


class LabelledClip(msgspec.Struct, frozen=True, kw_only=True):
    """A clip of T frames and what is known of its N objects, as a model for many videos learns from it.

    Attributes:
        name: For messages and the record.
        clip: The frames.
        categories: Of each object.
        boxes_xyxy: N x T x 4 float32, little-endian, in pixel edges; NaN where an object is absent or not annotated.
        annotated: T bytes, 1 for frames in which all objects are known, so that one without a box is absent.
        masks: A person's masks; their track ids are the objects' rows, counted from 1. Of each frame only those named.
    """

    name: str
    clip: ClipReference
    categories: tuple[str, ...]
    boxes_xyxy: bytes
    annotated: bytes
    masks: tuple[FrameProposals, ...] = ()


class VisTrainJob(msgspec.Struct, frozen=True, kw_only=True, tag="vis_train"):
    """Trains a model for many videos.

    Attributes:
        videos: What it learns from, at least one.
        start: What it starts from.
        settings: JSON of `VisTrainSettings`; empty for those that suit the start.
        steps: Optimiser steps, in the place of those in the settings; None leaves them.
        device: As in `Device.choose`.
    """

    videos: Annotated[tuple[LabelledClip, ...], msgspec.Meta(min_length=1)]
    start: ModelStart
    settings: str = ""
    steps: int | None = None
    device: str = "auto"


class VisPredictJob(msgspec.Struct, frozen=True, kw_only=True, tag="vis_predict"):
    """Finds, tracks and segments the objects of a clip with a model for many videos.

    Attributes:
        clip: The frames.
        annotations: Tracks that are known already; what is found on one of them is that one.
        model: What finds them.
        settings: JSON of `VisInferenceSettings`; what it leaves out is as usual.
        min_score: Of an object that is not known yet, at the least.
        device: As in `Device.choose`.
    """

    clip: ClipReference
    model: VideoModel | ReleasedModel
    annotations: Annotations = Annotations()
    settings: str = "{}"
    min_score: float = 0.3
    device: str = "auto"


AnyJob: TypeAlias = SegmentJob | TrainJob | PredictJob | VisTrainJob | VisPredictJob


def clips_of(job: AnyJob) -> tuple[ClipReference, ...]:
    """The clips a job needs, at least one."""
    return tuple(video.clip for video in job.videos) if isinstance(job, VisTrainJob) else (job.clip,)


def blobs_of(job: AnyJob) -> frozenset[str]:
    """The kept files a job needs."""
    match job:
        case VisPredictJob():
            return frozenset({job.model.blob})
        case VisTrainJob():
            return frozenset() if isinstance(job.start, ModelSize) else frozenset({job.start.blob})
        case PredictJob():
            weights = job.weights
        case _:
            weights = job.start
    return frozenset({weights.blob} if isinstance(weights, LearnedWeights) else ())


def kind_of(job: AnyJob) -> str:
    """What is asked, in a word: "segment", "train", "predict", "vis_train" or "vis_predict"."""
    return str(job.__struct_config__.tag)
