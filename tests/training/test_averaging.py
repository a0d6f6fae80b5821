import torch
from torch import nn

from mfvis_engine.training.averaging import follow, mean_of


def filled(value):
    net = nn.Linear(2, 1)
    for parameter in net.parameters():
        nn.init.constant_(parameter, value)
    return net


def test_the_average_follows_early_steps_fast_and_later_ones_slowly():
    average = filled(1.0)
    follow(average, filled(3.0), 0, 0.9)
    assert torch.equal(average.weight, torch.full((1, 2), 3.0))
    follow(average, filled(1.0), 1000, 0.9)
    assert torch.allclose(average.weight, torch.full((1, 2), 2.8))


def test_the_mean_of_two_leaves_both_as_they_were():
    one, other = filled(1.0), filled(4.0)
    mean = mean_of(one, other)
    assert torch.equal(mean.weight, torch.full((1, 2), 2.5))
    assert (one.bias.item(), other.bias.item()) == (1.0, 4.0)
