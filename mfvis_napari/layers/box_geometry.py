"""What a person did to a shape, as a box: axis-parallel and inside the picture."""

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.annotation import BoxXyxy

MIN_SIDE_PX = 3.0
"""A drawn box that is smaller on a side was a click, not a box."""

_DECIMALS = 2
"""Hundredths of a pixel: finer than any hand."""


def bounding_box_xyxy(vertices_yx: NDArray[np.floating]) -> BoxXyxy:
    """The smallest axis-parallel box around (M, 2) vertices; it may cover nothing."""
    (y0, x0), (y1, x1) = vertices_yx.min(axis=0), vertices_yx.max(axis=0)
    return (
        round(float(x0), _DECIMALS),
        round(float(y0), _DECIMALS),
        round(float(x1), _DECIMALS),
        round(float(y1), _DECIMALS),
    )


def edited_box_xyxy(before_yx: NDArray[np.floating], after_yx: NDArray[np.floating]) -> BoxXyxy:
    """The box that is meant by a shape after an edit.

    Args:
        before_yx: (4, 2) corners of the box as it was, one after the other around it.
        after_yx: (M, 2) vertices of the shape as it is now. Where one corner alone was dragged, the one opposite stays.
    """
    if before_yx.shape == after_yx.shape:
        moved = np.flatnonzero((before_yx != after_yx).any(axis=1))
        if moved.size == 1:
            corner = int(moved[0])
            return bounding_box_xyxy(after_yx[[corner, (corner + 2) % 4]])
    return bounding_box_xyxy(after_yx)


def clipped_xyxy(box_xyxy: BoxXyxy, width_px: int, height_px: int) -> BoxXyxy | None:
    """The part of a box that lies in a picture; None where nothing does."""
    x0, y0, x1, y1 = box_xyxy
    x0, x1 = max(x0, 0.0), min(x1, float(width_px))
    y0, y1 = max(y0, 0.0), min(y1, float(height_px))
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None


def is_too_small(box_xyxy: BoxXyxy) -> bool:
    """Whether a drawn box was rather a click."""
    x0, y0, x1, y1 = box_xyxy
    return min(x1 - x0, y1 - y0) < MIN_SIDE_PX
