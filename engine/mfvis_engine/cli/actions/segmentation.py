"""The main job: learn from a project's boxes, predict every frame, write the run, merge it into the masks."""

import dataclasses
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch

from mfvis_engine.annotation import DenseBoxes, interpolate
from mfvis_engine.cli.actions.errors import NoBoxesError, OutOfDeviceMemoryError
from mfvis_engine.inference import Learned, learn_from_boxes, predict_video
from mfvis_engine.models import Device, load_net
from mfvis_engine.models.box_prompted import PromptedNet
from mfvis_engine.models.pretrained import load_backbone_net
from mfvis_engine.project import MergeReport, Project, RunWriter
from mfvis_engine.project.values import JsonValue
from mfvis_engine.training import FineTuneSettings, TrainingProgress
from mfvis_engine.video import VideoSource

_NO_STEP_LIMIT = 10**9
_NO_SECOND_LIMIT = 1e9
_BACKBONE_CENTRE_PRIOR = 1.0
"""A decoder that starts from random weights needs it; see `FineTuneSettings`."""


class JobListener(Protocol):
    """Is told how the job goes on."""

    def reading(self) -> None:
        """The video is being read and its frames compared."""

    def training(self, progress: TrainingProgress, settings: FineTuneSettings) -> None:
        """A step of training is done."""

    def predicting(self, frames_done: int, frame_count: int) -> None:
        """So many frames are written."""

    def merging(self) -> None:
        """The run is being merged into the masks."""


@dataclass(frozen=True)
class SegmentRequest:
    """How to do the job.

    Attributes:
        settings: How long and how fast to train.
        device_name: As in `Device.choose`.
        backbone: Name or folder of a pretrained backbone to start from; None for the warm start that is shipped.
    """

    settings: FineTuneSettings
    device_name: str = "auto"
    backbone: str | None = None

    @classmethod
    def of(
        cls,
        steps: int | None = None,
        seconds: float | None = None,
        device_name: str = "auto",
        backbone: str | None = None,
    ) -> "SegmentRequest":
        """A request with a limit of steps, of seconds, of both or as by default; one alone is the only limit."""
        settings = FineTuneSettings(centre_prior=_BACKBONE_CENTRE_PRIOR if backbone else 0.0)
        if steps is not None or seconds is not None:
            limits = (steps or _NO_STEP_LIMIT, seconds or _NO_SECOND_LIMIT)
            settings = dataclasses.replace(settings, steps=limits[0], seconds=limits[1])
        return cls(settings, device_name, backbone)


@dataclass(frozen=True)
class SegmentReport:
    """What the main job did.

    Attributes:
        frame_count: Frames predicted.
        track_count: Tracks with a box in any frame.
        mask_count: Pairs of track and frame with a mask.
        step_count: Steps of training.
        training_seconds: Training, the reading of the video and better boxes between keyframes included.
        prediction_seconds: Prediction, the writing of the run included.
        device: Where and in which precision.
        merge: What became of the proposals.
    """

    frame_count: int
    track_count: int
    mask_count: int
    step_count: int
    training_seconds: float
    prediction_seconds: float
    device: str
    merge: MergeReport


def segment_project(project: Project, request: SegmentRequest, listener: JobListener) -> SegmentReport:
    """Trains on the boxes, writes a run with the masks of every frame, and merges it.

    The run is there from the start: if the job ends early, it is kept, marked as failed with the reason, and
    the masks stay as they were.

    Args:
        project: Open for writing.
        request: How to do it.
        listener: Is told how the job goes on.

    Raises:
        NoBoxesError: No track has a box.
        DeviceError: The device is not there.
        OutOfDeviceMemoryError: The device has too little memory.
        CheckpointError: The weights to start from are missing.
        PretrainedError: The backbone cannot be had.
        ProjectVideoError: The video is missing or another.
    """
    boxes = _boxes(project)
    device = Device.choose(request.device_name)
    net = load_backbone_net(request.backbone) if request.backbone else load_net()
    about: dict[str, JsonValue] = {"command": "segment", "device": str(device), **dataclasses.asdict(request)}
    with closing(project.video()) as video:
        run = project.create_run(about, boxes.track_ids.tolist())
        with _ended_well_or_not(run), _memory_errors(device):
            job = _Job(video, boxes, device, listener)
            learned, training_seconds = job.train(net, request.settings)
            mask_count, prediction_seconds = job.predict(learned, run)
    listener.merging()
    return SegmentReport(
        frame_count=video.length,
        track_count=int(boxes.present.any(axis=1).sum()),
        mask_count=mask_count,
        step_count=learned.steps,
        training_seconds=training_seconds,
        prediction_seconds=prediction_seconds,
        device=str(device),
        merge=project.merge_run(run.run_id),
    )


@dataclass(frozen=True, eq=False)
class _Job:
    """The two halves of the job on one video."""

    video: VideoSource
    boxes: DenseBoxes
    device: Device
    listener: JobListener

    def train(self, net: PromptedNet, settings: FineTuneSettings) -> tuple[Learned, float]:
        """Fine-tunes; returns what was learned and the seconds it took."""
        began = time.monotonic()
        self.listener.reading()
        learned = learn_from_boxes(
            net,
            self.video,
            self.boxes,
            settings,
            self.device,
            on_progress=lambda progress: self.listener.training(progress, settings),
        )
        return learned, time.monotonic() - began

    def predict(self, learned: Learned, run: RunWriter) -> tuple[int, float]:
        """Writes every frame; returns the number of masks and the seconds it took."""
        began = time.monotonic()
        mask_count = 0
        self.listener.predicting(0, self.video.length)
        for masks in predict_video(learned.net, self.video, learned.boxes, self.device):
            run.write_frame(masks.frame_index, masks.labels, masks.scores)
            mask_count += int(np.count_nonzero(np.bincount(masks.labels.ravel())[1:]))
            self.listener.predicting(masks.frame_index + 1, self.video.length)
        return mask_count, time.monotonic() - began


def _boxes(project: Project) -> DenseBoxes:
    boxes = interpolate(project.annotations(), project.length)
    if not boxes.present.any():
        raise NoBoxesError(
            f"{project.path} has no box in any frame, and masks are learned from boxes. Bring some in first: "
            f"mfvis boxes import {project.path} FILE"
        )
    return boxes


@contextmanager
def _ended_well_or_not(run: RunWriter) -> Iterator[None]:
    """Marks the run as finished, or as failed with what was raised."""
    try:
        yield
    except BaseException as error:
        cancelled = isinstance(error, KeyboardInterrupt)
        reason = "Cancelled by the user." if cancelled else f"{type(error).__name__}: {error}"
        with suppress(OSError):  # a full disk must not hide what went wrong
            run.fail(reason)
        raise
    run.finish()


@contextmanager
def _memory_errors(device: Device) -> Iterator[None]:
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise OutOfDeviceMemoryError(
            f"{device} ran out of memory ({error}). Close what else uses it, or give --device cpu."
        ) from error
