"""One colour a track: that of its mask, its box and its row in every list."""

from functools import cache

import numpy as np
from napari.utils.colormaps import CyclicLabelColormap
from numpy.typing import NDArray

from mfvis_engine.annotation.palette import track_color

COLOR_COUNT = 240
"""So many tracks differ; then colours come again, since a texture of 8 bit is what draws fast."""


@cache
def color_of(track_id: int) -> tuple[int, int, int]:
    """RGB in 0..255 of a track."""
    return track_color((track_id - 1) % COLOR_COUNT + 1)


def rgba_of(track_id: int) -> NDArray[np.float32]:
    """(4,) RGBA in 0..1 of a track, opaque."""
    return np.array([*color_of(track_id), 255], np.float32) / np.float32(255)


def mask_colormap() -> CyclicLabelColormap:
    """Gives label values these colours; 0 is transparent."""
    colors = np.zeros((COLOR_COUNT + 1, 4), np.float32)
    for track_id in range(1, COLOR_COUNT + 1):
        colors[track_id] = rgba_of(track_id)
    return CyclicLabelColormap(colors=colors, background_value=0)
