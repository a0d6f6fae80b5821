"""A simulated annotator: keyframe boxes from exact masks, as a careful person would draw them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from shapes import Floats

KEYFRAME_STEP = 8
OCCLUDED_BELOW = 0.85
"""Share of the object in view below which the annotator ticks `occluded`."""
REDRAWN_BELOW = 0.65
"""Intersection over union below which an interpolated box is seen to be off and drawn anew."""


@dataclass(frozen=True)
class Mark:
    """One keyframe: `box_xyxy` in pixel edges; at an `outside` mark it is the last box drawn."""

    frame_index: int
    box_xyxy: tuple[float, float, float, float]
    occluded: bool
    outside: bool


def tight_boxes(masks: NDArray[np.bool_]) -> Floats:
    """Boxes (T, 4) around masks (T, H, W), in pixel edges; NaN where a mask is empty."""
    boxes = np.full((len(masks), 4), np.nan)
    for frame_index, mask in enumerate(masks):
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        if rows.size:
            boxes[frame_index] = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
    return boxes


def annotate(boxes_xyxy: Floats, visible_share: Floats) -> list[Mark]:
    """Keyframes of one track from its tight boxes (T, 4) and visible shares (T,).

    Every `KEYFRAME_STEP` frames, where the object comes and goes, where it starts or stops being hidden, and
    wherever the box between two keyframes is off.
    """
    present = ~np.isnan(boxes_xyxy[:, 0])
    occluded = present & (visible_share < OCCLUDED_BELOW)
    before, after = np.roll(present, 1), np.roll(present, -1)
    before[0] = after[-1] = False
    changed = np.diff(occluded, prepend=occluded[0])
    drawn = present & (~before | ~after | changed | (np.arange(len(present)) % KEYFRAME_STEP == 0))
    while (overlap := np.where(present, box_iou(between(boxes_xyxy, drawn), boxes_xyxy), 1.0)).min() < REDRAWN_BELOW:
        drawn[overlap.argmin()] = True
    left = ~present & before
    return [
        _mark(boxes_xyxy, frame_index, occluded=bool(occluded[frame_index]), outside=bool(left[frame_index]))
        for frame_index in np.flatnonzero(drawn | left).tolist()
    ]


def _mark(boxes_xyxy: Floats, frame_index: int, *, occluded: bool, outside: bool) -> Mark:
    x0, y0, x1, y1 = boxes_xyxy[frame_index - outside].tolist()
    return Mark(frame_index, (x0, y0, x1, y1), occluded, outside)


def between(boxes_xyxy: Floats, drawn: NDArray[np.bool_]) -> Floats:
    """Boxes (T, 4) on straight lines between the drawn ones (T,)."""
    frames, keys = np.arange(len(boxes_xyxy)), np.flatnonzero(drawn)
    return np.stack([np.interp(frames, keys, boxes_xyxy[keys, side]) for side in range(4)], axis=-1)


def box_iou(first: Floats, second: Floats) -> Floats:
    """Intersection over union of boxes (T, 4), pairwise by row: (T,)."""
    size = np.minimum(first[:, 2:], second[:, 2:]) - np.maximum(first[:, :2], second[:, :2])
    common = np.maximum(size, 0).prod(axis=-1)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(axis=-1) for boxes in (first, second)]
    return np.asarray(common / (areas[0] + areas[1] - common))
