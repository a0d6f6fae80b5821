"""A small clip that is easy to segment: a bright disc drifting over dark noise."""

import numpy as np

from mfvis_engine.annotation import Annotations, Keyframe, Track, interpolate
from mfvis_engine.video import ArrayVideo

HEIGHT, WIDTH, LENGTH, RADIUS = 48, 64, 10, 9


def disc_masks():
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    centres = [(24 + 0.5 * t, 20 + 2 * t) for t in range(LENGTH)]
    return np.stack([(rows - y) ** 2 + (columns - x) ** 2 < RADIUS**2 for y, x in centres])


def disc_video():
    noise = np.random.default_rng(0).normal(0, 8, (LENGTH, HEIGHT, WIDTH, 3))
    frames = np.where(disc_masks()[..., None], [190, 150, 60], [50, 60, 90]) + noise
    return ArrayVideo(frames.clip(0, 255).astype(np.uint8))


def tight_box(mask):
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)


def disc_boxes(every=1):
    masks = disc_masks()
    frames = sorted({*range(0, LENGTH, every), LENGTH - 1})
    track = Track(7, "disc", tuple(Keyframe(t, tight_box(masks[t])) for t in frames))
    return interpolate(Annotations((track,)), LENGTH)
