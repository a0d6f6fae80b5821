"""Crop logits back to the frame: clipped to where the mask may be, overlaps to the larger logit."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from mfvis_engine.models.crops import CropWindow

MASK_LOGIT = -0.4
"""Pixels above it are the object's.

The threshold of the best expected J is not 0. With J the best that can be had, a pixel of probability p is worth taking
where p > J / (1 + J), a logit of ln J (as for F1: Lipton et al. 2014): -0.3 where J is 0.74. And on real objects, more
varied than those of the warm start, the network is less sure than it should be; benchmarks/RESULTS.md tells what each
threshold gave.
"""


@dataclass
class FrameCanvas:
    """The masks of one frame while tracks are pasted into it.

    Attributes:
        labels: (H, W) uint16 track ids, 0 background.
        best_logit: (H, W) float32, logit of the label; `MASK_LOGIT` where there is none.
    """

    labels: NDArray[np.uint16]
    best_logit: NDArray[np.float32]

    @classmethod
    def empty(cls, height: int, width: int) -> FrameCanvas:
        """No label anywhere."""
        return cls(np.zeros((height, width), np.uint16), np.full((height, width), MASK_LOGIT, np.float32))

    def paste(
        self,
        mask_logits: NDArray[np.float32],
        window: CropWindow,
        limit_xyxy: NDArray[np.floating],
        track_id: int,
    ) -> None:
        """Labels the pixels whose centre lies in the limit and whose logit is above `MASK_LOGIT` and any other track's.

        Args:
            mask_logits: (S, S) of the crop.
            window: Where the crop lies in the frame.
            limit_xyxy: (4,) box in frame pixels that the mask may not leave.
            track_id: Label to write.
        """
        height, width = self.labels.shape
        x0, y0, x1, y1 = np.rint(limit_xyxy)
        rows, columns = (max(0, int(y0)), min(height, int(y1))), (max(0, int(x0)), min(width, int(x1)))
        scale = mask_logits.shape[0] / window.height, mask_logits.shape[0] / window.width
        _paste(mask_logits, window.y0, window.x0, *scale, rows, columns, self.labels, self.best_logit, track_id)


@numba.njit(nogil=True, cache=True, fastmath=True)
def _paste(
    logits: NDArray[np.float32],
    y0: float,
    x0: float,
    scale_y: float,
    scale_x: float,
    rows: tuple[int, int],
    columns: tuple[int, int],
    labels: NDArray[np.uint16],
    best: NDArray[np.float32],
    track_id: int,
) -> None:
    last = logits.shape[0] - 1
    for row in range(rows[0], rows[1]):
        v = min(max((row + 0.5 - y0) * scale_y - 0.5, 0.0), last - 1e-4)
        top, fy = int(v), v - int(v)
        for column in range(columns[0], columns[1]):
            u = min(max((column + 0.5 - x0) * scale_x - 0.5, 0.0), last - 1e-4)
            left, fx = int(u), u - int(u)
            upper = logits[top, left] * (1 - fx) + logits[top, left + 1] * fx
            lower = logits[top + 1, left] * (1 - fx) + logits[top + 1, left + 1] * fx
            value = upper * (1 - fy) + lower * fy
            if value > best[row, column]:
                best[row, column] = value
                labels[row, column] = track_id
