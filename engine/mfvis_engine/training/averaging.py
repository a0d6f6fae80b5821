"""Averages of a network's weights, which predict better than any one state of it."""

from __future__ import annotations

import copy
from typing import TypeVar

import torch
from torch import nn

_Net = TypeVar("_Net", bound=nn.Module)


def follow(average: nn.Module, net: nn.Module, step: int, most_decay: float) -> None:
    """Moves the average's weights toward the network's; early steps, from 0, count more than `most_decay` lets them.

    Args:
        average: Changed in place.
        net: Of the same shape.
        step: Steps done before this one.
        most_decay: Part of the average that is kept, once step / (step + 10) has risen to it.
    """
    decay = min(most_decay, step / (step + 10))
    with torch.no_grad():
        for slow, fast in zip(average.parameters(), net.parameters(), strict=True):
            slow.lerp_(fast, 1 - decay)


def mean_of(one: _Net, other: _Net) -> _Net:
    """A network with the mean of the weights of two, one of which was trained on from the other."""
    mean = copy.deepcopy(one)
    follow(mean, other, 10, 0.5)
    return mean
