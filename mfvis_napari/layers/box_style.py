"""How boxes look: thick where somebody drew them, thin between two keyframes, pale where the object is hidden."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mfvis_napari.layers.colors import rgba_of
from mfvis_napari.session import FrameBox

GIVEN_WIDTH = 3.0
"""Thickness of a box that somebody drew, in pixels of the screen."""

INTERPOLATED_WIDTH = 1.2
"""Thickness of a box on the line between two others."""

OCCLUDED_ALPHA = 0.5


@dataclass(frozen=True)
class BoxStyle:
    """How boxes are drawn.

    Attributes:
        edge_widths: (N,) in pixels of the picture.
        edge_colors: (N, 4) RGBA in 0..1.
        labels: What is written at each.
        label_colors: (N, 4) RGBA in 0..1.
    """

    edge_widths: NDArray[np.float32]
    edge_colors: NDArray[np.float32]
    labels: tuple[str, ...]
    label_colors: NDArray[np.float32]


def style_of(boxes: Sequence[FrameBox], pixel_size: float) -> BoxStyle:
    """How to draw boxes where one pixel of the screen covers `pixel_size` of the picture."""
    widths = [GIVEN_WIDTH if box.is_given else INTERPOLATED_WIDTH for box in boxes]
    label_colors = np.array([rgba_of(box.track_id) for box in boxes], np.float32).reshape(-1, 4)
    edge_colors = label_colors.copy()
    edge_colors[[box.occluded for box in boxes], 3] = OCCLUDED_ALPHA
    labels = tuple(map(label_of, boxes))
    return BoxStyle(np.array(widths, np.float32) * pixel_size, edge_colors, labels, label_colors)


def label_of(box: FrameBox) -> str:
    """What is written at a box: "3 fish", "3 fish · hidden"."""
    return f"{box.track_id} {box.category}{' · hidden' if box.occluded else ''}"
