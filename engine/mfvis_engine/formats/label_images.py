"""Label masks in picture files, one a frame: what DAVIS, MOTS and the Cell Tracking Challenge share."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

from mfvis_engine.formats.errors import FormatError
from mfvis_engine.formats.rle import MAX_MASK_PIXELS
from mfvis_engine.video.image_folder import natural_key

Labels: TypeAlias = NDArray[np.uint16]

MAX_LABEL = 65_535
"""The largest label of a uint16 mask."""


def davis_palette() -> NDArray[np.uint8]:
    """The colours of DAVIS' (and PASCAL VOC's) labels, (256, 3) RGB.

    Bits 0, 1, 2 of a label are the highest bits of its red, green and blue; bits 3, 4, 5 the next; and so on.
    """
    labels = np.arange(256)
    palette = np.zeros((256, 3), dtype=np.uint8)
    for level in range(3):
        for channel in range(3):
            palette[:, channel] |= ((labels >> (3 * level + channel) & 1) << (7 - level)).astype(np.uint8)
    return palette


def numbered_files(folder: Path, suffix: str, prefix: str = "", *, first: int | None = None) -> list[Path]:
    """The files `PREFIX NUMBER SUFFIX` of a folder, in order of their numbers, none of which is missing.

    Hidden files are passed over. Where no prefix is asked for, names without a number may be there too; the
    order is then the natural one (frame2 before frame10), and nothing is known to be missing.

    Args:
        folder: Where they lie.
        suffix: With its dot.
        prefix: What stands before the number.
        first: The number that they must begin with; None for any.

    Raises:
        FormatError: There is no such file, or a number is missing or there twice.
    """
    files = [path for path in folder.glob(f"{prefix}*{suffix}") if not path.name.startswith(".")]
    numbered = [path for path in files if path.name[len(prefix) : -len(suffix)].isdecimal()]
    if not prefix and len(numbered) < len(files):
        return sorted(files, key=lambda path: natural_key(path.name))
    if not numbered:
        raise FormatError(
            f"{folder} holds no {suffix[1:].upper()} file named {prefix or ''}000{suffix} or the like: "
            f"give the folder of one video's masks"
        )
    numbered.sort(key=lambda path: _number(path, prefix, suffix))
    if first is not None and _number(numbered[0], prefix, suffix) != first:
        begins = _number(numbered[0], prefix, suffix)
        other_way = "" if prefix else f", or say that the first frame is number {begins}"
        raise FormatError(
            f"{folder}: the first file is {numbered[0].name}, not number {first}: copy the missing ones{other_way}"
        )
    for here, following in pairwise(numbered):
        step = _number(following, prefix, suffix) - _number(here, prefix, suffix)
        if step != 1:
            problem = "both there" if step == 0 else f"there, but none of the {step - 1} between them"
            raise FormatError(f"{folder}: {here.name} and {following.name} are {problem}: give one file a frame")
    return numbered


def read_frames(paths: Sequence[Path], read: Callable[[Path], Labels]) -> Iterator[Labels]:
    """The label masks of files, one at a time, all of one size.

    Raises:
        FormatError: A file has another size than those before it, or cannot be read.
    """
    shape = None
    for path in paths:
        labels = read(path)
        shape = _check_shape(str(path), labels, shape)
        yield labels


def of_one_size(label_masks: Iterable[NDArray[np.integer]]) -> Iterator[NDArray[np.integer]]:
    """The frames as they come, or FormatError at the first whose size is not that of the first."""
    shape = None
    for frame_index, labels in enumerate(label_masks):
        shape = _check_shape(f"frame {frame_index}", labels, shape)
        yield labels


def unknown_track(frame_index: int, track_id: int) -> FormatError:
    """The error for pixels of a track that nobody named."""
    return FormatError(
        f"frame {frame_index} has pixels of track {track_id}, but no track has this id: add the track, or erase its "
        f"pixels"
    )


def read_label_png(path: Path) -> Labels:
    """The labels of a PNG, (H, W): palette indices, grey values of up to 16 bits, or colours of DAVIS' palette.

    Raises:
        FormatError: The file cannot be read, has another mode, is too large, or holds a colour of no label.
    """
    with _reading(path, "an image"), Image.open(path) as image:
        _check_size(path, image.height, image.width)
        if image.mode not in ("1", "P", "L", "I", "I;16", "RGB"):
            raise FormatError(
                f"{path} has the mode {image.mode}: masks are PNGs of track ids, indexed or grey, or in the "
                f"colours of DAVIS"
            )
        pixels = np.asarray(image)
    return _labels_of_colours(path, pixels) if pixels.ndim == 3 else as_labels(path, pixels)


def read_label_tiff(path: Path) -> Labels:
    """The labels of a TIFF of one page, (H, W).

    Raises:
        FormatError: The file cannot be read, or does not hold one page of whole numbers of up to 65535.
    """
    with _reading(path, "TIFF"), tifffile.TiffFile(path) as tiff:
        page_count, shape, dtype = len(tiff.pages), tiff.pages[0].shape, tiff.pages[0].dtype
        if page_count > 1 or len(shape) != 2:
            raise FormatError(
                f"{path} holds {page_count} pages of shape {shape}: only plane masks are read, one page a file"
            )
        _check_size(path, *shape)
        _check_whole(path, dtype)
        pixels = tiff.pages[0].asarray()
    return as_labels(path, pixels)


def as_labels(name: object, pixels: NDArray[np.generic]) -> Labels:
    """Whole numbers as uint16 labels, or FormatError that names where they are from."""
    _check_whole(name, pixels.dtype)
    if pixels.dtype not in (np.bool_, np.uint8, np.uint16) and pixels.size:
        low, high = int(pixels.min()), int(pixels.max())
        if low < 0 or high > MAX_LABEL:
            raise FormatError(f"{name} holds labels from {low} to {high}: they must be 0 to {MAX_LABEL}")
    return pixels.astype(np.uint16)


def _labels_of_colours(path: Path, pixels: NDArray[np.uint8]) -> Labels:
    weights = np.array([1 << 16, 1 << 8, 1])
    known = davis_palette() @ weights
    order = np.argsort(known)
    colours = pixels @ weights
    place = np.minimum(np.searchsorted(known, colours, sorter=order), 255)
    labels: Labels = order[place].astype(np.uint16)
    wrong = np.argwhere(known[labels] != colours)
    if len(wrong):
        row, column = wrong[0].tolist()
        raise FormatError(
            f"{path}: row {row}, column {column} has the colour {tuple(pixels[row, column].tolist())}, which is none "
            f"of DAVIS' palette: give masks, not pictures, and not as JPEG"
        )
    return labels


def _check_whole(name: object, dtype: np.dtype[np.generic] | None) -> None:
    if dtype is None or dtype.kind not in "bui":
        raise FormatError(f"{name} holds {dtype} values: labels are whole numbers of 0 to {MAX_LABEL}")


@contextmanager
def _reading(path: Path, kind: str) -> Iterator[None]:
    try:
        yield
    except FormatError:
        raise
    except Exception as error:  # every codec has errors of its own
        raise FormatError(f"{path} cannot be read as {kind} ({error}): write it again") from error


def _check_size(path: Path, height: int, width: int) -> None:
    if height * width > MAX_MASK_PIXELS:
        raise FormatError(
            f"{path} is {height} x {width} (height x width): no mask above {MAX_MASK_PIXELS} pixels is read"
        )


def _check_shape(name: str, labels: NDArray[np.integer], shape: tuple[int, ...] | None) -> tuple[int, ...]:
    if shape and labels.shape != shape:
        raise FormatError(f"{name} is {labels.shape} (height, width), those before it {shape}: mixed videos?")
    return labels.shape


def _number(path: Path, prefix: str, suffix: str) -> int:
    return int(path.name[len(prefix) : -len(suffix)])
