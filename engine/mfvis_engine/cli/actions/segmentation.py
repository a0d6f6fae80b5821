"""The main job: learn from a project's boxes, predict every frame, write the run, merge it into the masks."""

import dataclasses
import shutil
import time
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch

from mfvis_engine.annotation import DenseBoxes, interpolate
from mfvis_engine.cli.actions.errors import CannotResumeError, NoBoxesError, OutOfDeviceMemoryError
from mfvis_engine.cli.actions.resumption import (
    COMMAND,
    check_same_boxes,
    digest_of,
    recorded_settings,
    unfinished_run,
)
from mfvis_engine.inference import Learned, learn_from_boxes, predict_video
from mfvis_engine.models import CheckpointError, Device, load_net
from mfvis_engine.models.box_prompted import PromptedNet
from mfvis_engine.models.pretrained import load_backbone_net
from mfvis_engine.project import MergeReport, Project, RunInfo, RunWriter
from mfvis_engine.project.values import JsonObject, JsonValue
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

    @classmethod
    def recorded(cls, info: RunInfo) -> "SegmentRequest":
        """The request that a run was made with.

        Raises:
            ProjectDamagedError: A value is missing or of another type.
        """
        fields = JsonObject(info.settings, f"the settings of run {info.run_id}")
        return cls(recorded_settings(info), fields.get("device_name", str), fields.get_optional("backbone", str))


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


def segment_project(project: Project, request: SegmentRequest, listener: JobListener) -> SegmentReport:
    """Trains on the boxes, writes a run with the masks of every frame, and merges it.

    The run is there from the start: if the job ends early, it is kept, marked as failed with the reason, and
    the masks stay as they were. `resume_project` goes on with it.

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
    job = _Job.prepared(project, boxes, request, listener)
    about: dict[str, JsonValue] = {
        "command": COMMAND,
        "device": str(job.device),
        "boxes": digest_of(boxes),
        **dataclasses.asdict(request),
    }
    with closing(project.video()) as video:
        return job.carried_out(video, project.create_run(about, boxes.track_ids.tolist()))


def resume_project(project: Project, listener: JobListener) -> SegmentReport:
    """Goes on with the newest run if it was cancelled, killed or failed, with the settings it was made with.

    Training goes on from where it was last saved, or begins anew with a warning where what was saved is of no use. A
    run that had begun to predict goes on with the very network and boxes that it predicted with: frames that are there
    are left as they are, the others follow, and the run is merged.

    Args:
        project: Open for writing.
        listener: Is told how the job goes on.

    Raises:
        CannotResumeError: There is no such run, or the boxes have changed since, or it has frames by a network that is
            lost.
        MfvisError: As `segment_project`.
    """
    info = unfinished_run(project)
    boxes = _boxes(project)
    check_same_boxes(project, info, boxes)
    job = _Job.prepared(project, boxes, SegmentRequest.recorded(info), listener)
    with closing(project.video()) as video:
        return job.carried_out(video, project.resume_run(info.run_id), resumed=True)


@dataclass(frozen=True, eq=False)
class _Job:
    """The main job with all it needs but the video and the run."""

    project: Project
    boxes: DenseBoxes
    settings: FineTuneSettings
    device: Device
    net: PromptedNet
    listener: JobListener

    @classmethod
    def prepared(cls, project: Project, boxes: DenseBoxes, request: SegmentRequest, listener: JobListener) -> "_Job":
        """Finds the device and the weights to start from."""
        device = Device.choose(request.device_name)
        net = load_backbone_net(request.backbone) if request.backbone else load_net()
        return cls(project, boxes, request.settings, device, net, listener)

    def carried_out(self, video: VideoSource, run: RunWriter, *, resumed: bool = False) -> SegmentReport:
        """Trains, predicts and merges."""
        with _ended_well_or_not(run), _memory_errors(self.device):
            began = time.monotonic()
            learned, steps_now = self._train(video, run)
            trained = time.monotonic()
            self._predict(video, learned, run)
            predicted = time.monotonic()
        self.listener.merging()
        return SegmentReport(
            frame_count=video.length,
            track_count=int(self.boxes.present.any(axis=1).sum()),
            mask_count=int(np.count_nonzero(self.project.run(run.run_id).scores() > 0)),
            step_count=learned.steps,
            steps_before=learned.steps - steps_now,
            resumed=resumed,
            training_seconds=trained - began,
            prediction_seconds=predicted - trained,
            device=str(self.device),
            merge=self.project.merge_run(run.run_id),
        )

    def _train(self, video: VideoSource, run: RunWriter) -> tuple[Learned, int]:
        """Fine-tunes; returns what was learned and the steps that took now."""
        steps: list[int] = []

        def on_progress(progress: TrainingProgress) -> None:
            steps.append(progress.step)
            self.listener.training(progress, self.settings)

        def learned() -> Learned:
            self.listener.reading()
            return learn_from_boxes(
                self.net, video, self.boxes, self.settings, self.device, on_progress, run.training_folder
            )

        try:
            return learned(), len(steps)
        except CheckpointError as error:  # boxes and settings are the run's own: damaged, or of another device
            if self._done(run):
                raise _cannot_mix(run.run_id, self.project) from error
            warnings.warn(f"What was saved of the training is of no use, so it begins anew: {error}", stacklevel=2)
            shutil.rmtree(run.training_folder)
            return learned(), len(steps)

    def _predict(self, video: VideoSource, learned: Learned, run: RunWriter) -> None:
        """Writes every frame that is not there."""
        done = self._done(run)
        if done and not learned.from_before:
            raise _cannot_mix(run.run_id, self.project)
        frames = [frame_index for frame_index in range(video.length) if frame_index not in done]
        self.listener.predicting(len(done), video.length)
        predicted = predict_video(learned.net, video, learned.boxes, self.device, frames)
        for frames_done, masks in enumerate(predicted, len(done) + 1):
            run.write_frame(masks.frame_index, masks.labels, masks.scores)
            self.listener.predicting(frames_done, video.length)

    def _done(self, run: RunWriter) -> set[int]:
        """The frames that were predicted before a stop."""
        return set(self.project.run(run.run_id).done())


def _boxes(project: Project) -> DenseBoxes:
    boxes = interpolate(project.annotations(), project.length)
    if not boxes.present.any():
        raise NoBoxesError(
            f"{project.path} has no box in any frame, and masks are learned from boxes. Bring some in first: "
            f"mfvis boxes import {project.path} FILE"
        )
    return boxes


def _cannot_mix(run_id: str, project: Project) -> CannotResumeError:
    return CannotResumeError(
        f"The network that predicted the frames of run {run_id} is lost, and those of another would not fit them."
        f" Train anew: mfvis segment {project.path}"
    )


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
