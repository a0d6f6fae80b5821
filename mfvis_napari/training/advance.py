"""How far a training is."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto


class Phase(Enum):
    """What goes on."""

    STARTING = auto()
    SENDING = auto()
    WAITING = auto()
    READING = auto()
    LEARNING = auto()
    PREDICTING = auto()
    SEARCHING = auto()
    TAKING_OVER = auto()
    PAUSED = auto()
    STOPPING = auto()


@dataclass(frozen=True)
class Advance:
    """How far a training is at a moment.

    Attributes:
        phase: What goes on.
        count: Steps learned, or frames made or taken over, so far.
        total: Of how many; None while unknown.
        per_second: Steps or frames a second, lately; 0 while unknown.
        seconds_left: Until all is done; None while unknown.
        fraction: Of the whole training, 0 to 1; it never goes back.
    """

    phase: Phase
    count: int = 0
    total: int | None = None
    per_second: float = 0.0
    seconds_left: float | None = None
    fraction: float = 0.0


_SPANS = {
    Phase.READING: (0.03, 0.12),
    Phase.LEARNING: (0.12, 0.8),
    Phase.PREDICTING: (0.8, 1.0),
    Phase.SEARCHING: (0.03, 1.0),
}
"""Which part of the whole a phase is while nobody can say how long it will take."""


class WholeJob:
    """The fraction of the whole that is done, from what each phase says of itself."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        """`now_s` is a clock in seconds that does not go back."""
        self._now_s = now_s
        self._fraction = 0.0
        self._anchor: tuple[float, float] | None = None

    def fraction(self, phase: Phase, of_phase: float = 0.0, seconds_left: float | None = None) -> float:
        """What to show now.

        Args:
            phase: What goes on.
            of_phase: How much of that is done, 0 to 1.
            seconds_left: Until all is done; None while unknown.
        """
        if phase in _SPANS:
            first, last = _SPANS[phase]
            guess = first + (last - first) * of_phase
            known = guess if seconds_left is None else self._by_time(seconds_left)
            self._fraction = min(1.0, max(self._fraction, known))
        return self._fraction

    def _by_time(self, seconds_left: float) -> float:
        """From the moment when it was first known how long it takes, in proportion to time."""
        if self._anchor is None:
            self._anchor = (self._now_s(), self._fraction)
        since_s, at_first = self._anchor
        elapsed_s = self._now_s() - since_s
        whole_s = elapsed_s + seconds_left
        return at_first + (1 - at_first) * (elapsed_s / whole_s if whole_s > 0 else 1.0)
