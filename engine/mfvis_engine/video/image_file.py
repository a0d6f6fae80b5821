"""Single pictures: what the header says, and the pixels."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image, ImageOps

from mfvis_engine.video.normalization import is_8bit
from mfvis_engine.video.source import VideoError

IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp"})
TIFF_SUFFIXES = frozenset({".tif", ".tiff"})
EXIF_ORIENTATION, EXIF_UPRIGHT, EXIF_LYING = 0x0112, 1, frozenset({5, 6, 7, 8})
PNG_COLOUR_TYPES = frozenset({2, 6})


@dataclass(frozen=True)
class ImageHeader:
    """Size of an upright picture, and whether its values are 8-bit (or palette) ones."""

    height: int
    width: int
    is_8bit: bool


def read_header(path: Path) -> ImageHeader:
    """Read size and depth without the pixels.

    Raises:
        OSError, ValueError, VideoError: the file is damaged or no single picture.
    """
    if path.suffix.lower() in TIFF_SUFFIXES:
        with tifffile.TiffFile(path) as tiff:
            page = _only_page(tiff, path)
            return ImageHeader(page.imagelength, page.imagewidth, is_8bit(np.dtype(page.dtype)))
    with Image.open(path) as image:
        width, height = image.size
        if _orientation(image) in EXIF_LYING:
            width, height = height, width
        deep = image.mode.startswith(("I", "F")) or _is_deep_colour_png(path)
        return ImageHeader(height, width, not deep)


def read_image(path: Path) -> NDArray[Any]:
    """Read the pixels of an upright picture at their own depth.

    Returns:
        (H, W) grey, or (H, W, 3) or (H, W, 4) colours; uint8 where the header says 8-bit.

    Raises:
        OSError, ValueError, SyntaxError, VideoError: the file is damaged.
    """
    if path.suffix.lower() in TIFF_SUFFIXES:
        with tifffile.TiffFile(path) as tiff:
            page = _only_page(tiff, path)
            return page_picture(page, page.asarray())
    if _is_deep_colour_png(path):  # Pillow would keep only the upper 8 bits
        with av.open(str(path)) as container:
            return next(container.decode(video=0)).to_ndarray(format="rgb48le")
    with Image.open(path) as image:
        upright = image if _orientation(image) == EXIF_UPRIGHT else ImageOps.exif_transpose(image)
        deep = image.mode.startswith(("I", "F"))
        return np.asarray(upright if deep else upright.convert("RGB"))


def page_picture(page: tifffile.TiffPage, pixels: NDArray[Any]) -> NDArray[Any]:
    """Make a picture of a TIFF page's values: palette applied, inverted grey turned round, colours last.

    Args:
        page: the `tifffile.TiffPage` that says what the values mean.
        pixels: its values, (H, W), (H, W, S) or (S, H, W).

    Returns:
        (H, W) or (H, W, S).
    """
    if page.photometric == tifffile.PHOTOMETRIC.PALETTE and page.colormap is not None:
        return np.asarray(np.moveaxis(page.colormap[:, pixels] >> 8, 0, -1).astype(np.uint8))
    if page.photometric == tifffile.PHOTOMETRIC.MINISWHITE and pixels.dtype.kind in "bu":
        pixels = ~pixels
    return np.moveaxis(pixels, 0, -1) if page.axes == "SYX" else pixels


def _orientation(image: Image.Image) -> int:
    """Read the EXIF orientation from the header alone (`Image.getexif` would read the pixels of a PNG)."""
    exif = Image.Exif()
    exif.load(image.info.get("exif", b""))
    return int(exif.get(EXIF_ORIENTATION, EXIF_UPRIGHT))


def _only_page(tiff: tifffile.TiffFile, path: Path) -> tifffile.TiffPage:
    if len(tiff.pages) != 1:
        raise VideoError(
            f"{path.name} holds {len(tiff.pages)} pages, a frame of an image folder holds one. Open the file "
            f"itself as a TIFF stack."
        )
    return tiff.pages.first


def _is_deep_colour_png(path: Path) -> bool:
    """Read bit depth and colour type from the PNG header (PNG specification, section 11.2.1)."""
    with path.open("rb") as file:
        head = file.read(26)
    return head[:4] == b"\x89PNG" and len(head) == 26 and head[24] == 16 and head[25] in PNG_COLOUR_TYPES
