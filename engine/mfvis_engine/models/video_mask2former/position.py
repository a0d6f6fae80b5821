"""Where a feature lies in a clip, told by sines: height and width side by side, time added to both."""

from __future__ import annotations

import math

import torch
from torch import Tensor

TEMPERATURE = 10000.0
_EPSILON = 1e-6


def sine_position_3d(frames: int, height: int, width: int, channels: int, device: torch.device | None = None) -> Tensor:
    """Position embedding of every cell of a clip's grid (Cheng et al., arXiv 2112.10764).

    Cells are counted from 1 along each axis, and the last is at 2 pi.

    Args:
        frames: T.
        height: H of the grid.
        width: W of the grid.
        channels: C, a multiple of 4; the first half tells the row, the second the column, all of them the frame.
        device: Where to make it.

    Returns:
        (T, H, W, C) float32.
    """
    rows = _waves(height, channels // 2, device)[:, None].expand(height, width, -1)
    columns = _waves(width, channels // 2, device)[None].expand(height, width, -1)
    times = _waves(frames, channels, device)
    return torch.cat([rows, columns], dim=-1) + times[:, None, None]


def _waves(count: int, features: int, device: torch.device | None) -> Tensor:
    """Sines at even and cosines at odd features, of slower and slower angle: (count, features)."""
    places = torch.arange(1, count + 1, dtype=torch.float32, device=device) / (count + _EPSILON) * (2 * math.pi)
    index = torch.arange(features, device=device)
    exponents = (index - index % 2).float() / features
    angles = places[:, None] / TEMPERATURE**exponents
    return torch.where(index % 2 == 0, angles.sin(), angles.cos())
