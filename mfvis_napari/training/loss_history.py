"""The losses of a training, as many points of them as can be seen."""

import numpy as np
from numpy.typing import NDArray

MOST_POINTS = 400
_NEWEST_WEIGHT = 0.15
"""Of the newest point in the smooth line."""


class LossHistory:
    """Weighted parts of the objective over the steps; where they get too many, pairs of them become one.

    Attributes:
        names: Of the P parts.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self._steps: list[float] = []
        self._parts: list[NDArray[np.float64]] = []

    def __len__(self) -> int:
        return len(self._steps)

    def add(self, step: int, parts: tuple[float, ...]) -> None:
        """Adds a step; those from it on are forgotten, as where training goes on from an earlier one."""
        while self._steps and self._steps[-1] >= step:
            self._steps.pop()
            self._parts.pop()
        self._steps.append(step)
        self._parts.append(np.nan_to_num(np.array(parts, np.float64), posinf=0.0, neginf=0.0))
        if len(self._steps) > MOST_POINTS:
            self._halve()

    @property
    def steps(self) -> NDArray[np.float64]:
        """(K,) ascending."""
        return np.array(self._steps)

    @property
    def parts(self) -> NDArray[np.float64]:
        """(K, P)."""
        return np.array(self._parts).reshape(-1, len(self.names))

    @property
    def total(self) -> NDArray[np.float64]:
        """(K,) the sum of the parts."""
        return np.asarray(self.parts.sum(axis=1))

    @staticmethod
    def smooth(values: NDArray[np.float64]) -> NDArray[np.float64]:
        """(K,) or (K, P) the same without the noise of single steps."""
        smoothed = np.array(values)
        for place in range(1, len(values)):
            smoothed[place] = smoothed[place - 1] + _NEWEST_WEIGHT * (values[place] - smoothed[place - 1])
        return smoothed

    def _halve(self) -> None:
        even = len(self._steps) // 2 * 2
        steps = np.array(self._steps[:even]).reshape(-1, 2).mean(axis=1)
        parts = np.array(self._parts[:even]).reshape(-1, 2, len(self.names)).mean(axis=1)
        self._steps = [*steps.tolist(), *self._steps[even:]]
        self._parts = [*parts, *self._parts[even:]]
