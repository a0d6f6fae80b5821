"""Which axis of an array counts frames, and which one holds colour."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.video.source import VideoError

COLOUR_AXES = "CS"
COLOUR_SIZES = (3, 4)


@dataclass(frozen=True)
class FrameAxes:
    """The roles of the axes of one array.

    Attributes:
        names: one upper-case letter an axis, Y and X among them (T, Z, C, S as in OME; others count as T).
        shape: size of each axis.
        frame_axis: the axis that counts frames, None for a single picture.
        colour_axis: the axis of 3 or 4 colours, None for grey.
    """

    names: str
    shape: tuple[int, ...]
    frame_axis: int | None
    colour_axis: int | None

    @property
    def length(self) -> int:
        """Number of frames."""
        return 1 if self.frame_axis is None else self.shape[self.frame_axis]

    @property
    def height(self) -> int:
        """Rows of a frame."""
        return self.shape[self.names.index("Y")]

    @property
    def width(self) -> int:
        """Columns of a frame."""
        return self.shape[self.names.index("X")]

    def selection(self, frame_index: int) -> tuple[int | slice, ...]:
        """Index expression that picks one frame; the axes that stay keep their order."""
        picked: list[int | slice] = [0] * len(self.names)
        for axis in self._kept:
            picked[axis] = slice(None)
        if self.frame_axis is not None:
            picked[self.frame_axis] = frame_index
        return tuple(picked)

    def picture(self, selected: NDArray[Any]) -> NDArray[Any]:
        """Order the axes of a selected frame as (H, W) or (H, W, colours)."""
        order = "YX" if self.colour_axis is None else "YX" + self.names[self.colour_axis]
        kept = [self.names[axis] for axis in self._kept]
        return np.transpose(selected, [kept.index(name) for name in order])

    @property
    def _kept(self) -> list[int]:
        return [axis for axis, name in enumerate(self.names) if name in "YX" or axis == self.colour_axis]


def parse_axes(names: str, shape: tuple[int, ...], source: str) -> FrameAxes:
    """Give every axis its role.

    Axes of size 1 are passed over. A C or S axis of size 3 or 4 holds colour. Of the others at most one may
    be larger than 1: it counts frames, whatever its name (a time-lapse is often saved as a Z stack).

    Args:
        names: a letter for each axis, any case.
        shape: size of each axis.
        source: what error messages call the array.

    Raises:
        VideoError: Y or X is missing, an axis is empty, or several axes could count frames.
    """
    names = names.upper()
    sizes = ", ".join(f"{name}={size}" for name, size in zip(names, shape, strict=False))
    if len(names) != len(shape) or names.count("Y") != 1 or names.count("X") != 1:
        raise VideoError(f"{source}: axes {names!r} of shape {shape} do not name one Y and one X axis each.")
    if 0 in shape:
        raise VideoError(f"{source} is empty: its axes are {sizes}.")
    extra = [axis for axis, name in enumerate(names) if name not in "YX" and shape[axis] > 1]
    colours = [axis for axis in extra if names[axis] in COLOUR_AXES and shape[axis] in COLOUR_SIZES]
    counters = [axis for axis in extra if axis not in colours]
    if len(colours) > 1 or len(counters) > 1 or any(names[axis] in COLOUR_AXES for axis in counters):
        raise VideoError(
            f"{source} has the axes {sizes}. A video needs one axis of frames, Y, X, and at most one axis of "
            f"3 or 4 colours. Save one channel and one plane, or a projection, and open that."
        )
    return FrameAxes(names, tuple(shape), *(axes[0] if axes else None for axes in (counters, colours)))
