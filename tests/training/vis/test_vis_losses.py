from dataclasses import replace

import pytest
import torch

from mfvis_engine.training.vis.objective_settings import ObjectiveSettings, VisLossWeights
from mfvis_engine.training.vis.vis_losses import LossSeconds, VisLosses, VisTerms, weights_at

SETTINGS = ObjectiveSettings(
    weights=VisLossWeights(pairwise=4.0, temporal=0.5), temporal_warmup_steps=200, pairwise_warmup_steps=100
)


@pytest.mark.parametrize(
    ("step", "temporal", "pairwise"), [(0, 0, 0), (50, 0.125, 2), (100, 0.25, 4), (200, 0.5, 4), (9999, 0.5, 4)]
)
def test_weights_warm_up_in_a_straight_line(step, temporal, pairwise):
    weights = weights_at(SETTINGS, step)
    assert (weights.temporal, weights.pairwise) == (temporal, pairwise)
    assert (weights.classes, weights.projection, weights.absence) == (2, 5, 1)


def test_the_temporal_loss_begins_after_its_delay_the_pairwise_at_once():
    settings = replace(SETTINGS, temporal_delay_steps=1000)
    weights = [weights_at(settings, step) for step in (0, 999, 1000, 1100, 1200, 9999)]
    assert [one.temporal for one in weights] == [0, 0, 0, 0.25, 0.5, 0.5]
    assert [one.pairwise for one in weights[:2]] == [0, 4]


def test_with_a_delay_and_no_warm_up_it_begins_whole():
    settings = ObjectiveSettings(temporal_delay_steps=3, temporal_warmup_steps=0)
    assert [weights_at(settings, step).temporal for step in (2, 3)] == [0, 0.5]


def test_without_warm_up_weights_are_whole_at_once():
    assert weights_at(ObjectiveSettings(temporal_warmup_steps=0), 0) == VisLossWeights()


def test_the_total_is_the_weighted_sum():
    terms = VisTerms(*(torch.tensor(10.0**power) for power in range(7)))
    weights = VisLossWeights(1, 0.1, 2, 3, 4, 5, 6, 7)
    losses = VisLosses(terms, weights, LossSeconds(1, 2, 3, 4, 5, 6, 7, 8), 0)
    assert losses.total() == 7654321
    assert losses.weighted().temporal == 4000
    assert losses.seconds.losses == 3 + 4 + 5 + 6 + 7 + 8
