"""Frames, masks and boxes of a clip brought to another size, and mirrored, alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

MIN_BOX_SIDE_PX = 1.0
"""Of what is left of a box within the frame; smaller ones are absent."""


@dataclass(frozen=True)
class Resizing:
    """From the size of a video to that of a clip.

    Attributes:
        from_hw: Height and width of the video in pixels.
        to_hw: Height and width of the clip in pixels.
        flipped: Mirrored left to right.
    """

    from_hw: tuple[int, int]
    to_hw: tuple[int, int]
    flipped: bool = False

    @classmethod
    def to_short_side(
        cls, from_hw: tuple[int, int], short_side: int, max_long_side: int | None, *, flipped: bool
    ) -> Resizing:
        """To a short side, or a smaller one where the long side would become too long; the proportions stay."""
        scale = short_side / min(from_hw)
        if max_long_side is not None:
            scale = min(scale, max_long_side / max(from_hw))
        height, width = (max(1, round(side * scale)) for side in from_hw)
        return cls(from_hw, (height, width), flipped)

    def frames(self, frames_rgb: NDArray[np.uint8]) -> Tensor:
        """Frames (T, H, W, 3) uint8 as (T, 3, h, w) uint8; averaged where they shrink."""
        return self._flip(self._interpolated(torch.from_numpy(frames_rgb).permute(0, 3, 1, 2))).contiguous()

    def mask(self, mask: NDArray[np.bool_]) -> Tensor:
        """A mask (H, W) as (h, w) uint8 of 0 and 1: pixels that it covers at least half of."""
        covered = torch.from_numpy(np.ascontiguousarray(mask, np.uint8) * np.uint8(255))
        return (self._flip(self._interpolated(covered[None, None]))[0, 0] >= 128).to(torch.uint8)

    def boxes(self, boxes_xyxy: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Boxes (..., 4) of the video in pixel edges, NaN where absent, in those of the clip.

        Returns:
            The boxes cut to the frame, 0 where absent, and (...) bool: at least a pixel wide and high is left.
        """
        (height, width), (to_height, to_width) = self.from_hw, self.to_hw
        scale = np.array([to_width / width, to_height / height] * 2)
        placed = np.clip(boxes_xyxy, 0, [width, height, width, height]) * scale
        if self.flipped:
            placed = np.stack(
                [to_width - placed[..., 2], placed[..., 1], to_width - placed[..., 0], placed[..., 3]], -1
            )
        sides = placed[..., 2:] - placed[..., :2]
        present: NDArray[np.bool_] = (sides >= MIN_BOX_SIDE_PX).all(-1)  # not so of NaN
        return np.where(present[..., None], placed, 0).astype(np.float32), present

    def _interpolated(self, pictures: Tensor) -> Tensor:
        if self.to_hw == self.from_hw:
            return pictures
        return F.interpolate(pictures, self.to_hw, mode="bilinear", align_corners=False, antialias=True)

    def _flip(self, pictures: Tensor) -> Tensor:
        return pictures.flip(-1) if self.flipped else pictures
