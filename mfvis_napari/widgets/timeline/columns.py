"""Many frames reduced to columns of pixels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mfvis_napari.widgets.timeline.board import Row
from mfvis_napari.widgets.timeline.looks import MaskLook
from mfvis_napari.widgets.timeline.scale import Scale

GAPS_FROM_PX = 6.0
"""Cells at least so wide are told apart by a gap."""


@dataclass(frozen=True, eq=False)
class Columns:
    """What is in sight of a row, in C columns.

    Attributes:
        boxes: (C,) uint8 of `BoxLook`.
        masks: (C,) uint8 of `MaskLook`.
        key_columns: (K,) int64, the columns in the middle of the keyframes in sight, and of some just beyond.
        key_looks: (K,) uint8 of `KeyLook`.
    """

    boxes: NDArray[np.uint8]
    masks: NDArray[np.uint8]
    key_columns: NDArray[np.int64]
    key_looks: NDArray[np.uint8]


def columns_of(row: Row, scale: Scale, starts: NDArray[np.int64]) -> Columns:
    """A row in columns.

    A column that stands for several frames shows the look that is most in need, not the most frequent one: a mask
    that is missing before one that is predicted, then edited or imported, then verified. So what looks done is done.

    Args:
        row: The whole row.
        scale: What is in sight.
        starts: (C + 1,) of `Scale.column_starts`.
    """
    count = starts.size - 1
    masks = _highest(row.masks, starts)
    if scale.px_per_frame >= GAPS_FROM_PX:
        last_of_cell = np.append(starts[1:-1] != starts[:-2], False)
        masks[last_of_cell] = MaskLook.NONE_DUE
    columns_per_px = count / scale.width_px
    first, last = np.searchsorted(row.boxes.key_frames, (starts[0] - 1, starts[-1] + 1))
    frames = row.boxes.key_frames[first:last]
    centers_px = (frames + 0.5 - scale.first_frame) * scale.px_per_frame
    return Columns(
        _highest(row.boxes.looks, starts),
        masks,
        np.floor(centers_px * columns_per_px).astype(np.int64),
        row.boxes.key_looks[first:last],
    )


def _highest(looks: NDArray[np.uint8], starts: NDArray[np.int64]) -> NDArray[np.uint8]:
    """(C,) the highest look between one start and the next; that of the start where they are the same."""
    highest: NDArray[np.uint8] = np.maximum.reduceat(looks[: starts[-1]], starts[:-1])
    return highest
