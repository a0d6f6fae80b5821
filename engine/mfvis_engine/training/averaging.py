"""The moving average of a network's weights, which is what predicts."""

from __future__ import annotations

import torch
from torch import nn


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
