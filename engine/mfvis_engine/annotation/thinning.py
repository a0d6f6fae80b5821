"""From a box in every frame to the few keyframes that say the same."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.annotation.errors import InvalidBoxError
from mfvis_engine.annotation.tracks import BoxXyxy, Keyframe, KeyframeOrigin

_FIRST_HORIZON = 64
"""How many frames ahead a line is looked for at first; four times as many where it holds that long."""


def keyframes_of_boxes(
    boxes_xyxy: NDArray[np.floating], tolerance_px: float = 1.0, *, tolerance_of_side: float = 0.0
) -> tuple[Keyframe, ...]:
    """The fewest keyframes out of a track's boxes whose interpolation stays beside every box.

    The first and last box of every stretch are keyframes. Where the track is absent between two stretches, a keyframe
    with `outside` stands in the first frame without a box, and holds the box before it (see `interpolate`).

    Args:
        boxes_xyxy: (T, 4) in pixel edges; a row of NaN where the track is absent.
        tolerance_px: How far an edge of the interpolated box may lie from the box's own, in pixels.
        tolerance_of_side: The same as a part of the box's width (left and right edge) or height (upper and lower); the
            larger of both holds.

    Returns:
        Keyframes of origin `PREDICTED`; none where the track is never there. Every box is met to within the tolerance
        and the last digit of a float32, and so is its absence.

    Raises:
        InvalidBoxError: The shape is another, or a box is not finite or covers nothing.
        ValueError: A tolerance is negative or NaN.
    """
    if not (tolerance_px >= 0 and tolerance_of_side >= 0):
        raise ValueError(f"tolerances {tolerance_px} px and {tolerance_of_side} of a side: give 0 or more")
    boxes = _parse(boxes_xyxy)
    sides = np.tile(boxes[:, 2:] - boxes[:, :2], 2)
    tolerances = np.maximum(tolerance_px, tolerance_of_side * sides)
    keyframes: list[Keyframe] = []
    for start, stop in _stretches(~np.isnan(boxes[:, 0])):
        if keyframes:
            last = keyframes[-1]
            keyframes.append(
                Keyframe(last.frame_index + 1, last.box_xyxy, outside=True, origin=KeyframeOrigin.PREDICTED)
            )
        chosen = _fewest(boxes[start:stop], tolerances[start:stop])
        keyframes += [
            Keyframe(start + index, _box(boxes[start + index]), origin=KeyframeOrigin.PREDICTED) for index in chosen
        ]
    return tuple(keyframes)


def _parse(boxes_xyxy: NDArray[np.floating]) -> NDArray[np.float64]:
    boxes = np.asarray(boxes_xyxy, np.float64)
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise InvalidBoxError(f"the boxes of a track have shape {boxes.shape}: give (frames, 4)")
    absent = np.isnan(boxes).all(axis=1)
    sound = np.isfinite(boxes).all(axis=1) & (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])
    wrong = np.flatnonzero(~absent & ~sound)
    if wrong.size:
        frame_index = int(wrong[0])
        raise InvalidBoxError(
            f"the box of frame {frame_index} is {boxes[frame_index].tolist()}: give x0, y0, x1, y1 with x0 < x1 and"
            " y0 < y1, or four times NaN where the object is absent"
        )
    return boxes


def _stretches(present: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """The first frame of each stretch of presence, and the one behind it."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], present, [False]]).astype(np.int8)))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def _fewest(boxes: NDArray[np.float64], tolerances: NDArray[np.float64]) -> list[int]:
    """The fewest of n boxes, the first and last among them, whose lines stay within the tolerances.

    It is the shortest path from the first to the last box, where a step is a line that holds for all it passes. A line
    that holds for some frames may not hold for fewer, so that the farthest step is not always the best.
    """
    count = len(boxes)
    steps = np.full(count, count, np.int64)
    steps[0] = 0
    came_from = np.zeros(count, np.int64)
    for index in range(count - 1):
        if steps[index] + 1 >= steps[-1]:  # it cannot shorten the way to the last
            continue
        ahead = index + 1 + _held(boxes, tolerances, index)
        better = ahead[steps[ahead] > steps[index] + 1]
        steps[better] = steps[index] + 1
        came_from[better] = index
    chosen = [count - 1]
    while chosen[-1]:
        chosen.append(int(came_from[chosen[-1]]))
    return chosen[::-1]


def _held(boxes: NDArray[np.float64], tolerances: NDArray[np.float64], start: int) -> NDArray[np.intp]:
    """The boxes behind `start` to which a line from it holds, counted from the one next to it."""
    horizon = _FIRST_HORIZON
    while True:
        stop = min(start + 1 + horizon, len(boxes))
        reached, is_shut = _funnel(boxes, tolerances, start, stop)
        if is_shut or stop == len(boxes):
            return reached
        horizon *= 4


def _funnel(
    boxes: NDArray[np.float64], tolerances: NDArray[np.float64], start: int, stop: int
) -> tuple[NDArray[np.intp], bool]:
    """The same up to `stop`, and whether no line can hold beyond.

    What is passed leaves of all slopes an interval, for each of the four edges, which only shrinks.
    """
    frames = np.arange(1, stop - start)[:, None]
    rise, allowed = boxes[start + 1 : stop] - boxes[start], tolerances[start + 1 : stop]
    lowest = np.maximum.accumulate((rise - allowed) / frames)
    highest = np.minimum.accumulate((rise + allowed) / frames)
    slope = rise / frames
    holds = np.ones(len(frames), bool)
    holds[1:] = ((slope[1:] >= lowest[:-1]) & (slope[1:] <= highest[:-1])).all(axis=1)
    return np.flatnonzero(holds), bool((lowest[-1] > highest[-1]).any())


def _box(box_xyxy: NDArray[np.float64]) -> BoxXyxy:
    x0, y0, x1, y1 = box_xyxy.tolist()
    return x0, y0, x1, y1
