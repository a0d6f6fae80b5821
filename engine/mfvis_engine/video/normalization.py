"""One mapping of pixel values to 8 bit for a whole video."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.video.source import VideoError

LOW_PERCENT, HIGH_PERCENT = 0.1, 99.9
SAMPLE_FRAMES = 16
SAMPLE_PIXELS = 2**18


@dataclass(frozen=True)
class Normalization:
    """Maps values linearly: `low` and below to 0, `high` and above to 255.

    Raises:
        VideoError: the limits are not finite, or low is not below high.
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        if not (np.isfinite(self.low) and np.isfinite(self.high) and self.low < self.high):
            raise VideoError(f"Normalisation needs finite low < high. Got low={self.low}, high={self.high}.")

    def apply(self, values: NDArray[Any]) -> NDArray[np.uint8]:
        """Map an array of any shape and number type; NaN becomes 0."""
        scaled = (values.astype(np.float64) - self.low) / (self.high - self.low) * 255.0
        rounded = np.floor(np.clip(np.nan_to_num(scaled, nan=0.0, posinf=255.0, neginf=0.0), 0, 255) + 0.5)
        return rounded.astype(np.uint8)


def sample_indices(length: int) -> list[int]:
    """Choose at most 16 frame indices, spread evenly, first and last among them."""
    count = min(length, SAMPLE_FRAMES)
    return sorted({round(float(at)) for at in np.linspace(0, length - 1, count)})


def measure_normalization(frames: Iterable[NDArray[Any]]) -> Normalization:
    """Take the 0.1 and 99.9 percentiles of the finite values of some frames, at most 2**18 values of each."""
    values = np.concatenate([_sample(frame) for frame in frames])
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return Normalization(0.0, 1.0)
    low, high = (float(limit) for limit in np.percentile(finite, [LOW_PERCENT, HIGH_PERCENT]))
    if low == high:  # nearly all values are alike: let the rare others decide
        low, high = float(finite.min()), float(finite.max())
    return Normalization(low, high if high > low else low + max(1.0, abs(low) * 1e-6))


def to_rgb8(pixels: NDArray[Any], normalization: Normalization | None) -> NDArray[np.uint8]:
    """Turn (H, W), (H, W, 1), (H, W, 3) or (H, W, 4) pixels into a new RGB picture.

    A fourth channel, opacity, is dropped. Without a normalisation the pixels must be uint8 or bool.

    Returns:
        (H, W, 3) uint8.
    """
    grey = pixels[..., np.newaxis] if pixels.ndim == 2 else pixels
    colours = grey[..., :3]
    if normalization is not None:
        colours = normalization.apply(colours)
    elif colours.dtype == np.bool_:
        colours = colours.astype(np.uint8) * np.uint8(255)
    return np.array(np.broadcast_to(colours, (*colours.shape[:2], 3)), dtype=np.uint8, order="C")


def is_8bit(dtype: np.dtype[Any]) -> bool:
    """Tell whether pixels of this type are shown as they are."""
    return dtype in (np.dtype(np.uint8), np.dtype(np.bool_))


def _sample(frame: NDArray[Any]) -> NDArray[np.float64]:
    flat = np.asarray(frame).reshape(-1)
    stride = -(-flat.size // SAMPLE_PIXELS) or 1
    return flat[::stride].astype(np.float64)
