"""The job that trains a model for many videos."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from mfvis_engine.errors import MfvisError
from mfvis_engine.jobs.carrier.memory import told_in_words
from mfvis_engine.jobs.carrier.reporter import Reporter
from mfvis_engine.jobs.carrier.turnstile import Turnstile
from mfvis_engine.jobs.carrier.vis_models import StartModel, keep_model, start_model
from mfvis_engine.jobs.carrier.vis_videos import OpenClips, class_names_of, labelled_set
from mfvis_engine.jobs.clip import ClipReference
from mfvis_engine.jobs.errors import EngineError
from mfvis_engine.jobs.events import ModelLearned, Started, Warned
from mfvis_engine.jobs.video_model import ModelSize
from mfvis_engine.models import CheckpointError, Device
from mfvis_engine.training.steering import Steering
from mfvis_engine.training.vis.log import TABLE, TrainingLog
from mfvis_engine.training.vis.precision import chosen_precision
from mfvis_engine.training.vis.settings import SMALL, STANDARD, VisTrainSettings
from mfvis_engine.training.vis.trainer import VisTrainer

if TYPE_CHECKING:
    from pathlib import Path

    from mfvis_engine.jobs.desk import Desk
    from mfvis_engine.jobs.job import VisTrainJob
    from mfvis_engine.training.vis.labelled_video import LabelledSet
    from mfvis_engine.training.vis.progress import VisProgress

_LESS = "Take fewer clips at once: more passes_per_step, fewer frames or smaller short_sides of clips."


class JobSettingsError(EngineError):
    """The settings of a job cannot be used."""


def train_model(job: VisTrainJob, desk: Desk) -> None:
    """Trains, and tells what was learned; goes on from what an earlier attempt saved in the desk's folder.

    Raises:
        JobCancelledError: It was cancelled.
        JobMemoryError: There is too little memory.
        MfvisError: What a person can mend: settings or boxes that cannot be trained with, a device, model or clip that
            is not there.
    """
    desk.folder.mkdir(parents=True, exist_ok=True)
    settings, device = vis_settings(job), Device.choose(job.device)
    described = msgspec.json.encode(settings).decode("utf-8")
    where = f"{device.torch_device} ({chosen_precision(device, settings.precision)})"
    desk.tell(Started(attempt=desk.attempt, device=where, settings=described))
    turnstile = Turnstile(desk)

    def locate(clip: ClipReference) -> Path:
        turnstile.heed()  # fetching many clips takes long
        return desk.clip(clip)

    start = start_model(job.start, class_names_of(job.videos), settings.seed, desk)
    with OpenClips() as opened, told_in_words(device, _LESS):
        labelled = labelled_set(job.videos, start.model.config.class_names, locate, opened)
        trainer = _trainer(start, labelled, settings, device, desk, turnstile)
        _run(trainer, desk, Reporter(desk, turnstile.clock))
    notes = f"Trained in {trainer.step} steps from {len(job.videos)} videos"
    desk.tell(
        ModelLearned(
            steps=trainer.step,
            seconds=trainer.seconds,
            model=keep_model(trainer.result, notes, desk),
            log=desk.keep_blob(desk.folder / TABLE),
            released=start.report,
        )
    )


def vis_settings(job: VisTrainJob) -> VisTrainSettings:
    """The settings of a job, or those that suit its start.

    Raises:
        JobSettingsError: They cannot be read or used.
    """
    suited = SMALL if isinstance(job.start, ModelSize) else STANDARD
    try:
        settings = msgspec.json.decode(job.settings, type=VisTrainSettings) if job.settings else suited
        return settings if job.steps is None else dataclasses.replace(settings, steps=job.steps)
    except (msgspec.MsgspecError, MfvisError) as error:
        raise JobSettingsError(
            f"The settings of training cannot be used: {error}. Change them, or leave them out."
        ) from error


def _trainer(
    start: StartModel,
    labelled: LabelledSet,
    settings: VisTrainSettings,
    device: Device,
    desk: Desk,
    turnstile: Turnstile,
) -> VisTrainer:
    """One that goes on from what was saved; where that is of no use, one that begins anew, with a word."""
    folder = desk.folder / "training"

    def made() -> VisTrainer:
        return VisTrainer(
            start.model,
            labelled,
            settings,
            device,
            snapshot_folder=folder,
            steering=Steering(heed=turnstile.heed, clock=turnstile.clock),
        )

    try:
        return made()
    except CheckpointError as error:  # videos and settings are the job's own, so the files are damaged
        desk.tell(Warned(f"What was saved of the training is of no use, so it begins anew: {error}"))
        shutil.rmtree(folder)
        return made()


def _run(trainer: VisTrainer, desk: Desk, reporter: Reporter) -> None:
    """Trains, tells each step, and keeps a table of them."""
    log = TrainingLog(desk.folder, trainer.step)
    warn_of_surplus = _once(desk.tell)

    def told(progress: VisProgress) -> None:
        log.add(progress)
        if progress.surplus_count:
            warn_of_surplus(Warned(_SURPLUS.format(progress.surplus_count, progress.step)))
        reporter.stepped(progress.step, progress.steps, progress.total)

    try:
        trainer.run(told)
    finally:
        log.close()


_SURPLUS = (
    "{} objects of step {} could not be learned from: the model has too few queries for all that its clips show. Limit"
    " them with objects_at_most of clips, or train a larger size."
)


def _once(tell: Callable[[Warned], None]) -> Callable[[Warned], None]:
    """The same, but for later times, when nothing is done."""
    left = [tell]

    def tell_first(event: Warned) -> None:
        if left:
            left.pop()(event)

    return tell_first
