"""What the network is told besides the pixels: the box, the other boxes, and which colours are likely the object's.

The colour prior is GrabCut's idea made an input: the log odds of a pixel's colour under a histogram of what is
thought to be the object and one of what is not. At first the box says which is which, later a mask does.
"""

from __future__ import annotations

import numba
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

#: Value of the box channel where a person drew the box, and where it is a guess between keyframes.
DRAWN_VALUE, GUESSED_VALUE = 1.0, 0.5
_BINS = 12
_SPAN = 2.5  # deviations of colour that the bins cover on either side of the mean
_LIMIT = 3.0


def network_input(crops_rgb: Tensor, prompts: Tensor) -> Tensor:
    """Pixels, normalised by the crop's own colours, and prompt channels.

    Args:
        crops_rgb: (B, 3, S, S, 3) uint8: previous, middle and next frame through one window.
        prompts: (B, 3, S, S): box, other boxes, colour prior.

    Returns:
        (B, 12, S, S) float32.
    """
    pixels = crops_rgb.float()
    mean = pixels.mean((1, 2, 3), keepdim=True)
    spread = (pixels - mean).square().mean((1, 2, 3, 4), keepdim=True).sqrt().clamp(min=4.0)
    stacked = ((pixels - mean) / spread).permute(0, 1, 4, 2, 3).flatten(1, 2)
    return torch.cat([stacked, prompts.float()], dim=1).contiguous(memory_format=torch.channels_last)


def colour_histogram(
    crop_rgb: NDArray[np.uint8], object_weight: NDArray[np.float32], scale: tuple[NDArray[np.float32], float]
) -> NDArray[np.float32]:
    """Histograms (2, 12, 12, 12) of the object's colours and of the others'.

    Args:
        crop_rgb: (S, S, 3) uint8.
        object_weight: (S, S) in 0..1: how much each pixel counts for the object; the rest counts against it.
        scale: Mean (3,) and spread of colour, from `colour_scale`, that place the bins.
    """
    histogram = np.zeros((2, _BINS, _BINS, _BINS), np.float32)
    _count(crop_rgb, object_weight, scale[0], scale[1], histogram)
    return histogram


def colour_scale(crop_rgb: NDArray[np.uint8]) -> tuple[NDArray[np.float32], float]:
    """Mean (3,) and spread of the colours of a crop (..., 3)."""
    pixels = crop_rgb.reshape(-1, 3).astype(np.float32)
    mean = pixels.mean(0)
    return mean, max(float(np.sqrt(np.square(pixels - mean).mean())), 4.0)


def colour_log_odds(
    crop_rgb: NDArray[np.uint8], histogram: NDArray[np.float32], scale: tuple[NDArray[np.float32], float]
) -> NDArray[np.float32]:
    """Log odds (S, S) in -1..1 (that is, of -3..3) of each pixel's colour, object against not."""
    smooth = np.stack([_smooth(part / max(float(part.sum()), 1e-6)) for part in histogram])
    floor = 0.02 / _BINS
    odds = np.log((smooth[0] + floor) / (smooth[1] + floor)).clip(-_LIMIT, _LIMIT) / _LIMIT
    out = np.empty(crop_rgb.shape[:2], np.float32)
    _look_up(crop_rgb, odds.astype(np.float32), scale[0], scale[1], out)
    return out


def colour_prior(crop_rgb: NDArray[np.uint8], object_weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """The prior of one crop (S, S, 3) from its own pixels alone."""
    scale = colour_scale(crop_rgb)
    return colour_log_odds(crop_rgb, colour_histogram(crop_rgb, object_weight, scale), scale)


def _smooth(histogram: NDArray[np.float32]) -> NDArray[np.float32]:
    """A 1-2-1 filter along each axis."""
    for axis in range(3):
        padded = np.pad(histogram, [(1, 1) if a == axis else (0, 0) for a in range(3)], mode="edge")
        lower, upper = padded.take(range(_BINS), axis), padded.take(range(2, _BINS + 2), axis)
        histogram = np.asarray((lower + 2 * histogram + upper) / 4, np.float32)
    return histogram


@numba.njit(nogil=True, cache=True, fastmath=True)
def _bin(value: int, mean: float, spread: float) -> int:
    position = ((value - mean) / spread + _SPAN) * (_BINS / (2 * _SPAN))
    return min(max(int(position), 0), _BINS - 1)


@numba.njit(nogil=True, cache=True, fastmath=True)
def _count(
    crop: NDArray[np.uint8],
    weight: NDArray[np.float32],
    mean: NDArray[np.float32],
    spread: float,
    out: NDArray[np.float32],
) -> None:
    for row in range(crop.shape[0]):
        for column in range(crop.shape[1]):
            r, g, b = crop[row, column, 0], crop[row, column, 1], crop[row, column, 2]
            i, j, k = _bin(r, mean[0], spread), _bin(g, mean[1], spread), _bin(b, mean[2], spread)
            out[0, i, j, k] += weight[row, column]
            out[1, i, j, k] += 1 - weight[row, column]


@numba.njit(nogil=True, cache=True, fastmath=True)
def _look_up(
    crop: NDArray[np.uint8],
    odds: NDArray[np.float32],
    mean: NDArray[np.float32],
    spread: float,
    out: NDArray[np.float32],
) -> None:
    for row in range(crop.shape[0]):
        for column in range(crop.shape[1]):
            r, g, b = crop[row, column, 0], crop[row, column, 1], crop[row, column, 2]
            i, j, k = _bin(r, mean[0], spread), _bin(g, mean[1], spread), _bin(b, mean[2], spread)
            out[row, column] = odds[i, j, k]
