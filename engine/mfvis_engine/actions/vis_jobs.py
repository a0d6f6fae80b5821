"""Models for many videos, trained and used on an engine, with the same results as here. Loads no torch."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from mfvis_engine.actions.run_desk import Listener
from mfvis_engine.actions.vis_findings import PredictionReport, prediction_report
from mfvis_engine.actions.vis_model_files import (
    LOG,
    RELEASED_SUFFIXES,
    RecordedTraining,
    VisModelError,
    VisModelFiles,
)
from mfvis_engine.jobs.client.findings_delivery import FindingsDelivery
from mfvis_engine.jobs.client.vis_requests import labelled_clips, vis_predict_job
from mfvis_engine.jobs.errors import EngineError
from mfvis_engine.jobs.events import Cancelled, Event, ModelLearned, Started
from mfvis_engine.jobs.job import VisTrainJob
from mfvis_engine.jobs.video_model import ModelSize, ReleasedModel, VideoModel
from mfvis_engine.project import Project

if TYPE_CHECKING:  # loads dask
    from mfvis_engine.jobs.client.engine import Engine
    from mfvis_engine.jobs.client.handle import JobHandle
    from mfvis_engine.jobs.wire.transfer import OnSent


def _nothing(_: object) -> None:
    """Listens to nothing."""


@dataclass(frozen=True)
class Watch:
    """Whom an engine's job is told to.

    Attributes:
        on_event: Told of each event, before it is written.
        on_sent: Told of bytes sent and bytes in all while videos are sent; what it raises ends the job.
        on_handle: Told of the job that was handed in, before its events: to pause or cancel it.
    """

    on_event: Listener = _nothing
    on_sent: OnSent | None = None
    on_handle: Callable[[JobHandle], None] = _nothing

    def followed(self, handle: JobHandle) -> Iterator[Event]:
        """The events of a job, told before they are given; Ctrl+C cancels it.

        Raises:
            JobFailedError: At the end: it failed.
            JobCancelledError: At the end: it was cancelled.
        """
        self.on_handle(handle)
        try:
            for event in handle.events():
                self.on_event(event)
                yield event
        except KeyboardInterrupt:
            handle.cancel()
            self.on_event(Cancelled())
            raise
        handle.wait()


@dataclass(frozen=True)
class ModelRequest:
    """What to train from, and how.

    Attributes:
        projects: Project folders.
        start: A model's folder or file, or a released one; None for that in the folder to train into where there is
            one, else random weights.
        size: Of a model with random weights.
        settings: JSON of `VisTrainSettings`; empty for those the model to go on from was trained with, or that suit.
        steps: Optimiser steps, in the place of those in the settings.
        boxes_only: Leave masks unread.
        device: As in `Device.choose`, on the engine's machine.
    """

    projects: Sequence[Path]
    start: Path | None = None
    size: str = "tiny"
    settings: str = ""
    steps: int | None = None
    boxes_only: bool = False
    device: str = "auto"


@dataclass(frozen=True)
class TrainedModel:
    """What a training on an engine did.

    Attributes:
        start: What it started from, in words.
        learned: As the engine told it.
        class_names: Of the model.
        new_class_names: Those of them that a model of ours, which it started from, did not know.
        video_count: Videos learned from.
        object_count: Objects in them.
        device: Where and in which precision.
    """

    start: str
    learned: ModelLearned
    class_names: tuple[str, ...]
    new_class_names: tuple[str, ...]
    video_count: int
    object_count: int
    device: str


def train_model_elsewhere(
    engine: Engine, folder: Path, request: ModelRequest, watch: Watch | None = None
) -> TrainedModel:
    """Trains on an engine, and puts the model into a folder when it has ended; one there stays until then.

    Args:
        engine: Who trains.
        folder: Of the model.
        request: What to train from.
        watch: Whom to tell.

    Raises:
        NothingToSegmentError: A project has no box.
        VisModelError: There is no model to start from.
        JobFailedError: It failed; the message is the reason.
        JobCancelledError: It was cancelled.
        MfvisError: A project cannot be read, or as `Engine.submit`.
    """
    watch = watch or Watch()
    weights = folder if request.start is None and VisModelFiles.at(folder).is_there else request.start
    before = None if weights is None or _is_released(weights) else VisModelFiles.at(weights).training()
    job = VisTrainJob(
        videos=labelled_clips(request.projects, boxes_only=request.boxes_only),
        start=ModelSize(request.size) if weights is None else kept_model(engine, weights),
        settings=request.settings or ("" if before is None else before.settings_to_go_on()),
        steps=request.steps,
        device=request.device,
    )
    collector = ModelCollector(
        folder,
        start=f"random weights of size {request.size}" if weights is None else str(weights),
        videos=tuple(video.name for video in job.videos),
        object_count=sum(len(video.categories) for video in job.videos),
        known_class_names=_class_names(job.start) if isinstance(job.start, VideoModel) else None,
        boxes_only=request.boxes_only,
    )
    handle = engine.submit(job, on_sent=watch.on_sent)
    for event in watch.followed(handle):
        collector.take(event, handle)
    return collector.report()


@dataclass
class ModelCollector:
    """Takes the events of a training into a model's folder; they may come again, as of a job found again.

    Attributes:
        folder: Of the model.
        start: What it starts from, in words.
        videos: The names of the videos.
        object_count: Objects in them.
        known_class_names: Of the model of ours that it starts from; None where it starts from another, or from none.
        boxes_only: Whether masks were left unread.
    """

    folder: Path
    start: str
    videos: tuple[str, ...]
    object_count: int
    known_class_names: tuple[str, ...] | None = None
    boxes_only: bool = False
    _started: Started | None = field(default=None, init=False)
    _learned: ModelLearned | None = field(default=None, init=False)

    def take(self, event: Event, handle: JobHandle) -> None:
        """Takes an event of a job.

        Raises:
            EngineError: The engine does not hand the model out.
            FormatError: The folder cannot be written.
        """
        match event:
            case Started():
                self._started = event
            case ModelLearned():
                self._keep(event, handle)
                self._learned = event

    def report(self) -> TrainedModel:
        """What the training did, when it has finished."""
        if self._started is None or self._learned is None:
            raise EngineError("The engine ended the training without a model. Submit it again.")
        names = _class_names(self._learned.model)
        known = names if self.known_class_names is None else self.known_class_names
        return TrainedModel(
            start=self.start,
            learned=self._learned,
            class_names=names,
            new_class_names=tuple(name for name in names if name not in known),
            video_count=len(self.videos),
            object_count=self.object_count,
            device=self._started.device,
        )

    def _keep(self, learned: ModelLearned, handle: JobHandle) -> None:
        assert self._started is not None  # the first that a job tells
        files = VisModelFiles.at(self.folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        handle.read_blob(learned.model.blob, files.weights)
        training = RecordedTraining(
            settings=msgspec.Raw(self._started.settings.encode("utf-8")),
            videos=self.videos,
            start=self.start,
            seconds=round(learned.seconds, 1),
            boxes_only=self.boxes_only,
        )
        files.record(learned, training)
        handle.read_blob(learned.log, self.folder / LOG)


class _Config(msgspec.Struct, frozen=True):
    class_names: tuple[str, ...]


class _Description(msgspec.Struct, frozen=True):
    config: _Config


def _class_names(model: VideoModel) -> tuple[str, ...]:
    """Raises VisModelError where the description is damaged."""
    try:
        return msgspec.json.decode(model.description, type=_Description).config.class_names
    except msgspec.MsgspecError as error:
        raise VisModelError(
            f"What lies beside the weights of a model names no classes: {error}. Restore its model.json, or train it"
            " again."
        ) from error


def kept_model(engine: Engine, path: Path, class_names: tuple[str, ...] | None = None) -> VideoModel | ReleasedModel:
    """Sends a model to an engine that does not keep it already.

    Args:
        engine: That shall keep it.
        path: The folder of a model, its .safetensors, or a released .pth or .pkl.
        class_names: The classes of a released file, which does not name them.

    Raises:
        VisModelError: There is none.
        EngineError: The engine refuses it.
    """
    files = VisModelFiles.at(path)
    with _read(path):
        if _is_released(path):
            return ReleasedModel(engine.keep_blob(path), class_names)
        return VideoModel(engine.keep_blob(files.weights), files.description.read_text(encoding="utf-8"))


def predict_project_elsewhere(
    engine: Engine,
    project: Project,
    model: Path,
    *,
    class_names: tuple[str, ...] | None = None,
    settings: dict[str, object] | None = None,
    min_score: float = 0.3,
    device: str = "auto",
    watch: Watch | None = None,
) -> PredictionReport:
    """Finds the objects of a project's video on an engine, and writes them as a run; see `predict_project`.

    Args:
        engine: Who looks.
        project: Open for writing.
        model: The folder of a model, its .safetensors, or a released .pth or .pkl.
        class_names: The classes of a released file, which does not name them.
        settings: Of `VisInferenceSettings`, as JSON has them; frames are of the size that the model was trained on
            unless they say otherwise.
        min_score: Of a new object, at the least.
        device: As in `Device.choose`, on the engine's machine.
        watch: Whom to tell.

    Raises:
        VisModelError: There is no such model.
        JobFailedError: It failed, as where there is no object that is sure enough; the message is the reason.
        JobCancelledError: It was cancelled.
        ProjectVideoError: The video is missing or another.
        MfvisError: As `Engine.submit`.
    """
    watch = watch or Watch()
    side = None if _is_released(model) else VisModelFiles.at(model).short_side()
    suited: dict[str, object] = {} if side is None else {"short_side": side}
    kept = kept_model(engine, model, class_names)
    job = vis_predict_job(project, kept, settings=suited | (settings or {}), min_score=min_score, device=device)
    handle = engine.submit(job, on_sent=watch.on_sent)
    began = time.monotonic()
    delivery = FindingsDelivery(project, {"model": str(model), "min_score": min_score})
    try:
        for event in watch.followed(handle):
            delivery.tell(event)
    except BaseException as error:
        delivery.fail(f"{type(error).__name__}: {error}")
        raise
    return prediction_report(project, delivery, time.monotonic() - began)


def _is_released(path: Path) -> bool:
    return path.suffix in RELEASED_SUFFIXES


@contextmanager
def _read(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise VisModelError(
            f"There is no model at {path} ({error.strerror or error}). Train one with mfvis train, or give a released"
            " checkpoint (.pth or .pkl)."
        ) from error
