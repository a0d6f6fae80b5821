"""A cost report as a picture for a slide: two bars, and what they are made of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mfvis_engine.preview.lettering import font_of
from mfvis_engine.report.cost import CostReport, Spent
from mfvis_engine.report.published import BOX, POLYGON
from mfvis_engine.report.words import duration

WIDTH, HEIGHT = 1600, 900
"""Pixels: 16:9."""

Color: TypeAlias = tuple[int, int, int]

_MARGIN = 90
_BAR_TOP, _BAR_HEIGHT, _BAR_PITCH = 290, 84, 144
_BAR_RIGHT = WIDTH - _MARGIN - 330
"""The longest bar ends here; what it says stands behind it."""
_LIST_TOP = 586
_HATCH_PITCH = 12

_PAPER: Color = (255, 255, 255)
_INK: Color = (28, 30, 38)
_FAINT: Color = (112, 116, 128)
_LINE: Color = (222, 224, 230)
_POLYGONS: Color = (176, 180, 190)
_BOXES: Color = (38, 104, 228)
_CORRECTIONS: Color = (236, 128, 32)
_REVIEW: Color = (32, 160, 112)


@dataclass(frozen=True)
class _Part:
    """A part of a bar: so many seconds, known or estimated."""

    seconds: float
    color: Color
    estimated: bool = False


def draw_cost(report: CostReport) -> NDArray[np.uint8]:
    """Draws a report.

    Returns:
        (900, 1600, 3) RGB.
    """
    picture = Image.new("RGB", (WIDTH, HEIGHT), _PAPER)
    draw = ImageDraw.Draw(picture)
    _put_title(draw, report)
    _put_bars(picture, draw, report)
    _put_lists(draw, report)
    _put_sources(draw)
    return np.asarray(picture)


def _put_title(draw: ImageDraw.ImageDraw, report: CostReport) -> None:
    about = f"{report.name}: {_counted(report.track_count, 'track')} in {_counted(report.frame_count, 'frame')}"
    draw.text((_MARGIN, 44), about, fill=_FAINT, font=font_of(26))
    title = f"{_counted(report.obtained_count, 'mask')} from {_counted(report.given_count, 'box', 'boxes')}"
    draw.text((_MARGIN, 86), title, fill=_INK, font=font_of(64))
    draw.text((_MARGIN, 170), _verdict(report), fill=_BOXES, font=font_of(40))


def _verdict(report: CostReport) -> str:
    if report.ratio is None:
        return "no masks yet" if not report.obtained_count else "no time kept"
    if report.ratio <= 1:
        return "polygons would have been faster"
    times = f"{report.ratio:.0f}" if report.ratio >= 10 else f"{report.ratio:.1f}"
    guess = ""
    if report.estimated_seconds:
        guess = " (partly an estimate)" if report.seconds > report.estimated_seconds else " (an estimate)"
    return f"{times} times less of a person's time{guess}"


def _put_bars(picture: Image.Image, draw: ImageDraw.ImageDraw, report: CostReport) -> None:
    polygons = [_Part(report.polygon_seconds, _POLYGONS)]
    here = [
        _Part(report.boxes.recorded_seconds, _BOXES),
        _Part(report.boxes.estimated_seconds, _BOXES, estimated=True),
        _Part(report.corrections.recorded_seconds, _CORRECTIONS),
        _Part(report.corrections.estimated_seconds, _CORRECTIONS, estimated=True),
        _Part(report.review_seconds, _REVIEW),
    ]
    longest = max(report.polygon_seconds, report.seconds, 1.0)
    for row, (name, parts) in enumerate((("Polygons", polygons), ("Boxes, and masks learned from them", here))):
        top = _BAR_TOP + row * _BAR_PITCH
        draw.text((_MARGIN, top - 14), name, fill=_INK, font=font_of(28), anchor="ls")
        end = _put_bar(picture, draw, top, parts, (_BAR_RIGHT - _MARGIN) / longest)
        total = duration(sum(part.seconds for part in parts))
        draw.text((end + 24, top + _BAR_HEIGHT / 2), total, fill=_INK, font=font_of(52), anchor="lm")


def _put_bar(
    picture: Image.Image, draw: ImageDraw.ImageDraw, top: int, parts: Iterable[_Part], pixels_a_second: float
) -> float:
    """Draws the parts behind each other; returns where the last one ends."""
    x = float(_MARGIN)
    for part in parts:
        if part.seconds:
            width = max(part.seconds * pixels_a_second, 4.0)
            picture.paste(_drawn(part, round(x + width) - round(x)), (round(x), top))
            x += width
    draw.line((_MARGIN, top - 4, _MARGIN, top + _BAR_HEIGHT + 4), fill=_INK, width=3)
    return x


def _drawn(part: _Part, width: int) -> Image.Image:
    """A full rectangle, or a hatched one for an estimate."""
    if not part.estimated:
        return Image.new("RGB", (width, _BAR_HEIGHT), part.color)
    pale = tuple(round(0.55 * 255 + 0.45 * value) for value in part.color)
    tile = Image.new("RGB", (width, _BAR_HEIGHT), pale)
    hatch = ImageDraw.Draw(tile)
    for start in range(-tile.height, tile.width, _HATCH_PITCH):
        hatch.line((start, tile.height, start + tile.height, 0), fill=part.color, width=4)
    hatch.rectangle((0, 0, tile.width - 1, tile.height - 1), outline=part.color, width=3)
    return tile


def _put_lists(draw: ImageDraw.ImageDraw, report: CostReport) -> None:
    draw.line((_MARGIN, _LIST_TOP - 36, WIDTH - _MARGIN, _LIST_TOP - 36), fill=_LINE, width=2)
    boxes = [f"{count:,} {origin.value}" for origin, count in report.keyframes_by_origin if count]
    corrected = [
        _counted(report.corrected_count, "mask") + " edited",
        _counted(report.repair_count, "track") + " mended",
    ]
    masks = [f"{count:,} {origin.value}" for origin, count in report.masks_by_origin if count]
    review = [f"{report.verified_count:,} masks verified"]
    columns = (
        (f"Boxes: {duration(report.boxes.seconds)}", [*boxes, *_estimate(report.boxes)], _BOXES),
        (
            f"Corrections: {duration(report.corrections.seconds)}",
            [*corrected, *_estimate(report.corrections)],
            _CORRECTIONS,
        ),
        (f"Review: {duration(report.review_seconds)}", review, _REVIEW),
        (f"Masks: {report.mask_count:,}", masks, _POLYGONS),
    )
    for column, (heading, lines, color) in enumerate(columns):
        _put_list(draw, _MARGIN + column * (WIDTH - 2 * _MARGIN) // len(columns), heading, lines, color)


def _estimate(spent: Spent) -> list[str]:
    return [f"{duration(spent.estimated_seconds)} estimated"] if spent.unrecorded_count else []


def _put_list(draw: ImageDraw.ImageDraw, x: int, heading: str, lines: Sequence[str], color: Color) -> None:
    draw.rectangle((x, _LIST_TOP + 3, x + 21, _LIST_TOP + 24), fill=color)
    draw.text((x + 36, _LIST_TOP), heading, fill=_INK, font=font_of(26))
    for row, line in enumerate(lines):
        draw.text((x + 36, _LIST_TOP + 44 + 34 * row), line, fill=_FAINT, font=font_of(24))


def _put_sources(draw: ImageDraw.ImageDraw) -> None:
    lines = (
        f"Hatched: an estimate, where no time was kept: {BOX.seconds:g} s a box, {POLYGON.seconds:g} s an edited mask."
        f" Polygons: {POLYGON.seconds:g} s a mask.",
        f"{POLYGON.source}, arXiv {POLYGON.arxiv}",
    )
    for row, line in enumerate(lines):
        draw.text((_MARGIN, HEIGHT - 68 + 28 * row), line, fill=_FAINT, font=font_of(20), anchor="ls")


def _counted(number: int, noun: str, plural: str = "") -> str:
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"
