"""How whoever started long work steers it while it runs: holds it up, ends it, and bounds its memory."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from mfvis_engine.models.box_prompted import PromptedNet


def _go_on() -> None:
    """Neither waits nor ends the work."""


@dataclass(frozen=True)
class Steering:
    """What long work asks between its pieces.

    Attributes:
        heed: Called many times a second; it may wait, and what it raises ends the work.
        clock: Seconds, never falling; it stands while the work is held up.
        crops_at_once: Crops in one forward pass of prediction, at the most.
    """

    heed: Callable[[], None] = _go_on
    clock: Callable[[], float] = time.monotonic
    crops_at_once: int = 32

    def steered(self, net: PromptedNet) -> PromptedNet:
        """The same network, which heeds before each forward pass and takes a few crops at once; for prediction only."""
        return _SteeredNet(net, self)


class _SteeredNet(PromptedNet):
    def __init__(self, net: PromptedNet, steering: Steering) -> None:
        super().__init__()
        self.crop_size = net.crop_size
        self._net, self._steering = net, steering

    def forward(self, inputs: Tensor) -> Tensor:
        """(B, 12, S, S) -> (B, S, S)."""
        portions = torch.split(inputs, self._steering.crops_at_once)
        return torch.cat([self._logits(some) for some in portions])

    def _logits(self, inputs: Tensor) -> Tensor:
        self._steering.heed()
        logits: Tensor = self._net(inputs)
        return logits
