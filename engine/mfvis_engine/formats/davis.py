"""Label masks as DAVIS keeps them: a folder of indexed 8-bit PNGs, `00000.png` and on, 0 for background."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from mfvis_engine.formats.atomic import folder_when_done
from mfvis_engine.formats.errors import FormatError, VerificationError

MAX_DAVIS_ID = 254
"""255 marks pixels that DAVIS' evaluation leaves out."""


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


def write_davis(folder: Path | str, label_masks: Iterable[NDArray[np.integer]]) -> int:
    """Write the label masks of a video, one frame at a time.

    The folder takes its place only when every frame is written and has been read back and compared.

    Args:
        folder: Must not exist yet, or be empty; its parent must exist.
        label_masks: Frames of shape (H, W); each value is a track id, 0 background.

    Returns:
        The number of frames written.

    Raises:
        FormatError: A track id is above 254, or the folder is in use.
        VerificationError: What was written does not read back.
    """
    palette = davis_palette().tobytes()
    frame_count = 0
    with folder_when_done(Path(folder)) as unfinished:
        for frame_index, labels in enumerate(label_masks):
            _check_ids(frame_index, labels)
            image = Image.fromarray(labels.astype(np.uint8))
            image.putpalette(palette)
            path = unfinished / f"{frame_index:05d}.png"
            image.save(path)
            if not np.array_equal(_read_labels(path), labels):
                raise VerificationError(f"{path.name} did not read back as written: nothing was kept; try again")
            frame_count += 1
    return frame_count


def read_davis(folder: Path | str) -> Iterator[NDArray[np.uint16]]:
    """The label masks of a folder of PNGs, in the order of their names, one at a time.

    Yields:
        (H, W) uint16, the track id of each pixel.

    Raises:
        FormatError: The folder holds no PNG, one is no indexed or grey 8-bit image, or sizes differ.
    """
    paths = sorted(Path(folder).glob("*.png"))
    if not paths:
        raise FormatError(f"{folder} holds no PNG: give the folder with 00000.png in it")
    shape = None
    for path in paths:
        labels = _read_labels(path)
        if shape and labels.shape != shape:
            raise FormatError(f"{path} is {labels.shape} (height, width), those before it {shape}: mixed videos?")
        shape = labels.shape
        yield labels


def _read_labels(path: Path) -> NDArray[np.uint16]:
    try:
        with Image.open(path) as image:
            if image.mode not in ("P", "L"):
                raise FormatError(
                    f"{path} has the mode {image.mode}: masks are indexed or grey 8-bit PNGs of track ids"
                )
            return np.asarray(image).astype(np.uint16)
    except (OSError, UnidentifiedImageError) as error:
        raise FormatError(f"{path} cannot be read as an image ({error}): write it again") from error


def _check_ids(frame_index: int, labels: NDArray[np.integer]) -> None:
    if labels.size and labels.max() > MAX_DAVIS_ID:
        raise FormatError(
            f"frame {frame_index} holds track id {labels.max()}, but a DAVIS mask holds ids up to "
            f"{MAX_DAVIS_ID} (8 bits, and 255 means 'not evaluated'): renumber them, or export to COCO-VIS"
        )
