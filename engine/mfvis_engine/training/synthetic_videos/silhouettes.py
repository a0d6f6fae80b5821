"""The classes: silhouettes that fill very different parts of their boxes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Outline = NDArray[np.float64]
"""(P, 2) of x and y, within the unit circle."""

_SUPERSAMPLES = 4
"""Of a pixel, in each direction, to find how much of it is covered."""


def _disc(rng: np.random.Generator) -> Outline:
    return _circle_points(np.linspace(0, 2 * np.pi, 48, endpoint=False))


def _triangle(rng: np.random.Generator) -> Outline:
    return _circle_points(np.deg2rad([-90, 30, 150]) + rng.normal(0, 0.06, 3))


def _star(rng: np.random.Generator) -> Outline:
    points = _circle_points(np.arange(10) * np.pi / 5 - np.pi / 2)
    points[1::2] *= rng.uniform(0.36, 0.44)
    return points


def _cross(rng: np.random.Generator) -> Outline:
    arm, end = rng.uniform(0.2, 0.27), 0.96
    corner = np.array([[end, -arm], [end, arm], [arm, arm]])
    quarter = np.array([[0.0, -1.0], [1.0, 0.0]])
    turns = [np.linalg.matrix_power(quarter, k) for k in range(4)]
    return np.concatenate([corner @ turn.T for turn in turns])


def _crescent(rng: np.random.Generator) -> Outline:
    """A circle's arc, and back along another's that is shifted to the right."""
    outer = _circle_points(np.deg2rad(np.linspace(55, 305, 40)))
    shift = rng.uniform(0.3, 0.44)
    tip_x, tip_y = outer[0] - [shift, 0]
    angle = np.arctan2(tip_y, tip_x)
    inner = np.hypot(tip_x, tip_y) * _circle_points(np.linspace(-angle, angle - 2 * np.pi, 40)) + [shift, 0]
    return np.concatenate([outer, inner])


def _circle_points(angles: NDArray[np.floating]) -> Outline:
    return np.stack([np.cos(angles), np.sin(angles)], 1).astype(np.float64)


_OUTLINES: dict[str, Callable[[np.random.Generator], Outline]] = {
    "disc": _disc,
    "triangle": _triangle,
    "star": _star,
    "cross": _cross,
    "crescent": _crescent,
}

CLASS_NAMES = tuple(_OUTLINES)


def random_outline(class_index: int, rng: np.random.Generator) -> Outline:
    """A silhouette of a class, its proportions varied a little."""
    return _OUTLINES[CLASS_NAMES[class_index]](rng) * [1, rng.uniform(0.88, 1.0)]


def coverage(outline_px: NDArray[np.float64], height: int, width: int) -> NDArray[np.float32]:
    """How much of each pixel of a picture a filled outline covers, (height, width) in 0..1.

    Args:
        outline_px: (P, 2) of x and y in pixel edges; it may leave the picture.
        height: Rows.
        width: Columns.
    """
    canvas = Image.new("L", (width * _SUPERSAMPLES, height * _SUPERSAMPLES))
    points = outline_px * _SUPERSAMPLES - 0.5  # Pillow's coordinates are those of the middles of pixels
    ImageDraw.Draw(canvas).polygon([(float(x), float(y)) for x, y in points], fill=1)
    samples = np.asarray(canvas).reshape(height, _SUPERSAMPLES, width, _SUPERSAMPLES)
    return np.asarray(samples.mean((1, 3), dtype=np.float32))
