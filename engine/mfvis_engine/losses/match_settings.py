"""Which candidates the patch matcher looks at, and which it keeps."""

import math
from dataclasses import dataclass

from mfvis_engine.losses.errors import LossInputError


@dataclass(frozen=True)
class MatchSettings:
    """Settings of the one patch matcher.

    Attributes:
        offsets_yx: Candidate displacements (dy, dx) in pixels of the loss grid; ties go to the earlier one.
        patch_size: Side of the square patch that describes a pixel; odd.
        top_k: Matches kept per pixel at most.
        min_similarity: Smallest similarity exp(-||distance|| / 2) of a match, in (0, 1].
    """

    offsets_yx: tuple[tuple[int, int], ...]
    patch_size: int = 3
    top_k: int = 5
    min_similarity: float = 0.05

    def __post_init__(self) -> None:
        if not self.offsets_yx or len(set(self.offsets_yx)) != len(self.offsets_yx):
            raise LossInputError("Candidate offsets must be at least one, each once.")
        if self.patch_size < 1 or self.patch_size % 2 == 0:
            raise LossInputError(f"The patch size must be odd and at least 1. Got {self.patch_size}.")
        if not 1 <= self.top_k <= len(self.offsets_yx):
            raise LossInputError(
                f"Of {len(self.offsets_yx)} candidates, between 1 and all can be kept per pixel. Got {self.top_k}."
            )
        if not 0 < self.min_similarity <= 1:
            raise LossInputError(f"The smallest similarity must lie in (0, 1]. Got {self.min_similarity}.")

    @classmethod
    def disc(cls, radius: int = 5) -> "MatchSettings":
        """All offsets within `radius` pixels, row by row (MaskFreeVIS, Algorithm 1)."""
        steps = range(-radius, radius + 1)
        return cls(tuple((dy, dx) for dy in steps for dx in steps if dy * dy + dx * dx <= radius * radius))

    @classmethod
    def sparse_grid(cls, step: int = 3) -> "MatchSettings":
        """The nine offsets {-step, 0, step}^2, row by row, as in the released MaskFreeVIS code."""
        steps = (-step, 0, step)
        return cls(tuple((dy, dx) for dy in steps for dx in steps))

    @property
    def reach(self) -> int:
        """The largest displacement along one axis, in pixels."""
        return max(max(abs(dy), abs(dx)) for dy, dx in self.offsets_yx)

    @property
    def max_squared_distance(self) -> float:
        """The squared patch distance at which the similarity is `min_similarity`."""
        return (2 * math.log(self.min_similarity)) ** 2


DISC = MatchSettings.disc()
"""Algorithm 1 of the paper: radius 5, 81 candidates."""

SPARSE_GRID = MatchSettings.sparse_grid()
"""The released code: 9 candidates, 3 pixels apart."""
