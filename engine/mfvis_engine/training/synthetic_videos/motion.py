"""Where the things of a video are in each frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Poses = NDArray[np.float64]
"""(T, 3, 3) homogeneous, from a thing's own pixels, centred on 0, to those of each frame."""

_TRIES = 20
_MAX_CLOSE_FRAMES = 0.3  # part of the frames in which two objects may hide each other for the most part
_CROSSING = 0.4  # of the objects, that are on the frame's border in one of the frames


def similarity(
    scale: NDArray[np.floating], angle: NDArray[np.floating], x: NDArray[np.floating], y: NDArray[np.floating]
) -> Poses:
    """Turned by `angle`, scaled, then put at (x, y); all (T,)."""
    cos, sin, zero = scale * np.cos(angle), scale * np.sin(angle), np.zeros_like(scale)
    rows = [cos, -sin, x, sin, cos, y, zero, zero, zero + 1]
    return np.asarray(np.stack(rows, -1).reshape(-1, 3, 3), np.float64)


def camera_poses(
    rng: np.random.Generator, length: int, size_hw: tuple[int, int], pan_px: float, zoom_share: float
) -> Poses:
    """A camera that pans evenly and zooms a little: from the world, centred, to the frames. Identity in the middle.

    Args:
        rng: Source of randomness.
        length: T.
        size_hw: Height and width of the frames.
        pan_px: Standard deviation of the pan, in each direction, in pixels a frame.
        zoom_share: That of the zoom a frame.
    """
    time = np.arange(length) - (length - 1) / 2
    pan, zoom = rng.normal(0, pan_px, 2), rng.normal(0, zoom_share)
    x, y = size_hw[1] / 2 + pan[0] * time, size_hw[0] / 2 + pan[1] * time
    return similarity(np.exp(zoom * time), np.zeros(length), x, y)


def object_poses(
    rng: np.random.Generator,
    camera: Poses,
    size_hw: tuple[int, int],
    speed_px: float,
    others: list[Poses],
    reach: float,
) -> Poses:
    """An object that drifts, turns and changes its size evenly, in front of a moving camera.

    It is in the picture in a frame drawn at random, often on its border, so that it enters or leaves. It passes others,
    but does not stay on them.

    Args:
        rng: Source of randomness.
        camera: Of the video.
        size_hw: Height and width of the frames.
        speed_px: In the world, at the most, in pixels a frame.
        others: Poses of the objects placed before.
        reach: Distance of the centres below which two objects hide each other for the most part, in pixels.
    """
    for _ in range(_TRIES):
        poses = _poses(rng, camera, size_hw, speed_px)
        close = [np.hypot(*(poses[:, :2, 2] - other[:, :2, 2]).T) < reach for other in others]
        if all(frames.mean() <= _MAX_CLOSE_FRAMES for frames in close):
            break
    return poses


def _poses(rng: np.random.Generator, camera: Poses, size_hw: tuple[int, int], speed_px: float) -> Poses:
    length = len(camera)
    shown = int(rng.integers(length))
    time = np.arange(length) - shown
    place = rng.uniform(0.1, 0.9, 2)
    crosses = rng.random() < _CROSSING
    if crosses:
        place[rng.integers(2)] = rng.integers(2)
    x, y = (np.linalg.inv(camera[shown]) @ [*(place * [size_hw[1], size_hw[0]]), 1])[:2]
    speed, heading = rng.uniform(0.5 if crosses else 0, 1) * speed_px, rng.uniform(0, 2 * np.pi)
    bend = rng.normal(0, 0.05)  # of the heading, a frame
    steps = np.cumsum(np.stack([np.cos(heading + bend * time), np.sin(heading + bend * time)]) * speed, 1)
    x_t, y_t = (steps - steps[:, [shown]]) + np.array([[x], [y]])
    scale = np.exp(rng.normal(0, 0.012) * time)
    angle = rng.uniform(0, 2 * np.pi) + np.deg2rad(rng.normal(0, 4)) * time
    return np.asarray(camera @ similarity(scale, angle, x_t, y_t))
