"""Label masks as DAVIS keeps them: a folder of indexed 8-bit PNGs, `00000.png` and on, 0 for background."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mfvis_engine.formats.atomic import folder_when_done
from mfvis_engine.formats.errors import FormatError, VerificationError
from mfvis_engine.formats.label_images import davis_palette, numbered_files, of_one_size, read_frames, read_label_png

__all__ = ["MAX_DAVIS_ID", "davis_palette", "read_davis", "write_davis"]

MAX_DAVIS_ID = 254
"""255 marks pixels that DAVIS' evaluation leaves out."""


def write_davis(folder: Path | str, label_masks: Iterable[NDArray[np.integer]]) -> int:
    """Write the label masks of a video, one frame at a time.

    The folder takes its place only when every frame is written and has been read back and compared.

    Args:
        folder: Must not exist yet, or be empty; its parent must exist.
        label_masks: Frames of shape (H, W); each value is a track id, 0 background.

    Returns:
        The number of frames written.

    Raises:
        FormatError: A track id is above 254, frames have different sizes, or the folder is in use.
        WriteError: The disk is full, or the system refuses a file.
        VerificationError: What was written does not read back.
    """
    palette = davis_palette().tobytes()
    frame_count = 0
    with folder_when_done(Path(folder)) as unfinished:
        for frame_index, labels in enumerate(of_one_size(label_masks)):
            _check_ids(frame_index, labels)
            image = Image.fromarray(labels.astype(np.uint8))
            image.putpalette(palette)
            path = unfinished / f"{frame_index:05d}.png"
            image.save(path)
            if not np.array_equal(read_label_png(path), labels):
                raise VerificationError(f"{path.name} did not read back as written: nothing was kept; try again")
            frame_count += 1
    return frame_count


def read_davis(folder: Path | str, *, first_frame: int | None = None) -> Iterator[NDArray[np.uint16]]:
    """The label masks of a folder of PNGs, in the order of their numbers, one at a time.

    Read are indexed PNGs, grey ones of 8 or 16 bits whose values are track ids, and colour ones in DAVIS'
    palette. Frames that are numbered must be there without gaps, so that none is taken for another.

    Args:
        folder: With one PNG a frame.
        first_frame: The number that the first must have; None for any.

    Yields:
        (H, W) uint16, the track id of each pixel.

    Raises:
        FormatError: The folder holds no PNG, a number is missing, one is no such PNG, or sizes differ.
    """
    yield from read_frames(numbered_files(Path(folder), ".png", first=first_frame), read_label_png)


def _check_ids(frame_index: int, labels: NDArray[np.integer]) -> None:
    wrong = labels[(labels > MAX_DAVIS_ID) | (labels < 0)]
    if wrong.size:
        raise FormatError(
            f"frame {frame_index} holds track id {wrong[0]}, but a DAVIS mask holds ids up to {MAX_DAVIS_ID} "
            f"(8 bits, and 255 means 'not evaluated'): renumber them, or export to COCO-VIS"
        )
