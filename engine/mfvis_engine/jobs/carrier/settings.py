"""From the start weights and limits of a job to the settings of training."""

import dataclasses
import math

from mfvis_engine.jobs.errors import EngineError
from mfvis_engine.jobs.job import BackboneWeights, LearnedWeights, ShippedWeights, TrainingLimits, Weights
from mfvis_engine.training import FineTuneSettings

_NO_STEP_LIMIT = 10**9
_NO_SECOND_LIMIT = 1e9

_FROM_SHIPPED = FineTuneSettings()
_FROM_BACKBONE = FineTuneSettings(centre_prior=1.0)
"""A decoder that starts from random weights needs the centre prior."""
_FROM_LEARNED = FineTuneSettings(steps=20, seconds=30.0, learning_rate=2e-4, most_tubes=48, first_passes=1)
"""The network knows the objects: a correction needs few steps, and small ones, not to forget the rest."""


class TrainingLimitsError(EngineError):
    """A limit of training is no positive number."""


def training_settings(start: Weights, limits: TrainingLimits) -> FineTuneSettings:
    """How long and how fast to train; without limits what suits the start weights, one limit alone is the only one.

    Raises:
        TrainingLimitsError: A limit is no positive number.
    """
    suited = _suited(start)
    if limits.steps is None and limits.seconds is None:
        return suited
    for name, value in (("steps", limits.steps), ("seconds", limits.seconds)):
        if value is not None and not (value > 0 and math.isfinite(value)):
            raise TrainingLimitsError(f"The {name} of training are limited to {value}. Give a number above 0, or none.")
    steps = _NO_STEP_LIMIT if limits.steps is None else limits.steps
    seconds = _NO_SECOND_LIMIT if limits.seconds is None else float(limits.seconds)
    return dataclasses.replace(suited, steps=steps, seconds=seconds)


def _suited(start: Weights) -> FineTuneSettings:
    match start:
        case ShippedWeights():
            return _FROM_SHIPPED
        case BackboneWeights():
            return _FROM_BACKBONE
        case LearnedWeights():
            return _FROM_LEARNED
