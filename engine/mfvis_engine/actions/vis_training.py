"""Trains a model for many videos from projects and COCO-VIS files, and goes on with what was begun."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from mfvis_engine.actions.open_videos import OpenVideos
from mfvis_engine.actions.training_sets import coco_vis_set, joined, projects_set
from mfvis_engine.actions.vis_model import TrainingDetails, VisModelFolder, load_vis_model
from mfvis_engine.actions.vis_model_files import RELEASED_SUFFIXES, VisModelError
from mfvis_engine.models.device import Device
from mfvis_engine.models.video_mask2former import VideoMask2Former, config_of_size
from mfvis_engine.models.video_mask2former.classes import with_classes
from mfvis_engine.training.steering import Steering
from mfvis_engine.training.vis.labelled_video import LabelledSet
from mfvis_engine.training.vis.log import TrainingLog
from mfvis_engine.training.vis.processes import Processes
from mfvis_engine.training.vis.progress import VisProgress
from mfvis_engine.training.vis.settings import VisTrainSettings
from mfvis_engine.training.vis.trainer import VisTrainer


@dataclass(frozen=True)
class CocoVisSource:
    """A COCO-VIS file, and the folder that its `file_names` start from."""

    json_path: Path
    frames_dir: Path


@dataclass(frozen=True)
class TrainingSources:
    """What is learned from.

    Attributes:
        projects: Project folders.
        coco_vis: Files with the frames that they name.
        boxes_only: Leave masks unread.
    """

    projects: tuple[Path, ...] = ()
    coco_vis: tuple[CocoVisSource, ...] = ()
    boxes_only: bool = False

    def labelled(self, videos: OpenVideos) -> LabelledSet:
        """All of it as one set.

        Raises:
            CommandError: There is nothing to learn from, or something cannot be trained from as it is.
            MfvisError: Something cannot be read.
        """
        sets = [coco_vis_set(one.json_path, one.frames_dir, boxes_only=self.boxes_only) for one in self.coco_vis]
        if self.projects:
            sets.append(projects_set(self.projects, boxes_only=self.boxes_only, videos=videos))
        return joined(sets)


@dataclass(frozen=True)
class TrainingStart:
    """What a training starts from.

    Attributes:
        weights: A model's folder or file, or a released one; None for that in the folder to train into where there is
            one, else random weights.
        size: Of a model with random weights.
    """

    weights: Path | None
    size: str


@dataclass(frozen=True)
class VisTrainingReport:
    """What a training did.

    Attributes:
        start: What it started from, in words.
        released: What became of the tensors of a released file; empty where it started from none.
        class_names: Of the model.
        new_class_names: Those of them that it did not know before.
        video_count: Videos learned from.
        object_count: Objects in them.
        step_count: Steps.
        steps_before: Those of them that were done before it was gone on with.
        seconds: Of training, all of it.
        device: Where and in which precision.
    """

    start: str
    released: str
    class_names: tuple[str, ...]
    new_class_names: tuple[str, ...]
    video_count: int
    object_count: int
    step_count: int
    steps_before: int
    seconds: float
    device: str


@dataclass(frozen=True)
class _Begun:
    model: VideoMask2Former
    details: TrainingDetails
    released: str = ""
    new_class_names: tuple[str, ...] = ()


def train_model(
    folder: VisModelFolder,
    sources: TrainingSources,
    start: TrainingStart,
    settings: VisTrainSettings,
    device: Device,
    on_progress: Callable[[VisProgress], None],
    *,
    resume: bool = False,
    processes: Processes | None = None,
    steering: Steering | None = None,
) -> VisTrainingReport:
    """Trains, and puts the model into the folder when it has ended; an earlier model there stays until then.

    With several processes each calls this alike; the first one writes.

    Args:
        folder: Of the model.
        sources: What to learn from; the same again to go on, though `boxes_only` is not looked at then.
        start: What to start from; not looked at to go on.
        settings: How; not looked at to go on.
        device: Where.
        on_progress: Told of every step, in the first process.
        resume: Go on with the training that was stopped in the folder.
        processes: Who else trains.
        steering: What to ask at each step.

    Raises:
        VisModelError: There is nothing to go on with, or something that would be lost.
        MfvisError: As `TrainingSources.labelled`, `load_vis_model` and `VisTrainer`.
    """
    processes = processes or Processes()
    if folder.has_snapshot and not resume:
        raise VisModelError(
            f"{folder.path} has a training that was stopped. Go on with it with --resume, or delete "
            f"{folder.unfinished} to begin anew."
        )
    stopped = _Begun(*folder.begun()) if resume else None
    with OpenVideos() as videos:
        if stopped:
            sources = replace(sources, boxes_only=stopped.details.boxes_only)
        labelled = sources.labelled(videos)
        begun = stopped or _begun(folder, labelled, start, settings, boxes_only=sources.boxes_only)
        labelled = _with_classes(labelled, begun.model.config.class_names)
        processes.wait()
        if processes.is_first and not stopped:
            folder.forget()
        processes.wait()
        trainer = VisTrainer(
            begun.model,
            labelled,
            begun.details.settings,
            device,
            snapshot_folder=folder.unfinished,
            processes=processes,
            steering=steering,
        )
        steps_before = trainer.step
        if processes.is_first and not stopped:
            folder.begin(begun.model, begun.details)
        _run(trainer, folder, on_progress, processes)
    if processes.is_first:
        folder.finish(trainer.result, begun.details.ended(trainer.seconds))
    processes.wait()
    return VisTrainingReport(
        start=begun.details.start,
        released=begun.released,
        class_names=labelled.class_names,
        new_class_names=begun.new_class_names,
        video_count=len(labelled.videos),
        object_count=sum(len(video.class_index) for video in labelled.videos),
        step_count=trainer.step,
        steps_before=steps_before,
        seconds=trainer.seconds,
        device=f"{device.torch_device} ({trainer.precision})",
    )


def _begun(
    folder: VisModelFolder, labelled: LabelledSet, start: TrainingStart, settings: VisTrainSettings, *, boxes_only: bool
) -> _Begun:
    """The model to start from, with the classes of the videos besides its own."""
    torch.manual_seed(settings.seed)
    names = tuple(video.name for video in labelled.videos)
    weights = folder.path if start.weights is None and folder.is_trained else start.weights
    source = f"random weights of size {start.size}" if weights is None else str(weights)
    details = TrainingDetails(settings=settings, videos=names, start=source, boxes_only=boxes_only)
    if weights is None:
        return _Begun(VideoMask2Former(config_of_size(start.size, labelled.class_names)), details)
    is_released = weights.suffix in RELEASED_SUFFIXES
    loaded = load_vis_model(weights, labelled.class_names if is_released else None)
    known = loaded.model.config.class_names
    new = () if is_released else tuple(name for name in labelled.class_names if name not in known)
    model = with_classes(loaded.model, (*known, *new))
    return _Begun(model, details, loaded.report, new)


def _with_classes(labelled: LabelledSet, class_names: tuple[str, ...]) -> LabelledSet:
    """The same videos, their classes numbered as the model has them.

    Raises:
        VisModelError: The model does not know one of them.
    """
    strange = [name for name in labelled.class_names if name not in class_names]
    if strange:
        raise VisModelError(
            f"The training that was stopped knows no class {', '.join(strange)}. Go on with the projects and files "
            "that it was begun with, or delete it to begin anew."
        )
    index = np.array([class_names.index(name) for name in labelled.class_names], np.int64)
    videos = tuple(replace(video, class_index=index[video.class_index]) for video in labelled.videos)
    return LabelledSet(class_names, videos)


def _run(
    trainer: VisTrainer, folder: VisModelFolder, on_progress: Callable[[VisProgress], None], processes: Processes
) -> None:
    """Trains, and writes the log in the first process."""
    if not processes.is_first:
        trainer.run()
        return
    log = TrainingLog(folder.path, trainer.step)

    def told(progress: VisProgress) -> None:
        log.add(progress)
        on_progress(progress)

    try:
        trainer.run(told)
    finally:
        log.close()
