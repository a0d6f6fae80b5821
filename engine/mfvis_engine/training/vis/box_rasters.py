"""Filled rectangles on the grid of the losses, as their profiles along the two axes: no pixel is ever drawn."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from mfvis_engine.losses import LOSS_STRIDE, Shadows


@dataclass(frozen=True)
class BoxRasters:
    """Rectangles on a grid of h x w; a pixel is the product of its column and its row.

    Attributes:
        columns: (..., w) float32 in 0..1.
        rows: (..., h) float32 in 0..1.
    """

    columns: Tensor
    rows: Tensor

    @classmethod
    def of_boxes(
        cls, boxes_xyxy: Tensor, present: Tensor, grid_hw: tuple[int, int], stride: int = LOSS_STRIDE
    ) -> BoxRasters:
        """Draws boxes as a filled mask of full size, resized bilinearly without smoothing, would look.

        So a grid pixel is what the box covers of the two input pixels at its middle, along each axis. A box narrower
        than a grid pixel fills the one that its middle is in.

        Args:
            boxes_xyxy: (..., 4) in edges of input pixels.
            present: (...) bool; where it is false, nothing is drawn.
            grid_hw: Height and width of the grid.
            stride: Input pixels per grid pixel, along each side.
        """
        x0, y0, x1, y1 = boxes_xyxy.float().unbind(-1)
        columns, rows = _profile(x0, x1, grid_hw[1], stride), _profile(y0, y1, grid_hw[0], stride)
        return cls(columns * present[..., None], rows * present[..., None])

    @classmethod
    def around_masks(cls, shadows: Shadows) -> BoxRasters:
        """The tight rectangles around masks, logit > 0; nothing where a mask is empty."""
        return cls(_between_ends(shadows.columns > 0), _between_ends(shadows.rows > 0))

    @property
    def area(self) -> Tensor:
        """(...) the sum of the pixels."""
        return self.columns.sum(-1) * self.rows.sum(-1)

    @property
    def covers(self) -> Tensor:
        """(..., h, w) bool: the pixels that a rectangle touches."""
        return (self.rows > 0)[..., :, None] & (self.columns > 0)[..., None, :]

    def __getitem__(self, index: Tensor | slice) -> BoxRasters:
        """Some of the rectangles, by their first dimension."""
        return BoxRasters(self.columns[index], self.rows[index])

    def sampled(self, points_xy: Tensor) -> Tensor:
        """The pixels' values between their centres, bilinear, zero outside the grid: (..., P).

        Args:
            points_xy: (P, 2) in 0..1 of the grid's width and height.
        """
        # Bilinear sampling of a product of two profiles is the product of the two sampled linearly.
        return _linear(self.columns, points_xy[:, 0]) * _linear(self.rows, points_xy[:, 1])


def _profile(low: Tensor, high: Tensor, length: int, stride: int) -> Tensor:
    pixel = torch.arange(length, device=low.device, dtype=torch.float32)
    first = (pixel + 0.5) * stride - 1
    covered = torch.minimum(high[..., None], first + 2) - torch.maximum(low[..., None], first)
    middle = ((low + high) / (2 * stride)).floor().clamp(0, length - 1)
    thin = (high - low < stride)[..., None] & (pixel == middle[..., None])
    return torch.where(thin, 1.0, (covered / 2).clamp(0, 1))


def _between_ends(hit: Tensor) -> Tensor:
    """1.0 from the first true entry to the last."""
    counts = hit.to(torch.int32).cumsum(-1)
    return ((counts > 0) & ((counts < counts[..., -1:]) | hit)).float()


def _linear(profile: Tensor, position: Tensor) -> Tensor:
    padded = torch.nn.functional.pad(profile, (1, 1))
    place = position * profile.shape[-1] + 0.5
    below = place.floor().clamp(0, profile.shape[-1])
    share = place - below
    index = below.long()
    return torch.lerp(padded[..., index], padded[..., index + 1], share.to(profile.dtype))
