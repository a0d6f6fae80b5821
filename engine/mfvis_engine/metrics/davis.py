"""DAVIS region similarity J and boundary measure F of one object in one frame.

From "A Benchmark Dataset and Evaluation Methodology for Video Object Segmentation" (Perazzi et al., CVPR
2016), section 3; F with the usual approximation of the boundary matching by a tolerance.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.errors import MfvisError

_TOLERANCE = 0.008  # of the image diagonal

Mask = NDArray[np.bool_]


class MaskShapeError(MfvisError):
    """Two masks that cannot be compared."""


def region_similarity(prediction: Mask, truth: Mask) -> float:
    """J: intersection over union of two masks (H, W); 1 when both are empty.

    Raises:
        MaskShapeError: the masks are not two pictures of one size.
    """
    prediction, truth = _as_masks(prediction, truth)
    union = np.count_nonzero(prediction | truth)
    return np.count_nonzero(prediction & truth) / union if union else 1.0


def boundary_f(prediction: Mask, truth: Mask, *, tolerance: float = _TOLERANCE) -> float:
    """F: harmonic mean of the boundaries' precision and recall; 1 when neither mask (H, W) has a boundary.

    A boundary pixel is right if the other boundary has a pixel within a disk whose radius is `tolerance` of
    the image diagonal, rounded up to whole pixels. One boundary without the other gives 0. The picture's rim
    is no boundary.

    Args:
        prediction: the mask found.
        truth: the true mask.
        tolerance: fraction of the image diagonal, above 0.

    Raises:
        MaskShapeError: the masks are not two pictures of one size.
    """
    prediction, truth = _as_masks(prediction, truth)
    radius = math.ceil(tolerance * math.hypot(*truth.shape))
    region = _surroundings(prediction | truth)
    found, true = _boundary(prediction[region]), _boundary(truth[region])
    if not found.any() or not true.any():
        return float(found.any() == true.any())
    precision, recall = _fraction_near(found, true, radius), _fraction_near(true, found, radius)
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _as_masks(prediction: Mask, truth: Mask) -> tuple[Mask, Mask]:
    prediction, truth = np.asarray(prediction, dtype=np.bool_), np.asarray(truth, dtype=np.bool_)
    if prediction.ndim != 2 or prediction.shape != truth.shape:
        raise MaskShapeError(
            f"Masks of shape {prediction.shape} and {truth.shape} cannot be compared. "
            "Give the masks of one object in one frame, both (height, width)."
        )
    return prediction, truth


def _surroundings(mask: Mask) -> tuple[slice, slice]:
    """The bounding rows and columns of `mask` (H, W), and one more on each side where the picture has it."""
    spans = (np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0)))
    rows, columns = (slice(max(span[0] - 1, 0), span[-1] + 2) if span.size else slice(0) for span in spans)
    return rows, columns


def _boundary(mask: Mask) -> Mask:
    """The pixels (H, W) that differ from their neighbour to the right, below, or below and to the right."""
    differs = np.zeros(mask.shape, dtype=np.bool_)
    differs[:, :-1] |= mask[:, :-1] != mask[:, 1:]
    differs[:-1, :] |= mask[:-1, :] != mask[1:, :]
    differs[:-1, :-1] |= mask[:-1, :-1] != mask[1:, 1:]
    return differs


def _fraction_near(points: Mask, others: Mask, radius: int) -> float:
    """Fraction of the `points` (H, W) that have one of the `others` (H, W) within `radius` pixels."""
    height, width = others.shape
    # before[y, x]: how many of the others lie left of x in row y, so that a span of a row costs two look-ups.
    before = np.zeros((height + 2 * radius, width + 2 * radius + 1), dtype=np.int32)
    np.cumsum(np.pad(others, radius), axis=1, out=before[:, 1:])
    rows, columns = np.nonzero(points)
    is_near = np.zeros(rows.size, dtype=np.bool_)
    for offset in range(-radius, radius + 1):
        reach = math.isqrt(radius**2 - offset**2)
        row, centre = rows + radius + offset, columns + radius
        is_near |= before[row, centre + reach + 1] > before[row, centre - reach]
    return float(np.mean(is_near))
