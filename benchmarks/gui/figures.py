"""What was measured, and how it is printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

HEADER = f"{'':44}{'alone':>8}{'p95':>8}{'ours':>8}{'p95':>8}{'more':>8}{'at p95':>8}"


@dataclass(frozen=True)
class Figure:
    """One number.

    Attributes:
        what: Was measured.
        value: How much.
        unit: Of what.
        aim: What was aimed at, if anything.
        is_least: Whether the aim is the least that it should be, not the most.
    """

    what: str
    value: float
    unit: str
    aim: float | None = None
    is_least: bool = False

    @property
    def line(self) -> str:
        """For people."""
        return f"{self.what:76}{self.value:8.1f} {self.unit}{_verdict(self.value, self.aim, self.is_least)}"


@dataclass(frozen=True)
class Comparison:
    """The same with the plugin and without it, in milliseconds.

    Attributes:
        what: Was measured.
        alone_ms: Median without.
        alone_p95_ms: 95th percentile without.
        ours_ms: Median with.
        ours_p95_ms: 95th percentile with.
        aim_ms: By how much the percentiles may differ, if there is an aim.
        count: How often each was measured.
    """

    what: str
    alone_ms: float
    alone_p95_ms: float
    ours_ms: float
    ours_p95_ms: float
    aim_ms: float | None
    count: int

    @classmethod
    def of(cls, what: str, alone_ms: Sequence[float], ours_ms: Sequence[float], aim_ms: float | None) -> Comparison:
        """Of single times."""
        alone, ours = np.percentile(alone_ms, (50, 95)).tolist(), np.percentile(ours_ms, (50, 95)).tolist()
        return cls(what, *alone, *ours, aim_ms, len(ours_ms))

    @property
    def more_ms(self) -> float:
        """How much longer it takes, at the median."""
        return self.ours_ms - self.alone_ms

    @property
    def more_p95_ms(self) -> float:
        """How much longer it takes, at the 95th percentile."""
        return self.ours_p95_ms - self.alone_p95_ms

    @property
    def line(self) -> str:
        """Below `HEADER`."""
        times = (self.alone_ms, self.alone_p95_ms, self.ours_ms, self.ours_p95_ms, self.more_ms, self.more_p95_ms)
        return f"{self.what:44}{''.join(f'{ms:8.1f}' for ms in times)} ms{_verdict(self.more_p95_ms, self.aim_ms)}"


def _verdict(value: float, aim: float | None, is_least: bool = False) -> str:
    if aim is None:
        return ""
    is_met = value >= aim if is_least else value <= aim
    return f"  (aim: {'at least' if is_least else 'at most'} {aim:g}, {'met' if is_met else 'missed'})"
