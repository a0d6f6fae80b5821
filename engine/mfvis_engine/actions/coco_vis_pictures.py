"""The frames of a COCO-VIS video as pictures on disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.actions.errors import CommandError
from mfvis_engine.errors import MfvisError
from mfvis_engine.formats.coco_vis import CocoVisVideo
from mfvis_engine.video.image_file import read_header, read_image
from mfvis_engine.video.normalization import is_8bit, to_rgb8

_DAMAGE = (OSError, ValueError, SyntaxError, MfvisError)


class PictureError(CommandError):
    """A frame of a dataset is missing, damaged, or not the one that was annotated."""


@dataclass(frozen=True)
class CocoVisPictures:
    """The frames of a COCO-VIS video.

    Attributes:
        video: What the dataset says of it.
        files: One a frame.
    """

    video: CocoVisVideo
    files: tuple[Path, ...]

    @classmethod
    def checked(cls, video: CocoVisVideo, frames_dir: Path) -> CocoVisPictures:
        """Those of a video.

        Raises:
            PictureError: A file is missing, or the first one is damaged or has another size.
        """
        files = tuple(frames_dir / name for name in video.file_names)
        missing = [file for file in files if not file.is_file()]
        if missing:
            raise PictureError(
                f"Video {video.name} lacks {len(missing)} of its {video.length} frames, first {missing[0]}. Give the "
                f"folder that its file names start from: that of {video.file_names[0]}."
            )
        pictures = cls(video, files)
        try:
            header = read_header(files[0])
        except _DAMAGE as error:
            raise pictures._unreadable(0, error) from error
        pictures._check(0, (header.height, header.width), eight_bit=header.is_8bit)
        return pictures

    def read(self, frame_index: int) -> NDArray[np.uint8]:
        """A frame (H, W, 3).

        Raises:
            PictureError: It cannot be read, or has another size.
        """
        try:
            pixels = read_image(self.files[frame_index])
        except _DAMAGE as error:
            raise self._unreadable(frame_index, error) from error
        self._check(frame_index, pixels.shape[:2], eight_bit=is_8bit(pixels.dtype))
        return to_rgb8(pixels, None)

    def _check(self, frame_index: int, size_hw: tuple[int, ...], *, eight_bit: bool) -> None:
        place = f"Frame {frame_index} of video {self.video.name}, {self.files[frame_index]},"
        if size_hw != (self.video.height, self.video.width):
            raise PictureError(
                f"{place} is {size_hw[0]} x {size_hw[1]} (height x width), but its annotations are for "
                f"{self.video.height} x {self.video.width}. Take the pictures that they were made on."
            )
        if not eight_bit:
            raise PictureError(f"{place} has more than 8 bits a channel. Convert the pictures to 8 bits first.")

    def _unreadable(self, frame_index: int, cause: Exception) -> PictureError:
        return PictureError(
            f"Frame {frame_index} of video {self.video.name}, {self.files[frame_index]}, cannot be read: {cause}. Copy "
            "that file again."
        )
