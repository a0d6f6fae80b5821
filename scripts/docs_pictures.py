"""Pictures for the documentation: small PNG files, and a film with a pointer and captions."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

FLAT_COLORS, FLAT_FROM_PX, FLAT_APART = 128, 24, 16
FILM_WIDTH_PX = 1120
CAPTION_PX = 44
FILM_QUALITY = 50

_ARROW = ((0, 0), (0, 17), (4, 13), (7, 20), (10, 19), (7, 12), (12, 12))
_CAPTION_BACK, _CAPTION_TEXT = (28, 30, 38), (235, 235, 240)

Point = tuple[float, float]


def save_png(picture: Image.Image, path: Path) -> None:
    """Saves a picture with 256 colours, a third of its size: the flat ones of the window as they are."""
    rgb = picture.convert("RGB")
    pixels = np.asarray(rgb).reshape(-1, 3)
    _, first, counts = np.unique(pixels @ np.array([1, 2**8, 2**16]), return_index=True, return_counts=True)
    common = np.argsort(-counts)[: np.count_nonzero(counts >= FLAT_FROM_PX)]
    flat = _apart(pixels[first[common]])
    others = Image.fromarray(pixels[None, ::4]).quantize(256 - len(flat), Image.Quantize.MEDIANCUT, kmeans=2)
    palette = Image.new("P", (1, 1))
    palette.putpalette([*flat.ravel().tolist(), *others.getpalette()[: 3 * (256 - len(flat))]])
    path.parent.mkdir(parents=True, exist_ok=True)
    rgb.quantize(palette=palette, dither=Image.Dither.NONE).save(path, optimize=True)


def _apart(colors: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The first of some colours (N, 3) that differ from each other, so that a photograph does not take all places."""
    chosen = colors[:1].astype(np.int16)
    for color in colors[1:].astype(np.int16):
        if len(chosen) < FLAT_COLORS and np.abs(chosen - color).max(axis=1).min() >= FLAT_APART:
            chosen = np.vstack([chosen, color])
    return chosen.astype(np.uint8)


def from_rgb(picture: NDArray[np.uint8]) -> Image.Image:
    """(H, W, 3) RGB as a picture."""
    return Image.fromarray(picture)


@dataclass
class Film:
    """Pictures of a window one after the other, each with the pointer on it and a caption below.

    Attributes:
        caption: What is said below the pictures that come.
        pointer: Where the pointer is, in pixels of the window; None where it is not shown.
    """

    caption: str = ""
    pointer: Point | None = None
    _pictures: list[Image.Image] = field(default_factory=list)
    _durations_ms: list[int] = field(default_factory=list)

    def add(self, picture: Image.Image, duration_ms: int) -> None:
        """Adds a picture of the window."""
        self._pictures.append(self._drawn(picture.convert("RGB")))
        self._durations_ms.append(duration_ms)

    @property
    def seconds(self) -> float:
        """How long it is."""
        return sum(self._durations_ms) / 1000

    def save(self, path: Path) -> None:
        """Saves it as an animated WebP that begins again at its end."""
        first, *others = self._pictures
        first.save(
            path,
            save_all=True,
            append_images=others,
            duration=self._durations_ms,
            loop=0,
            quality=FILM_QUALITY,
            method=4,
        )

    def _drawn(self, picture: Image.Image) -> Image.Image:
        scale = FILM_WIDTH_PX / picture.width
        height_px = round(picture.height * scale)
        page = Image.new("RGB", (FILM_WIDTH_PX, height_px + CAPTION_PX), _CAPTION_BACK)
        page.paste(picture.resize((FILM_WIDTH_PX, height_px), Image.Resampling.LANCZOS), (0, 0))
        draw = ImageDraw.Draw(page)
        font = ImageFont.load_default(24)
        middle = (FILM_WIDTH_PX / 2, height_px + CAPTION_PX / 2)
        draw.text(middle, self.caption, _CAPTION_TEXT, font, anchor="mm")
        if self.pointer is not None:
            x, y = (place * scale for place in self.pointer)
            draw.polygon([(x + dx, y + dy) for dx, dy in _ARROW], fill="white", outline="black")
        return page
