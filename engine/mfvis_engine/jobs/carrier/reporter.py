"""Tells how far a job is, a few times a second: losses, rate, and the seconds that are left."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from mfvis_engine.jobs.carrier.pace import Pace
from mfvis_engine.jobs.events import Losses, Progress, Stage

if TYPE_CHECKING:
    from mfvis_engine.jobs.desk import Desk
    from mfvis_engine.training import FineTuneSettings, TrainingProgress
    from mfvis_engine.training.objective import LossTerms

_EVERY_S = 0.3


class Reporter:
    """Tells `Progress` at a desk, stage after stage."""

    def __init__(self, desk: Desk, clock: Callable[[], float]) -> None:
        """`clock` tells seconds; it stands while the job waits."""
        self._desk, self._clock = desk, clock
        self._stage: Stage | None = None
        self._told_s = -math.inf
        self._pace = Pace(clock)
        self._pieces_read, self._pieces_to_read = 0, 1

    def read(self, pieces: int) -> None:
        """Reading begins, of about so many pieces."""
        self._enter(Stage.READING)
        self._pieces_read, self._pieces_to_read = 0, max(1, pieces)
        self._tell(Progress(stage=Stage.READING, fraction_done=0.0))

    def piece(self) -> None:
        """A piece is read; at other stages nothing happens."""
        if self._stage is Stage.READING:
            self._pieces_read += 1
            if self._due():
                done = min(1.0, self._pieces_read / self._pieces_to_read)
                self._tell(Progress(stage=Stage.READING, fraction_done=done))

    def trained(self, progress: TrainingProgress, settings: FineTuneSettings, then_s: float | None) -> None:
        """A step is done.

        Args:
            progress: Of training.
            settings: Of training.
            then_s: What comes after training will take about so many seconds; None while unknown.
        """
        self._enter(Stage.TRAINING)
        self._pace.mark(progress.step)
        if not (self._due() or progress.step == settings.steps):
            return
        rate = self._pace.per_second
        self._tell(
            Progress(
                stage=Stage.TRAINING,
                fraction_done=progress.fraction_done,
                step=progress.step,
                losses=_losses(progress.losses),
                per_second=rate,
                seconds_left=_training_left_s(progress, settings, rate) + then_s
                if rate and then_s is not None
                else None,
            )
        )

    def stepped(self, step: int, steps: int, loss: float) -> None:
        """A step of so many, of training a model for many videos, is done."""
        self._enter(Stage.TRAINING)
        self._pace.mark(step)
        if not (self._due() or step == steps):
            return
        rate = self._pace.per_second
        self._tell(
            Progress(
                stage=Stage.TRAINING,
                fraction_done=step / steps,
                step=step,
                loss=loss,
                per_second=rate,
                seconds_left=(steps - step) / rate if rate else None,
            )
        )

    def predicted(self, done: int, wanted: int) -> None:
        """So many of the wanted frames are there."""
        self._enter(Stage.PREDICTING)
        self._pace.mark(done)
        if not (self._due() or done == wanted):
            return
        rate = self._pace.per_second
        self._tell(
            Progress(
                stage=Stage.PREDICTING,
                fraction_done=done / max(1, wanted),
                step=done,
                per_second=rate,
                seconds_left=(wanted - done) / rate if rate else None,
            )
        )

    def _enter(self, stage: Stage) -> None:
        if stage is not self._stage:
            self._stage, self._pace, self._told_s = stage, Pace(self._clock), -math.inf

    def _due(self) -> bool:
        return self._clock() - self._told_s >= _EVERY_S

    def _tell(self, progress: Progress) -> None:
        self._told_s = self._clock()
        self._desk.tell(progress)


def _losses(terms: LossTerms) -> Losses:
    """Waits for the device: only where it is told."""
    return Losses(**{field.name: float(getattr(terms, field.name)) for field in dataclasses.fields(terms)})


def _training_left_s(progress: TrainingProgress, settings: FineTuneSettings, rate: float) -> float:
    return max(0.0, min((settings.steps - progress.step) / rate, settings.seconds - progress.seconds))
