"""Better boxes between keyframes: where the network sees the object, rather than on the straight line."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mfvis_engine.annotation import BoxOrigin, DenseBoxes
from mfvis_engine.inference.views import segment_frames
from mfvis_engine.models.box_prompted import PromptedNet
from mfvis_engine.models.device import Device
from mfvis_engine.video import VideoSource

_ROUNDS = 2
#: In one round a side moves at the most by this part of the box's sides.
_MOST_STEP = 0.25
#: An error of this part of the box's sides at the keyframes makes the mask's side a third as credible.
_CREDIBLE_ERROR = 0.05
#: Sides of masks waver by about this part of the box's sides from frame to frame; smaller moves are none.
_NOISE = 0.01


def refine_boxes(
    net: PromptedNet, video: VideoSource, boxes: DenseBoxes, device: Device, rounds: int = _ROUNDS
) -> DenseBoxes:
    """Moves interpolated boxes to where the network sees the object; drawn boxes stay as they are.

    The network is asked at the drawn boxes too. How far each side of its mask's tight box is from the drawn box there
    says by how much to correct that side between them, and how far to trust it: where the network misses a part of the
    object, the straight line stays. Moves are smoothed over time, so that one bad frame does not lead others astray.

    Args:
        net: On `device`.
        video: T frames.
        boxes: Boxes of N tracks in T frames.
        device: Where the network is.
        rounds: How often.

    Returns:
        The same tracks, frames and origins.
    """
    guessed = boxes.origin == BoxOrigin.INTERPOLATED
    for _ in range(rounds if guessed.any() else 0):
        moves = _moves(boxes, _mask_boxes(net, video, boxes, device))
        moved = boxes.boxes_xyxy + np.where(guessed[..., None], _smoothed(moves), 0)
        boxes = dataclasses.replace(boxes, boxes_xyxy=_inside_picture(moved, video).astype(np.float32))
    return boxes


def _mask_boxes(net: PromptedNet, video: VideoSource, boxes: DenseBoxes, device: Device) -> NDArray[np.float64]:
    """Tight boxes of the predicted masks (N, T, 4), NaN where there is none; every box is treated as a guess."""
    found = np.full(boxes.boxes_xyxy.shape, np.nan)
    undrawn = np.where(boxes.present, BoxOrigin.INTERPOLATED, BoxOrigin.ABSENT).astype(np.uint8)
    guesses = dataclasses.replace(boxes, origin=undrawn)
    frames = np.flatnonzero(boxes.present.any(0)).tolist()
    for view, logits in segment_frames(net, video, guesses, frames, device):
        for row, window, mask_logits in zip(view.rows, view.windows, logits, strict=True):
            box = _mask_box(mask_logits)
            if box is not None:
                found[row, view.frame_index] = window.box_to_frame(box, len(mask_logits))
    return found


def _moves(boxes: DenseBoxes, found: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far each side of each box should move, (N, T, 4); 0 for drawn boxes and where no mask was found."""
    drawn_boxes = boxes.boxes_xyxy.astype(np.float64)
    sides = np.tile(drawn_boxes[..., 2:] - drawn_boxes[..., :2], 2)
    offset = (drawn_boxes - found) / sides
    moves = np.zeros(found.shape)
    times = np.arange(boxes.length)
    for row in range(len(found)):
        known = np.flatnonzero(boxes.given[row] & np.isfinite(offset[row, :, 0]))
        if not len(known):
            continue
        error = np.stack([np.interp(times, known, offset[row, known, side]) for side in range(4)], -1)
        doubt = np.stack([np.interp(times, known, np.abs(offset[row, known, side])) for side in range(4)], -1)
        trust = np.exp(-doubt / _CREDIBLE_ERROR)
        step = error - offset[row]
        step = np.sign(step) * np.maximum(np.abs(step) - _NOISE - doubt / 4, 0)
        moves[row] = np.nan_to_num((trust * step).clip(-_MOST_STEP, _MOST_STEP) * sides[row])
    return moves


def _mask_box(mask_logits: NDArray[np.float32]) -> NDArray[np.float64] | None:
    """The box_xyxy of the largest connected part of a mask (S, S), None where it is empty."""
    parts, count = ndimage.label(mask_logits > 0)
    if not count:
        return None
    largest = 1 + int(np.bincount(parts.ravel())[1:].argmax())
    rows, columns = ndimage.find_objects(parts)[largest - 1]
    return np.asarray([columns.start, rows.start, columns.stop, rows.stop], np.float64)


def _smoothed(moves: NDArray[np.float64]) -> NDArray[np.float64]:
    """1-2-1 means over time."""
    return np.asarray(ndimage.correlate1d(moves, np.asarray([1.0, 2.0, 1.0]) / 4, axis=1, mode="nearest"))


def _inside_picture(boxes_xyxy: NDArray[np.floating], video: VideoSource) -> NDArray[np.float64]:
    """Boxes clipped to the picture, at least two pixels wide and high; NaN stays."""
    limit = np.asarray([video.width, video.height])
    low = np.clip(boxes_xyxy[..., :2], 0, limit - 2)
    high = np.clip(np.maximum(boxes_xyxy[..., 2:], low + 2), 0, limit)
    return np.concatenate([low, high], axis=-1)
