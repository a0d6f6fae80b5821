"""Clicks, drags, keys and seconds by phase."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum


class Phase(StrEnum):
    """A part of the work."""

    OPEN = "open"
    BOXES = "boxes"
    TRAIN = "train"
    REVIEW = "review"
    MORE_BOXES = "one more box"
    TRAIN_AGAIN = "train again"
    REVIEW_AGAIN = "review again"
    PAINT = "paint"
    VERIFY = "verify the rest"
    EXPORT = "export"


@dataclass(frozen=True)
class Cost:
    """What a phase took.

    Attributes:
        clicks: Of the mouse, double clicks counted as two.
        drags: From press to release.
        scrolls: Of the dock, to reach a button that is out of view.
        keys: Key presses, with modifiers or without.
        seconds: Of wall clock, in which this hand waits for nothing but the window.
    """

    clicks: int = 0
    drags: int = 0
    scrolls: int = 0
    keys: int = 0
    seconds: float = 0.0

    @property
    def actions(self) -> int:
        """All of them."""
        return self.clicks + self.drags + self.scrolls + self.keys

    def __add__(self, other: Cost) -> Cost:
        """Both together."""
        return Cost(
            self.clicks + other.clicks,
            self.drags + other.drags,
            self.scrolls + other.scrolls,
            self.keys + other.keys,
            self.seconds + other.seconds,
        )


class Tally:
    """Adds up what is done, phase by phase; a phase within another takes over until it ends.

    Attributes:
        costs: By phase.
        now: The phase that goes on.
    """

    def __init__(self, now_s: Callable[[], float] = time.perf_counter) -> None:
        """`now_s` is a clock in seconds."""
        self.costs = dict.fromkeys(Phase, Cost())
        self.now = Phase.OPEN
        self._now_s = now_s
        self._began_s = now_s()

    @contextmanager
    def during(self, phase: Phase) -> Iterator[None]:
        """What is done in the block is of a phase."""
        before = self.now
        self._close_stretch()
        self.now = phase
        try:
            yield
        finally:
            self._close_stretch()
            self.now = before

    def count(self, *, clicks: int = 0, drags: int = 0, scrolls: int = 0, keys: int = 0) -> None:
        """Adds actions."""
        self.costs[self.now] += Cost(clicks, drags, scrolls, keys)

    @property
    def total(self) -> Cost:
        """Of all phases."""
        return sum(self.costs.values(), Cost())

    def _close_stretch(self) -> None:
        now_s = self._now_s()
        cost = self.costs[self.now]
        self.costs[self.now] = replace(cost, seconds=cost.seconds + now_s - self._began_s)
        self._began_s = now_s
