"""Crop windows around boxes: choosing them, reading pixels through them, writing logits back."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

#: Side of the crop window over the long side of the box.
CONTEXT = 1.6
#: A window's short side is at least this part of its long side; boxes thinner than that keep their proportion.
MIN_ASPECT = 0.6
#: How far a mask may leave a box that was not drawn, as a part of its sides.
GUESS_MARGIN = 0.12
_MIN_SIDE = 8.0


@dataclass(frozen=True)
class CropWindow:
    """A rectangle of the frame, in pixel edges; it may reach outside the frame."""

    x0: float
    y0: float
    x1: float
    y1: float

    @classmethod
    def around(cls, boxes_xyxy: NDArray[np.floating], context: float = CONTEXT) -> CropWindow:
        """The window around the union of boxes (N, 4), enlarged by `context` about its centre."""
        x0, y0 = boxes_xyxy[:, :2].min(0)
        x1, y1 = boxes_xyxy[:, 2:].max(0)
        longest = max(x1 - x0, y1 - y0)
        half_width = context * max(x1 - x0, MIN_ASPECT * longest, _MIN_SIDE) / 2
        half_height = context * max(y1 - y0, MIN_ASPECT * longest, _MIN_SIDE) / 2
        cx, cy = (x0 + x1) / 2, (y0 + y1) / 2
        return cls(float(cx - half_width), float(cy - half_height), float(cx + half_width), float(cy + half_height))

    @property
    def width(self) -> float:
        """Frame pixels across."""
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        """Frame pixels down."""
        return self.y1 - self.y0

    def box_to_crop(self, boxes_xyxy: NDArray[np.floating], size: int) -> NDArray[np.float64]:
        """Boxes (..., 4) of the frame in pixels of a crop of side `size`."""
        offset = np.asarray([self.x0, self.y0, self.x0, self.y0])
        scale = np.asarray([size / self.width, size / self.height] * 2)
        return np.asarray((boxes_xyxy - offset) * scale, np.float64)

    def box_to_frame(self, boxes_xyxy: NDArray[np.floating], size: int) -> NDArray[np.float64]:
        """The inverse of `box_to_crop`."""
        offset = np.asarray([self.x0, self.y0, self.x0, self.y0])
        scale = np.asarray([self.width / size, self.height / size] * 2)
        return np.asarray(boxes_xyxy * scale + offset, np.float64)

    def read(self, frame: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
        """The window's pixels as a (size, size, C) crop; the frame's border is repeated outside it.

        Args:
            frame: (H, W, C) uint8.
            size: Side of the crop in pixels.
        """
        out = np.empty((size, size, frame.shape[2]), np.uint8)
        samples = max(1, math.ceil(max(self.width, self.height) / size - 0.5))
        _read(frame, self.x0, self.y0, self.width / size, self.height / size, samples, out)
        return out


def box_coverage(boxes_xyxy: NDArray[np.floating], size: int) -> NDArray[np.float32]:
    """How much of each pixel the boxes cover: boxes (N, 4) in crop pixels -> (N, size, size) in 0..1."""
    edges = np.arange(size)
    across = np.minimum(boxes_xyxy[:, 2:3], edges + 1) - np.maximum(boxes_xyxy[:, 0:1], edges)
    down = np.minimum(boxes_xyxy[:, 3:4], edges + 1) - np.maximum(boxes_xyxy[:, 1:2], edges)
    return np.asarray(down.clip(0, 1)[:, :, None] * across.clip(0, 1)[:, None, :], np.float32)


def mask_limit(box_xyxy: NDArray[np.floating], *, exact: bool) -> NDArray[np.float64]:
    """The box (4,) that a mask may not leave: a drawn one itself, a guess grown by `GUESS_MARGIN` of its sides."""
    sides = np.tile(box_xyxy[2:] - box_xyxy[:2], 2)
    margin = 0.0 if exact else GUESS_MARGIN
    return np.asarray(box_xyxy + margin * sides * np.asarray([-1, -1, 1, 1]), np.float64)


def tight_box(mask: NDArray[np.bool_]) -> NDArray[np.float64] | None:
    """The box_xyxy (4,) of a mask (H, W), or None where it is empty."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return None
    return np.asarray([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], np.float64)


@numba.njit(nogil=True, cache=True, fastmath=True)
def _taps(
    start: float, step: float, count: int, samples: int, limit: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """For each of count * samples positions along an axis: the pixel before it, and the weight of the one after."""
    first = np.empty(count * samples, np.int64)
    weight = np.empty(count * samples, np.float32)
    for i in range(count * samples):
        at = min(max(start + (i + 0.5) / samples * step - 0.5, 0.0), limit - 1.0)
        first[i] = max(min(int(at), limit - 2), 0)
        weight[i] = at - first[i]
    return first, weight


@numba.njit(nogil=True, cache=True, fastmath=True)
def _read(
    frame: NDArray[np.uint8], x0: float, y0: float, dx: float, dy: float, samples: int, out: NDArray[np.uint8]
) -> None:
    """Mean of samples x samples bilinear taps for each pixel of out (S, S, C)."""
    height, width, channels = frame.shape
    size = out.shape[0]
    xs, fxs = _taps(x0, dx, size, samples, width)
    ys, fys = _taps(y0, dy, size, samples, height)
    share = np.float32(1.0 / (samples * samples))
    total = np.zeros(channels, np.float32)
    for row in range(size):
        for column in range(size):
            total[:] = 0
            for i in range(row * samples, (row + 1) * samples):
                top, fy = ys[i], fys[i]
                low = min(top + 1, height - 1)
                for j in range(column * samples, (column + 1) * samples):
                    left, fx = xs[j], fxs[j]
                    right = min(left + 1, width - 1)
                    w11 = fx * fy
                    w01, w10, w00 = fx - w11, fy - w11, 1 - fx - fy + w11
                    for c in range(channels):
                        total[c] += (
                            w00 * np.float32(frame[top, left, c])
                            + w01 * np.float32(frame[top, right, c])
                            + w10 * np.float32(frame[low, left, c])
                            + w11 * np.float32(frame[low, right, c])
                        )
            for c in range(channels):
                out[row, column, c] = np.uint8(total[c] * share + np.float32(0.5))
