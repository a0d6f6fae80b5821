"""Carries a job out: reads the clip, learns, predicts, and tells all of it at a desk. It knows no dask."""

from __future__ import annotations

import dataclasses
import json
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from mfvis_engine.annotation import DenseBoxes, interpolate
from mfvis_engine.inference import Learned, refine_boxes
from mfvis_engine.inference.refined import refined_once
from mfvis_engine.jobs.carrier.bench import Bench
from mfvis_engine.jobs.carrier.learning import PIECES_A_FRAME, Learning
from mfvis_engine.jobs.carrier.memory import Portions
from mfvis_engine.jobs.carrier.prediction import Prediction, wanted_frames
from mfvis_engine.jobs.carrier.settings import training_settings
from mfvis_engine.jobs.carrier.weights import UntrainedWeightsError, load_refiner, load_start, load_weights
from mfvis_engine.jobs.events import Started
from mfvis_engine.jobs.job import AnyJob, BackboneWeights, PredictJob, TrainJob, VisPredictJob, VisTrainJob
from mfvis_engine.models import Device
from mfvis_engine.training import FineTuneSettings

if TYPE_CHECKING:
    from mfvis_engine.jobs.desk import Desk


def carry_out(job: AnyJob, clip_path: Path, desk: Desk) -> None:
    """Does what the job asks, and tells it; returns when all is done, and tells nothing of the end.

    A job that was stopped goes on from what it left in the desk's folder. The same job gives the same masks in whatever
    order its frames are made, as long as steps, not seconds, end its training.

    Args:
        job: What to do.
        clip_path: Where the clip lies on this machine, of several the first; the desk knows where the others are.
        desk: Where to tell and ask.

    Raises:
        JobCancelledError: It was cancelled; frames that were told are whole.
        MfvisError: What a person can mend: no box to learn from, a device or weights that are not there, a clip that
            cannot be read, too little memory.
    """
    if isinstance(job, VisTrainJob | VisPredictJob):
        _carry_out_on_videos(job, clip_path, desk)
        return
    device = Device.choose(job.device)
    settings = FineTuneSettings() if isinstance(job, PredictJob) else training_settings(job.start, job.limits)
    described = "" if isinstance(job, PredictJob) else json.dumps(dataclasses.asdict(settings))
    desk.tell(Started(attempt=desk.attempt, device=str(device), settings=described))
    with closing(job.clip.open(clip_path)) as video:
        bench = Bench(desk, device, video, Portions.of(settings))
        if isinstance(job, TrainJob):
            _train(job, settings, bench)
            return
        frames = wanted_frames(job.frames, job.clip)
        if isinstance(job, PredictJob):
            learned = _ready(job, bench)
        else:
            learned = Learning(job, load_start(job.start, desk), settings, bench).learned()
        # Frames told before a stop are of another network where what was learned then is lost.
        done = desk.frames_done() if learned.from_before else ()
        Prediction(learned, frames, done, bench).carry_out()


def _carry_out_on_videos(job: VisTrainJob | VisPredictJob, clip_path: Path, desk: Desk) -> None:
    """With a model for many videos, whose parts are loaded when they are needed: they take seconds."""
    if isinstance(job, VisTrainJob):
        from mfvis_engine.jobs.carrier.vis_training import train_model

        train_model(job, desk)
    else:
        from mfvis_engine.jobs.carrier.vis_prediction import find_tracks

        find_tracks(job, clip_path, desk)


def _train(job: TrainJob, settings: FineTuneSettings, bench: Bench) -> None:
    learned = Learning(job, load_start(job.start, bench.desk), settings, bench).learned()
    bench.previews.show(learned.net, learned.boxes, learned.steps)


def _ready(job: PredictJob, bench: Bench) -> Learned:
    """The weights as they are, with better boxes between keyframes."""
    if isinstance(job.weights, BackboneWeights):
        raise UntrainedWeightsError(
            f"The backbone {job.weights.name!r} alone cannot predict masks. Train with it first, or predict with the"
            " weights that come with the program."
        )
    net = load_weights(job.weights, bench.desk).to(bench.device.torch_device)
    refiner = load_refiner(job.weights)
    refiner = net if refiner is None else refiner.to(bench.device.torch_device)
    boxes = interpolate(job.annotations, job.clip.length)

    def refined(portions: Portions) -> DenseBoxes:
        steering = bench.steering(portions)
        steered = steering.steered(refiner)
        bench.reporter.read(int(boxes.present.any(0).sum()) * PIECES_A_FRAME)
        if bench.desk.attempt == 1:
            bench.previews.show(steering.steered(net), boxes, step=0)
        return refined_once(bench.desk.folder, boxes, lambda: refine_boxes(steered, bench.video, boxes, bench.device))

    return Learned(net, bench.memory.within(refined), steps=0, from_before=True)
