import math

import pytest

from mfvis_engine.jobs.carrier.settings import TrainingLimitsError, training_settings
from mfvis_engine.jobs.job import BackboneWeights, LearnedWeights, ShippedWeights, TrainingLimits
from mfvis_engine.training import FineTuneSettings

LEARNED = LearnedWeights("0" * 64)


def test_without_limits_it_is_what_suits_the_start():
    assert training_settings(ShippedWeights(), TrainingLimits()) == FineTuneSettings()
    assert training_settings(BackboneWeights("x"), TrainingLimits()).centre_prior > 0
    again = training_settings(LEARNED, TrainingLimits())
    assert again.steps < FineTuneSettings().steps
    assert again.learning_rate < FineTuneSettings().learning_rate


@pytest.mark.parametrize("start", [ShippedWeights(), BackboneWeights("x"), LEARNED])
def test_one_limit_alone_is_the_only_one(start):
    by_steps = training_settings(start, TrainingLimits(steps=1000))
    assert (by_steps.steps, by_steps.seconds > 1e8) == (1000, True)
    by_seconds = training_settings(start, TrainingLimits(seconds=5))
    assert (by_seconds.seconds, by_seconds.steps > 1e8) == (5.0, True)
    by_both = training_settings(start, TrainingLimits(steps=1000, seconds=5))
    assert (by_both.steps, by_both.seconds) == (1000, 5.0)


@pytest.mark.parametrize("limits", [{"steps": 0}, {"steps": -3}, {"seconds": 0.0}, {"seconds": math.nan}])
def test_a_limit_is_a_positive_number(limits):
    with pytest.raises(TrainingLimitsError, match="above 0"):
        training_settings(ShippedWeights(), TrainingLimits(**limits))
