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
from mfvis_engine.inference import predict_video
from mfvis_engine.models import BoxPromptedNet, Device, load_net
from mfvis_engine.project import MergeReport, Project, RunWriter
from mfvis_engine.project.values import JsonValue
from mfvis_engine.training import FineTuner, FineTuneSettings, TrainingProgress
from mfvis_engine.video import VideoSource

_NO_STEP_LIMIT = 10**9
_NO_SECOND_LIMIT = 1e9


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
class SegmentReport:
    """What the main job did.

    Attributes:
        frame_count: Frames predicted.
        track_count: Tracks with a box in any frame.
        mask_count: Pairs of track and frame with a mask.
        step_count: Steps of training.
        training_seconds: Training, the reading of the video included.
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


def limits(steps: int | None, seconds: float | None) -> FineTuneSettings:
    """The settings for a limit of steps, of seconds, both or neither; one alone is the only limit."""
    if steps is None and seconds is None:
        return FineTuneSettings()
    return FineTuneSettings(steps=steps or _NO_STEP_LIMIT, seconds=seconds or _NO_SECOND_LIMIT)


def segment_project(
    project: Project, settings: FineTuneSettings, device_name: str, listener: JobListener
) -> SegmentReport:
    """Trains on the boxes, writes a run with the masks of every frame, and merges it.

    The run is there from the start: if the job ends early, it is kept, marked as failed with the reason, and
    the masks stay as they were.

    Args:
        project: Open for writing.
        settings: How long to train.
        device_name: As in `Device.choose`.
        listener: Is told how the job goes on.

    Raises:
        NoBoxesError: No track has a box.
        DeviceError: The device is not there.
        OutOfDeviceMemoryError: The device has too little memory.
        CheckpointError: The weights to start from are missing.
        ProjectVideoError: The video is missing or another.
    """
    boxes = _boxes(project)
    device = Device.choose(device_name)
    net = load_net()
    about: dict[str, JsonValue] = {
        "command": "segment",
        "device": str(device),
        "fine_tune": dataclasses.asdict(settings),
    }
    with closing(project.video()) as video:
        run = project.create_run(about, boxes.track_ids.tolist())
        with _ended_well_or_not(run), _memory_errors(device):
            job = _Job(video, boxes, device, listener)
            tuner, training_seconds = job.train(net, settings)
            mask_count, prediction_seconds = job.predict(tuner.average, run)
    listener.merging()
    return SegmentReport(
        frame_count=video.length,
        track_count=int(boxes.present.any(axis=1).sum()),
        mask_count=mask_count,
        step_count=tuner.step,
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

    def train(self, net: BoxPromptedNet, settings: FineTuneSettings) -> tuple[FineTuner, float]:
        """Fine-tunes; returns the tuner and the seconds it took."""
        began = time.monotonic()
        self.listener.reading()
        tuner = FineTuner(net, self.video, self.boxes, settings, self.device)
        tuner.run(lambda progress: self.listener.training(progress, settings))
        return tuner, time.monotonic() - began

    def predict(self, net: BoxPromptedNet, run: RunWriter) -> tuple[int, float]:
        """Writes every frame; returns the number of masks and the seconds it took."""
        began = time.monotonic()
        mask_count = 0
        self.listener.predicting(0, self.video.length)
        for masks in predict_video(net, self.video, self.boxes, self.device):
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
