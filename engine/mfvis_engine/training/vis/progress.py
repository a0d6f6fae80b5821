"""What a training tells of each step: losses, rate, and where the seconds went."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch

PARTS = ("data", "network", "colours", "matching", "losses", "backward", "optimizer")
"""What the seconds of a step go to, in the order in which they are spent."""


@dataclass(frozen=True)
class VisProgress:
    """One step.

    Attributes:
        step: From 1.
        steps: How many there will be.
        total: The loss, the mean over all clips of the step.
        terms: Its parts, each times its weight, by name.
        rate: The learning rate.
        seconds: Spent in the step, by part; see `PARTS`.
        elapsed_seconds: Since the training began, time before a stop included.
        surplus_count: Objects of its clips that no query was left for, so that they were not learned from.
    """

    step: int
    steps: int
    total: float
    terms: tuple[tuple[str, float], ...]
    rate: float
    seconds: tuple[tuple[str, float], ...]
    elapsed_seconds: float
    surplus_count: int = 0


@dataclass
class Stopwatch:
    """Adds up seconds by part; on CUDA it waits for the work to be done where `exact`, which slows it a little.

    Attributes:
        device: What works.
        exact: Whether to wait.
        seconds: So far, by part.
    """

    device: torch.device
    exact: bool = False
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Counts what is done inside as this part."""
        began = self._now()
        yield
        self.add(name, self._now() - began)

    def add(self, name: str, seconds: float) -> None:
        """Adds seconds measured elsewhere."""
        self.seconds[name] = self.seconds.get(name, 0.0) + seconds

    def taken(self) -> tuple[tuple[str, float], ...]:
        """The seconds since the last time this was asked, in the order of `PARTS`."""
        seconds, self.seconds = self.seconds, {}
        return tuple((name, seconds.get(name, 0.0)) for name in PARTS)

    def _now(self) -> float:
        if self.exact and self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        return time.perf_counter()
