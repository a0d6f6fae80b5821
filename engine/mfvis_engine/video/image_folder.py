"""A folder of pictures as a video."""

import functools
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.video.cached_video import DEFAULT_CACHE_BYTES, FrameFormat
from mfvis_engine.video.image_file import IMAGE_SUFFIXES, ImageHeader, read_header, read_image
from mfvis_engine.video.normalization import Normalization
from mfvis_engine.video.pixel_video import PixelVideo
from mfvis_engine.video.source import UnreadableFrameError, VideoError

DAMAGE = (OSError, ValueError, SyntaxError, VideoError)
NAMED_FILES = 3


class ImageFolder(PixelVideo):
    """The png, jpg, tif, bmp and webp files of a folder, in natural order (frame2 before frame10).

    Opacity is dropped, an EXIF orientation applied. Pictures deeper than 8 bit are normalised once for the
    whole folder. Hidden files and sub-folders are passed over.

    Args:
        path: the folder.
        cache_bytes: bound on the memory for cached frames.
        normalization: the one recorded earlier; measured where None and needed.

    Raises:
        VideoError: no picture in the folder, different sizes or depths.
        UnreadableFrameError: a file's header is damaged.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        cache_bytes: int = DEFAULT_CACHE_BYTES,
        normalization: Normalization | None = None,
    ) -> None:
        self._folder = Path(path)
        self._files = _image_files(self._folder)
        header = _common_header(self._folder, self._files)
        super().__init__(str(path), FrameFormat(len(self._files), header.height, header.width), cache_bytes)
        if not header.is_8bit:
            self._normalize(normalization)

    def __reduce__(self) -> tuple[Any, ...]:
        reopen = functools.partial(
            ImageFolder, cache_bytes=self._cache.capacity_bytes, normalization=self._normalization
        )
        return reopen, (self._folder,)

    @property
    def files(self) -> tuple[Path, ...]:
        """The picture of each frame."""
        return self._files

    def _read(self, frame_index: int) -> NDArray[np.uint8]:
        frame = super()._read(frame_index)
        if frame.shape[:2] != (self.height, self.width):
            raise _unreadable(frame_index, self._files[frame_index], "it has changed its size")
        return frame

    def _pixels(self, frame_index: int) -> NDArray[Any]:
        try:
            return read_image(self._files[frame_index])
        except DAMAGE as error:
            raise _unreadable(frame_index, self._files[frame_index], error) from error


def natural_key(name: str) -> tuple[tuple[int, str], ...]:
    """Sorting key that puts frame2 before frame10, ignoring case."""
    parts = re.split(r"(\d+)", name.casefold())
    numbered = ((int(part), "") if part.isdecimal() else (0, part) for part in parts)
    return *numbered, (0, name)


def _image_files(folder: Path) -> tuple[Path, ...]:
    if not folder.is_dir():
        raise VideoError(f"There is no folder {folder}.")
    found = [
        file
        for file in folder.iterdir()
        if file.suffix.lower() in IMAGE_SUFFIXES and not file.name.startswith(".") and file.is_file()
    ]
    if not found:
        known = ", ".join(sorted(suffix[1:] for suffix in IMAGE_SUFFIXES))
        raise VideoError(f"{folder} holds no pictures. A folder of frames needs files of the kinds {known}.")
    return tuple(sorted(found, key=lambda file: natural_key(file.name)))


def _common_header(folder: Path, files: Sequence[Path]) -> ImageHeader:
    headers = [_header(frame_index, file) for frame_index, file in enumerate(files)]
    usual = Counter(headers).most_common(1)[0][0]
    odd = [(file, header) for file, header in zip(files, headers, strict=True) if header != usual]
    if odd:
        named = ", ".join(f"{file.name} ({_describe(header)})" for file, header in odd[:NAMED_FILES])
        more = f" and {len(odd) - NAMED_FILES} more" if len(odd) > NAMED_FILES else ""
        example = files[headers.index(usual)].name
        raise VideoError(
            f"The pictures of {folder} differ in size or depth: most are {_describe(usual)}, as {example}, "
            f"but not {named}{more}. Move those elsewhere, or bring all to one size and depth."
        )
    return usual


def _header(frame_index: int, file: Path) -> ImageHeader:
    try:
        return read_header(file)
    except DAMAGE as error:
        raise _unreadable(frame_index, file, error) from error


def _unreadable(frame_index: int, file: Path, cause: object) -> UnreadableFrameError:
    return UnreadableFrameError(
        f"Frame {frame_index}, {file}, cannot be read: {cause}. Copy or export that file again."
    )


def _describe(header: ImageHeader) -> str:
    return f"{header.width}x{header.height}, {'8-bit' if header.is_8bit else 'deeper than 8-bit'}"
