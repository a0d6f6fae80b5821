"""A video at a glance: a grid of its frames with masks, boxes and ids."""

import itertools
import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mfvis_engine.annotation.palette import track_color
from mfvis_engine.preview.frame_view import FrameView
from mfvis_engine.preview.lettering import font_of, put_tag
from mfvis_engine.preview.overlay import draw_overlay

MAX_TILES = 100
SHEET_WIDTH = 1600
"""Pixels; tiles fill it."""

_GAP = 8
_FONT_SIZE = 18
_BACKGROUND = (24, 24, 28)
_PLATE = (60, 60, 66)
_SHEET_ASPECT = 1.5


def spread_frames(length: int, count: int = 12) -> tuple[int, ...]:
    """`count` frames of a video, or all if there are fewer, evenly spread from the first to the last."""
    return tuple(np.unique(np.rint(np.linspace(0, length - 1, min(count, length)))).astype(int).tolist())


def choose_columns(tiles: int, *, tile_aspect: float) -> int:
    """How many tiles stand in a row, so that the sheet is about 3:2 with few places left empty.

    Args:
        tiles: Their number, at least 1.
        tile_aspect: Width over height of each.
    """

    def badness(columns: int) -> float:
        rows = math.ceil(tiles / columns)
        off_shape = abs(math.log(columns * tile_aspect / rows / _SHEET_ASPECT))
        return off_shape + (rows * columns - tiles) / tiles

    return min(range(1, tiles + 1), key=badness)


def draw_contact_sheet(
    views: Iterable[FrameView], count: int, legend: Sequence[tuple[int, str]] = ()
) -> NDArray[np.uint8]:
    """Draws frames in reading order, each with its number, over a line that names the tracks.

    Args:
        views: All of one size; taken one at a time.
        count: Their number, at least 1.
        legend: (track id, category); as many are shown as fit into a line.

    Returns:
        (H, W, 3) RGB, about 1600 wide.
    """
    views = iter(views)
    first = next(views)
    frame_height, frame_width = first.pixels.shape[:2]
    columns = choose_columns(count, tile_aspect=frame_width / frame_height)
    width = (SHEET_WIDTH - _GAP) // columns - _GAP
    height = max(1, round(width * frame_height / frame_width))
    bottom = _GAP + math.ceil(count / columns) * (height + _GAP)
    legend_height = 2 * _FONT_SIZE if legend else 0
    sheet = Image.new("RGB", (_GAP + columns * (width + _GAP), bottom + legend_height), _BACKGROUND)
    for index, view in enumerate(itertools.chain([first], views)):
        row, column = divmod(index, columns)
        corner = _GAP + column * (width + _GAP), _GAP + row * (height + _GAP)
        sheet.paste(_tile(view, width, height), corner)
    _put_legend(sheet, legend, bottom + legend_height - _GAP)
    return np.asarray(sheet)


def _tile(view: FrameView, width: int, height: int) -> Image.Image:
    tile = Image.fromarray(draw_overlay(view, width=width, height=height))
    put_tag(ImageDraw.Draw(tile), (0, height), f"frame {view.frame_index}", _PLATE, font_of(_FONT_SIZE - 4))
    return tile


def _put_legend(sheet: Image.Image, legend: Sequence[tuple[int, str]], bottom: int) -> None:
    draw, font = ImageDraw.Draw(sheet), font_of(_FONT_SIZE)
    x = float(_GAP)
    for track_id, category in legend:
        text = f"{track_id} {category}"
        width = draw.textlength(text, font=font) + 2 * _FONT_SIZE
        if x + width > sheet.width:
            return
        put_tag(draw, (x, bottom), text, track_color(track_id), font)
        x += width
