"""What the engine can be asked to do, as plain values."""

from typing import TypeAlias

import msgspec

from mfvis_engine.annotation import Annotations
from mfvis_engine.jobs.clip import ClipReference
from mfvis_engine.jobs.proposals import FrameProposals


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
    """What all jobs have.

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


AnyJob: TypeAlias = SegmentJob | TrainJob | PredictJob
