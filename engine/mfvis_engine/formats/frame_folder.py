"""The frames of a video as pictures in YouTube-VIS' layout: `JPEGImages/VIDEO/00000.jpg` and on, beside the JSON."""

from enum import StrEnum
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mfvis_engine.formats.atomic import folder_when_done, made_if_missing
from mfvis_engine.formats.coco_vis import CocoVisVideo
from mfvis_engine.formats.errors import FormatError, VerificationError
from mfvis_engine.video import VideoSource

FRAMES_FOLDER = "JPEGImages"
JPEG_QUALITY = 95


class PictureFormat(StrEnum):
    """Small files, or pixels exactly as they are."""

    JPEG = "jpg"
    PNG = "png"


def write_frames(
    root: Path | str,
    video: VideoSource,
    name: str,
    picture_format: PictureFormat = PictureFormat.JPEG,
    *,
    video_id: int = 1,
) -> CocoVisVideo:
    """Write all frames of a video as `ROOT/JPEGImages/NAME/00000.jpg` and on, one at a time.

    The folder `NAME` takes its place only when every frame is written and has been opened again: a PNG has the
    frame's very pixels, a JPEG (quality 95, colours at full resolution) its size.

    Args:
        root: The folder of the dataset, which must exist.
        video: Where the frames are from.
        name: The folder of this video's frames, new or empty.
        picture_format: JPEG or PNG.
        video_id: Of the video in the dataset's JSON.

    Returns:
        The video for the dataset's JSON; its `file_names` are those of the pictures, below `JPEGImages`.

    Raises:
        FormatError: `root` does not exist, the name is not that of a folder, or the folder is in use.
        VerificationError: What was written does not read back.
        WriteError: The disk is full, or the system refuses a file.
        VideoError: A frame cannot be read.
    """
    root = Path(root)
    listed = CocoVisVideo.of_size(
        video_id, name, width=video.width, height=video.height, length=video.length, suffix=f".{picture_format}"
    )
    if not root.is_dir():
        raise FormatError(f"the folder {root} does not exist: create it, or choose another")
    frames_folder = root / FRAMES_FOLDER
    with made_if_missing(frames_folder), folder_when_done(frames_folder / name) as unfinished:
        for frame_index, file_name in enumerate(listed.file_names):
            path = unfinished / Path(file_name).name
            frame = video.frame(frame_index)
            _write(path, frame, picture_format)
            _check(path, frame, picture_format)
    return listed


def _write(path: Path, frame: NDArray[np.uint8], picture_format: PictureFormat) -> None:
    image, encoded = Image.fromarray(np.ascontiguousarray(frame)), BytesIO()
    if picture_format is PictureFormat.PNG:
        image.save(encoded, "PNG")
    else:
        image.save(encoded, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    path.write_bytes(encoded.getbuffer())  # Pillow's own writing does not say why it fails


def _check(path: Path, frame: NDArray[np.uint8], picture_format: PictureFormat) -> None:
    try:
        with Image.open(path) as image:
            pixels = np.asarray(image)
    except (OSError, SyntaxError) as error:
        raise VerificationError(f"{path.name} cannot be opened again ({error}): nothing was kept; try again") from error
    is_as_written = pixels.shape == frame.shape and (
        picture_format is PictureFormat.JPEG or np.array_equal(pixels, frame)
    )
    if not is_as_written:
        raise VerificationError(f"{path.name} did not read back as written: nothing was kept; try again")
