"""Soft-edged shapes seen by a moving camera: views, tubes, ellipses, light and textures.

Lengths are world units (pixels of the table photograph), x to the right and y down. A view maps the world to
the picture; every shape is a signed distance in world units, negative inside.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.ndimage import map_coordinates

Floats = NDArray[np.float64]
Window = tuple[slice, slice]

FAR = 1e3
"""Signed distance, in world units, of pixels that a shape does not come near."""

_LIGHT = np.array([0.48, -0.56, 0.68])


@dataclass(frozen=True)
class View:
    """A camera above the flat world.

    Attributes:
        centre_xy: World point in the middle of the picture.
        zoom: Picture pixels per world unit.
        roll: Turn of the camera in radians.
        width: Picture columns.
        height: Picture rows.
    """

    centre_xy: tuple[float, float]
    zoom: float
    roll: float
    width: int
    height: int

    @cached_property
    def world_xy(self) -> tuple[Floats, Floats]:
        """World coordinates of all pixel centres: x and y, each (height, width)."""
        column = np.arange(self.width) + 0.5 - self.width / 2
        row = np.arange(self.height)[:, None] + 0.5 - self.height / 2
        cos, sin = np.cos(self.roll) / self.zoom, np.sin(self.roll) / self.zoom
        return (
            self.centre_xy[0] + cos * column - sin * row,
            self.centre_xy[1] + sin * column + cos * row,
        )

    def window(self, point_xy: Floats, reach: float) -> Window:
        """The rows and columns within `reach` world units of `point_xy`, clipped to the picture."""
        dx, dy = (np.asarray(point_xy) - self.centre_xy) * self.zoom
        cos, sin = np.cos(self.roll), np.sin(self.roll)
        column = cos * dx + sin * dy + self.width / 2
        row = cos * dy - sin * dx + self.height / 2
        pixels = reach * self.zoom + 2
        return _clipped(row, pixels, self.height), _clipped(column, pixels, self.width)

    def coverage(self, distance: Floats) -> Floats:
        """Share of each pixel inside a shape, 0..1, from its signed distance."""
        return np.clip(0.5 - distance * self.zoom, 0.0, 1.0)


def _clipped(centre: float, reach: float, size: int) -> slice:
    low, high = int(np.floor(centre - reach)), int(np.ceil(centre + reach))
    return slice(min(max(low, 0), size), min(max(high, 0), size))


class Relief(NamedTuple):
    """A rounded shape on the picture grid; every array is (height, width).

    Attributes:
        distance: Signed distance to the outline.
        along: Arc length from the start of the tube.
        across: Signed distance from the tube's axis.
        normal_x: Rightward part of the surface normal.
        normal_y: Downward part of the surface normal.
    """

    distance: Floats
    along: Floats
    across: Floats
    normal_x: Floats
    normal_y: Floats


def tubes(view: View, chains: Sequence[tuple[Floats, Floats]]) -> Relief:
    """The union of tubes, each a polyline of points (K, 2) with radii (K,); lengths start anew in each."""
    relief = Relief(np.full((view.height, view.width), FAR), *np.zeros((4, view.height, view.width)))
    for points_xy, radii in chains:
        start = 0.0
        for index in range(len(points_xy) - 1):
            start += _lay_segment(relief, view, points_xy[index : index + 2], radii[index : index + 2], start)
    return relief


def _lay_segment(relief: Relief, view: View, ends_xy: Floats, radii: Floats, start: float) -> float:
    """Put one straight piece of a tube into `relief` where it is the deepest; returns its length."""
    length = float(np.hypot(*(ends_xy[1] - ends_xy[0])))
    along_x, along_y = (ends_xy[1] - ends_xy[0]) / length
    at = view.window(ends_xy.mean(axis=0), length / 2 + radii.max())
    x, y = view.world_xy
    dx, dy = x[at] - ends_xy[0, 0], y[at] - ends_xy[0, 1]
    reached = np.clip(dx * along_x + dy * along_y, 0.0, length)
    off_x, off_y = dx - reached * along_x, dy - reached * along_y
    off = np.hypot(off_x, off_y)
    radius = radii[0] + (radii[1] - radii[0]) * reached / length
    side = np.where(along_x * dy - along_y * dx < 0, -1.0, 1.0)
    segment = Relief(off - radius, start + reached, side * off, off_x / radius, off_y / radius)
    nearer = segment.distance < relief.distance[at]
    for kept, new in zip(relief, segment, strict=True):
        kept[at][nearer] = new[nearer]
    return length


def ellipse_distance(x: Floats, y: Floats, semi_x: float, semi_y: float) -> Floats:
    """Approximate signed distance to an upright ellipse around the origin (first-order, exact on it)."""
    level = np.hypot(x / semi_x, y / semi_y)
    slope = np.hypot(x / semi_x**2, y / semi_y**2)
    return np.asarray(level * (level - 1) / np.maximum(slope, 1e-9))


def lit(relief: Relief, *, gloss: float) -> tuple[Floats, Floats]:
    """Diffuse brightness (around 1) and added highlight of a rounded shape, each (height, width)."""
    slope = np.minimum(np.hypot(relief.normal_x, relief.normal_y), 1.0)
    facing = (
        relief.normal_x * _LIGHT[0] + relief.normal_y * _LIGHT[1] + np.sqrt(1 - slope**2) * _LIGHT[2]
    ) / np.linalg.norm(_LIGHT)
    return 0.42 + 0.72 * np.maximum(facing, 0.0), gloss * np.maximum(facing, 0.0) ** 24


def textured(picture: Floats, x: Floats, y: Floats) -> Floats:
    """Colours (..., 3) of `picture` (rows, columns, 3) at coordinates x and y (...): bilinear, mirrored."""
    where = np.stack([y - 0.5, x - 0.5])
    return np.stack([map_coordinates(picture[..., c], where, order=1, mode="mirror") for c in range(3)], axis=-1)


class Trail:
    """A smooth curve through waypoints (K, 2), asked by arc length."""

    def __init__(self, waypoints_xy: list[tuple[float, float]]) -> None:
        points = np.array(waypoints_xy, dtype=float)
        curve = CubicSpline(np.linspace(0, 1, len(points)), points)
        fine = curve(np.linspace(0, 1, 2001))
        arc = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(fine, axis=0).T))])
        self.length = float(arc[-1])
        self._spline = CubicSpline(arc[::20], fine[::20])

    def at(self, arc: Floats) -> Floats:
        """Points (N, 2) at arc lengths (N,); straight on beyond both ends."""
        inside = np.clip(arc, 0.0, self.length)
        return np.asarray(self._spline(inside) + (arc - inside)[:, None] * self.direction(arc))

    def direction(self, arc: Floats) -> Floats:
        """Unit tangents (N, 2) at arc lengths (N,)."""
        tangent = self._spline(np.clip(arc, 0.0, self.length), 1)
        return np.asarray(tangent / np.linalg.norm(tangent, axis=-1, keepdims=True))

    def beside(self, arc: Floats, offset: Floats) -> Floats:
        """Points (N, 2) at arc lengths (N,), moved to the right-hand side by offsets (N,)."""
        tangent = self.direction(arc)
        return self.at(arc) + offset[:, None] * np.stack([-tangent[:, 1], tangent[:, 0]], axis=-1)
