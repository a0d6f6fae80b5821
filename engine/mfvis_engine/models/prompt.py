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


def colour_prior(crop_rgb: NDArray[np.uint8], object_weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """Log odds of each pixel's colour, object against not, from the crop's own pixels.

    Args:
        crop_rgb: (S, S, 3) uint8.
        object_weight: (S, S) in 0..1: how much each pixel counts for the object; the rest counts against it.

    Returns:
        (S, S) in -1..1, that is, log odds of -3..3.
    """
    bins = _colour_bins(crop_rgb)
    weight = object_weight.ravel()
    likely = [_smoothed_share(bins, counts) for counts in (weight, 1 - weight)]
    floor = 0.02 / _BINS
    odds = np.log((likely[0] + floor) / (likely[1] + floor)).clip(-_LIMIT, _LIMIT) / _LIMIT
    return np.asarray(odds.ravel()[bins].reshape(object_weight.shape), np.float32)


def _colour_bins(crop_rgb: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Index (S * S,) of each pixel's colour into 12 x 12 x 12 bins, placed by the crop's mean colour and spread."""
    pixels = crop_rgb.reshape(-1, 3).astype(np.float32)
    mean = pixels.mean(0)
    spread = max(float(np.sqrt(np.square(pixels - mean).mean())), 4.0)
    bins = np.empty(len(pixels), np.int64)
    _place(crop_rgb.reshape(-1, 3), mean, spread, bins)
    return bins


def _smoothed_share(bins: NDArray[np.int64], counts: NDArray[np.float32]) -> NDArray[np.float32]:
    """Share of the counts in and around each bin, (12, 12, 12)."""
    histogram = np.bincount(bins, counts, minlength=_BINS**3).reshape(_BINS, _BINS, _BINS)
    return _smooth(np.asarray(histogram / max(float(histogram.sum()), 1e-6), np.float32))


def _smooth(histogram: NDArray[np.float32]) -> NDArray[np.float32]:
    """A 1-2-1 filter along each axis."""
    for axis in range(3):
        padded = np.pad(histogram, [(1, 1) if a == axis else (0, 0) for a in range(3)], mode="edge")
        lower, upper = padded.take(range(_BINS), axis), padded.take(range(2, _BINS + 2), axis)
        histogram = np.asarray((lower + 2 * histogram + upper) / 4, np.float32)
    return histogram


@numba.njit(nogil=True, cache=True, fastmath=True)
def _place(pixels: NDArray[np.uint8], mean: NDArray[np.float32], spread: float, out: NDArray[np.int64]) -> None:
    for i in range(pixels.shape[0]):
        flat = 0
        for c in range(3):
            position = ((pixels[i, c] - mean[c]) / spread + _SPAN) * (_BINS / (2 * _SPAN))
            flat = flat * _BINS + min(max(int(position), 0), _BINS - 1)
        out[i] = flat
