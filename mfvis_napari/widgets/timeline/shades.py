"""The colours of a timeline: the window's own, the tracks', and those of the masks' states."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from qtpy.QtGui import QColor, QPalette

from mfvis_napari.layers.colors import color_of
from mfvis_napari.widgets.timeline.pixels import Ink

# Three of Okabe and Ito's colours, which people tell apart whatever their colour vision, the green a little lighter.
_PREDICTED, _EDITED, _VERIFIED = QColor(230, 159, 0), QColor(86, 180, 233), QColor(0, 178, 132)


@dataclass(frozen=True)
class Shades:
    """Made from the window's palette, so that they fit a dark theme and a light one.

    Attributes:
        background: Behind all.
        head: Behind the names.
        selected: Behind the rows of selected tracks.
        line: Between rows.
        faint: Of ticks and what is missing.
        dim: Of what is said beside.
        text: Of what is said, and the cursor.
    """

    background: QColor
    head: QColor
    selected: QColor
    line: QColor
    faint: QColor
    dim: QColor
    text: QColor

    @classmethod
    def of(cls, palette: QPalette) -> "Shades":
        """For a widget with this palette."""
        background = palette.color(QPalette.ColorRole.Window)
        text = palette.color(QPalette.ColorRole.WindowText)
        return cls(
            background,
            mixed(background, text, 0.05),
            mixed(background, text, 0.16),
            mixed(background, text, 0.09),
            mixed(background, text, 0.4),
            mixed(background, text, 0.62),
            text,
        )

    def inks(self, tick: QColor) -> NDArray[np.uint32]:
        """(7,) what every `Ink` is as 0xAARRGGBB, in the row of a track of the colour `tick`."""
        colors = {
            Ink.LINE: mixed(tick, self.background, 0.3),
            Ink.TICK: tick,
            Ink.MISSING: self.faint,
            Ink.PREDICTED: _PREDICTED,
            Ink.EDITED: _EDITED,
            Ink.VERIFIED: _VERIFIED,
        }
        return np.array([colors[ink].rgba() if ink in colors else 0 for ink in Ink], np.uint32)


@cache
def swatch(track_id: int) -> QColor:
    """The colour of a track, as everywhere else."""
    return QColor(*color_of(track_id))


def mixed(color: QColor, other: QColor, share: float) -> QColor:
    """A colour with a `share` of another in it, 0..1."""
    mine = color.red(), color.green(), color.blue()
    others = other.red(), other.green(), other.blue()
    return QColor(*(round(a + (b - a) * share) for a, b in zip(mine, others, strict=True)))
