"""Trains one arm and scores it as it learns."""

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from benchmarks.peak_memory import peak_bytes
from benchmarks.vis.arms import Arm, plan_of
from benchmarks.vis.scoring import score
from mfvis_engine.inference.vis import VisInferenceSettings
from mfvis_engine.models.device import Device
from mfvis_engine.models.video_mask2former import VideoMask2Former, config_of_size
from mfvis_engine.training.steering import Steering
from mfvis_engine.training.synthetic_videos import (
    CLASS_NAMES,
    Split,
    SyntheticVideoSettings,
    Textures,
    labelled_set,
    make_video,
)
from mfvis_engine.training.vis.progress import VisProgress
from mfvis_engine.training.vis.settings import VisTrainSettings
from mfvis_engine.training.vis.trainer import VisTrainer


@dataclass(frozen=True)
class StudySettings:
    """What all arms share.

    Attributes:
        training: Of each training.
        videos: What the videos are like.
        training_videos: How many are learned from.
        held_out_videos: How many are scored on.
        score_every_steps: Steps between two scorings; the last step is scored in any case.
        seed: Of videos, weights and clips.
    """

    training: VisTrainSettings
    videos: SyntheticVideoSettings
    training_videos: int = 1500
    held_out_videos: int = 100
    score_every_steps: int = 1250
    seed: int = 0


@dataclass(frozen=True)
class Scored:
    """An arm after some steps.

    Attributes:
        arm: Which.
        step: After how many steps.
        ap: YouTube-VIS AP on the held-out videos.
        ap50: The same at an IoU of 0.5.
        ap75: The same at 0.75.
        training_seconds: Training alone.
        peak_bytes: Most memory of the process so far.
    """

    arm: Arm
    step: int
    ap: float
    ap50: float
    ap75: float
    training_seconds: float
    peak_bytes: int


class _TrainingClock:
    """Seconds of training: it stands while a model is scored."""

    def __init__(self) -> None:
        self._stood = 0.0

    def __call__(self) -> float:
        return time.monotonic() - self._stood

    def stand_since(self, moment: float) -> None:
        """What came since this moment does not count."""
        self._stood += time.monotonic() - moment


def run_arm(
    arm: Arm,
    settings: StudySettings,
    device: Device,
    folder: Path,
    on_scored: Callable[[Scored], None],
    on_step: Callable[[VisProgress], None],
) -> VideoMask2Former:
    """Trains an arm, telling its scores; returns the model. Goes on with what is saved in the folder."""
    plan = plan_of(arm, settings.training)
    labelled = labelled_set(settings.videos, settings.seed, settings.training_videos, with_masks=plan.with_masks)
    held_out = Textures.of(Split.HELD_OUT)
    videos = tuple(
        make_video(settings.videos, held_out, settings.seed, index) for index in range(settings.held_out_videos)
    )
    torch.manual_seed(settings.seed)
    model = VideoMask2Former(config_of_size("tiny", CLASS_NAMES))
    clock = _TrainingClock()
    steering = Steering(clock=clock)
    trainer = VisTrainer(model, labelled, plan.settings, device, snapshot_folder=folder, steering=steering)
    inference = replace(VisInferenceSettings.released(), short_side=None)

    def told(progress: VisProgress) -> None:
        on_step(progress)
        if progress.step % settings.score_every_steps and progress.step != progress.steps:
            return
        began = time.monotonic()
        ap, ap50, ap75 = score(copy.deepcopy(trainer.result).eval(), videos, inference, device).stats[:3]
        on_scored(Scored(arm, progress.step, ap, ap50, ap75, progress.elapsed_seconds, peak_bytes()))
        clock.stand_since(began)

    trainer.run(told)
    return trainer.result
