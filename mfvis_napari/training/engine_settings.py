"""What the engine tells of how it trains."""

import json
from dataclasses import dataclass

from mfvis_engine.jobs.events import Losses, Progress, Started

LOSS_NAMES = Losses.__struct_fields__
_NO_LIMIT = float("inf")


@dataclass(frozen=True)
class EngineSettings:
    """How the engine trains, as far as the window shows it.

    Attributes:
        steps: At the most.
        seconds: At the most.
        loss_weights: Of each part of the losses, in the order of `LOSS_NAMES`.
    """

    steps: float = _NO_LIMIT
    seconds: float = _NO_LIMIT
    loss_weights: tuple[float, ...] = (1.0,) * len(LOSS_NAMES)

    @classmethod
    def told_by(cls, event: Started) -> "EngineSettings":
        """Those of a job that has begun; what it does not tell is without limit, and of weight 1."""
        told = json.loads(event.settings or "{}")
        weights = told.get("weights", {})
        return cls(
            float(told.get("steps", _NO_LIMIT)),
            float(told.get("seconds", _NO_LIMIT)),
            tuple(float(weights.get(name, 1.0)) for name in LOSS_NAMES),
        )

    def weighted(self, losses: Losses) -> tuple[float, ...]:
        """The parts of the losses, in the order of `LOSS_NAMES`, as they count in the sum."""
        return tuple(weight * getattr(losses, name) for name, weight in zip(LOSS_NAMES, self.loss_weights, strict=True))

    def steps_expected(self, event: Progress) -> int | None:
        """With how many steps training will end, about; None while that cannot be told."""
        if not event.step or not event.per_second:
            return None
        left = min(self.steps - event.step, event.per_second * self.seconds * (1 - event.fraction_done))
        if left == _NO_LIMIT:
            return None
        expected = event.step + max(0.0, left)
        return round(expected) if expected >= self.steps or expected < 20 else 10 * round(expected / 10)
