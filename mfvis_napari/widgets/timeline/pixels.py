"""A row as a picture: a lane of boxes over a lane of masks, whose states differ in form as well as in colour."""

from enum import IntEnum
from functools import cache

import numpy as np
from numpy.typing import NDArray

from mfvis_napari.widgets.timeline.columns import Columns
from mfvis_napari.widgets.timeline.looks import BoxLook, KeyLook, MaskLook

ROW_PX = 21

BOX_LANE_PX = (2, 11)
"""(top, end) of the boxes in a row."""

MASK_LANE_PX = (12, 18)
"""(top, end) of the masks in a row."""

_PERIOD_PX = 6
"""Of dashes and stripes."""


class Ink(IntEnum):
    """What a pixel of a row is drawn with."""

    NOTHING = 0
    LINE = 1
    TICK = 2
    MISSING = 3
    PREDICTED = 4
    EDITED = 5
    VERIFIED = 6


def row_pixels(columns: Columns, inks: NDArray[np.uint32], pixel_ratio: float) -> NDArray[np.uint32]:
    """A row as (height, C) of colours.

    Boxes are a line, dashed where the object is hidden. Keyframes are bars on it; one that nobody drew is a dot, one
    where the object leaves a hollow bar. Masks are a band: a dotted line where one is missing, striped where it is
    predicted, half as high where edited or imported, full where verified.

    Args:
        columns: What to draw.
        inks: (7,) the colour of every `Ink`, as a number 0xAARRGGBB.
        pixel_ratio: Device pixels to a pixel of the layout.
    """
    count = columns.boxes.size
    period = _px(_PERIOD_PX, pixel_ratio)
    phase = np.arange(count) % period
    pixels = np.zeros((_px(ROW_PX, pixel_ratio), count), np.uint32)
    for lane_px, pattern, looks in (
        (BOX_LANE_PX, _box_pattern(pixel_ratio), columns.boxes),
        (MASK_LANE_PX, _mask_pattern(pixel_ratio), columns.masks),
    ):
        keys = looks * np.intp(period) + phase
        inks[pattern].take(keys, axis=1, out=pixels[lane_rows(lane_px, pixel_ratio)], mode="clip")
    if columns.key_columns.size:
        for look in KeyLook:
            glyph = inks[_key_glyph(look, pixel_ratio)]
            _stamp(pixels, glyph, columns.key_columns[columns.key_looks == look], pixel_ratio)
    return pixels


def lane_rows(lane_px: tuple[int, int], pixel_ratio: float) -> slice:
    """The rows of pixels of a lane."""
    return slice(_px(lane_px[0], pixel_ratio), _px(lane_px[1], pixel_ratio))


def _height(lane_px: tuple[int, int], pixel_ratio: float) -> int:
    rows = lane_rows(lane_px, pixel_ratio)
    return int(rows.stop - rows.start)


def _stamp(pixels: NDArray[np.uint32], glyph: NDArray[np.uint32], centers: NDArray[np.int64], ratio: float) -> None:
    if not centers.size:
        return
    height, width = glyph.shape
    lane = lane_rows(BOX_LANE_PX, ratio)
    top = (lane.start + lane.stop - height) // 2
    columns = centers[:, None] + (np.arange(width) - width // 2)
    inside = (columns >= 0) & (columns < pixels.shape[1])
    glyphs = np.broadcast_to(glyph[:, None], (height, *columns.shape))
    pixels[top : top + height, columns[inside]] = glyphs[:, inside]


@cache
def _box_pattern(pixel_ratio: float) -> NDArray[np.uint8]:
    """(lane height, 3 looks * period) of `Ink`."""
    height, period = _height(BOX_LANE_PX, pixel_ratio), _px(_PERIOD_PX, pixel_ratio)
    thickness = _px(2, pixel_ratio)
    pattern = np.zeros((height, len(BoxLook), period), np.uint8)
    line = slice((height - thickness) // 2, (height - thickness) // 2 + thickness)
    pattern[line, BoxLook.THERE] = Ink.LINE
    pattern[line, BoxLook.HIDDEN, : period // 2] = Ink.LINE
    return pattern.reshape(height, -1)


@cache
def _mask_pattern(pixel_ratio: float) -> NDArray[np.uint8]:
    """(lane height, 5 looks * period) of `Ink`."""
    height, period = _height(MASK_LANE_PX, pixel_ratio), _px(_PERIOD_PX, pixel_ratio)
    y, x = np.mgrid[:height, :period]
    middle = abs(y - (height - 1) / 2) < pixel_ratio / 2 + 0.25
    pattern = np.zeros((height, len(MaskLook), period), np.uint8)
    pattern[:, MaskLook.VERIFIED] = Ink.VERIFIED
    pattern[height // 2 :, MaskLook.EDITED] = Ink.EDITED
    pattern[:, MaskLook.PREDICTED] = np.where((x + y) % period < period / 2, Ink.PREDICTED, Ink.NOTHING)
    pattern[:, MaskLook.MISSING] = np.where(middle & (x < period / 3), Ink.MISSING, Ink.NOTHING)
    return pattern.reshape(height, -1)


@cache
def _key_glyph(look: KeyLook, pixel_ratio: float) -> NDArray[np.uint8]:
    height, edge = _height(BOX_LANE_PX, pixel_ratio), _px(1, pixel_ratio)
    if look is KeyLook.GIVEN:
        return np.full((height, _px(3, pixel_ratio)), Ink.TICK, np.uint8)
    if look is KeyLook.NOTED:
        return np.full((_px(5, pixel_ratio), _px(3, pixel_ratio)), Ink.TICK, np.uint8)
    hollow = np.full((height, _px(5, pixel_ratio)), Ink.TICK, np.uint8)
    hollow[edge:-edge, edge:-edge] = Ink.NOTHING
    return hollow


def _px(layout_px: float, pixel_ratio: float) -> int:
    return round(layout_px * pixel_ratio)
