"""Frames and tracks made by hand."""

import numpy as np

from mfvis_engine.inference.vis import FoundTrack, VisFrame
from mfvis_engine.models.crops import tight_box


def vis_frame(frame_index, masks, scores=None):
    """A frame of masks by track number, each a list of strings of 0 and 1."""
    pixels = np.array([[[pixel == "1" for pixel in row] for row in mask] for mask in masks.values()])
    return VisFrame(
        frame_index,
        np.array(list(masks), np.int64),
        pixels,
        np.asarray([1.0] * len(masks) if scores is None else scores, np.float32),
        np.asarray([tight_box(mask) for mask in pixels], np.float32),
    )


def box_frame(frame_index, boxes, height=20, width=30):
    """A frame of filled boxes (x0, y0, x1, y1) by track number."""
    masks = np.zeros((len(boxes), height, width), np.bool_)
    for mask, (x0, y0, x1, y1) in zip(masks, boxes.values(), strict=True):
        mask[y0:y1, x0:x1] = True
    return VisFrame(
        frame_index,
        np.array(list(boxes), np.int64),
        masks,
        np.ones(len(boxes), np.float32),
        np.asarray(list(boxes.values()), np.float32).reshape(-1, 4),
    )


def found(number, class_scores, frame_count=1):
    scores = np.asarray(class_scores, np.float32)
    return FoundTrack(number, int(scores.argmax()), float(scores.max()), scores, 0, frame_count - 1, frame_count)
