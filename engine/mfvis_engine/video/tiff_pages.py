"""The pages of a TIFF file, told apart by frame."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from mfvis_engine.video.axes import FrameAxes, parse_axes
from mfvis_engine.video.cached_video import Truncation
from mfvis_engine.video.image_file import page_picture
from mfvis_engine.video.normalization import is_8bit
from mfvis_engine.video.source import VideoError

LISTED_KINDS = 4


@dataclass(frozen=True)
class _Layout:
    """How pages follow each other in a file.

    Attributes:
        axes: letters of the axes that count pages.
        shape: their sizes.
        pages: the pages, or none where they lie one after the other at `data_offset`.
        data_offset: byte offset of the first page's values, None where `pages` knows.
    """

    axes: str
    shape: tuple[int, ...]
    pages: Sequence[tifffile.TiffPage | tifffile.TiffFrame | None] = ()
    data_offset: int | None = None


class TiffPages:
    """Reads the page, or the pages of the colours, that make up a frame.

    Args:
        path: the file, held open until `close`.

    Raises:
        VideoError: not a TIFF file, pages of different sizes, or axes that are not those of a video.

    Attributes:
        axes: the roles of the axes, those of a page last.
        length: number of frames whose data lies within the file.
        truncation: set when the file is cut off.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._tiff = _open_tiff(path)
        try:
            series = self._tiff.series[0]
            self._kind = series.keyframe
            self._dtype = np.dtype(series.dtype or np.uint8)
            cut_off = _next_page_offset(self._tiff) != 0
            self._layout = self._lay_out(series, cut_off)
            self._numbers = np.arange(int(np.prod(self._layout.shape))).reshape(self._layout.shape)
            self.axes = self._frame_axes()
            self.length, self.truncation = self._readable(cut_off)
        except BaseException:
            self._tiff.close()
            raise

    @property
    def is_8bit(self) -> bool:
        """Whether pixels are shown as they are (a palette gives 8-bit colours)."""
        return is_8bit(self._dtype) or self._kind.photometric == tifffile.PHOTOMETRIC.PALETTE

    @property
    def frame_rate(self) -> float | None:
        """Frames per second where ImageJ recorded the interval."""
        interval = (self._tiff.imagej_metadata or {}).get("finterval")
        return 1.0 / interval if isinstance(interval, int | float) and interval > 0 else None

    def frame_pixels(self, frame_index: int) -> NDArray[Any]:
        """Read a frame as (H, W) or (H, W, colours), at its own depth."""
        numbers = self._numbers_of(frame_index)
        planes = [self._page(int(number)) for number in numbers.reshape(-1)]
        return planes[0] if numbers.ndim == 0 else np.stack(planes, axis=-1)

    def close(self) -> None:
        """Close the file."""
        self._tiff.close()

    def _lay_out(self, series: tifffile.TiffPageSeries, cut_off: bool) -> _Layout:
        inner = self._kind.axes
        leading = len(series.axes) - len(inner)
        if not series.axes.endswith(inner):
            raise VideoError(f"{self._path} has the axes {series.axes}, but a page {inner}. Save it as TYX.")
        axes, shape = series.axes[:leading], series.shape[:leading]
        if series.dataoffset is not None and leading > 0:
            return _Layout(axes, shape, data_offset=series.dataoffset)
        if cut_off or (len(self._tiff.series) > 1 and leading == 0):
            pages = self._alike_pages()
            if not pages:
                raise VideoError(f"{self._path} is cut off within its first frame. Copy or export it again.")
            return _Layout("T", (len(pages),), pages)
        return _Layout(axes, shape, series.pages)

    def _frame_axes(self) -> FrameAxes:
        picture = page_picture(self._kind, np.empty(self._kind.shape, self._dtype))
        names = self._layout.axes + "YXS"[: picture.ndim]
        return parse_axes(names, (*self._layout.shape, *picture.shape), str(self._path))

    def _readable(self, cut_off: bool) -> tuple[int, Truncation | None]:
        """Count the frames whose data lies within the file."""
        length = self.axes.length
        if self._layout.data_offset is None:
            declared = (self._tiff.imagej_metadata or {}).get("images")
            return length, Truncation(length, declared) if cut_off else None
        held_pages = max(0, self._path.stat().st_size - self._layout.data_offset) // self._page_bytes
        if held_pages >= self._numbers.size:
            return length, None
        complete = [bool((self._numbers_of(index) < held_pages).all()) for index in range(length)]
        readable = complete.index(False)
        if readable == 0:
            raise VideoError(f"{self._path} is cut off within its first frame. Copy or export it again.")
        return readable, Truncation(readable, length)

    def _numbers_of(self, frame_index: int) -> NDArray[np.int64]:
        """Numbers of the pages of a frame: a single one, (), or one for each colour, (C,)."""
        return np.asarray(self._numbers[self.axes.selection(frame_index)[: self._numbers.ndim]])

    @property
    def _page_bytes(self) -> int:
        return self._dtype.itemsize * int(np.prod(self._kind.shape))

    def _alike_pages(self) -> Sequence[tifffile.TiffPage]:
        """The pages whose data lies within the file, up to the first of which it does not."""
        pages = list(takewhile(self._is_whole, (page.aspage() for page in self._tiff.pages if page is not None)))
        first_of_kind = {(page.shape, page.dtype): number for number, page in reversed(list(enumerate(pages)))}
        if len(first_of_kind) > 1:
            listed = sorted((number, kind) for kind, number in first_of_kind.items())[:LISTED_KINDS]
            named = ", ".join(f"page {at} {shape[1]}x{shape[0]} {dtype}" for at, (shape, dtype) in listed)
            raise VideoError(f"The pages of {self._path} differ in size or depth: {named}. Save them alike.")
        return pages

    def _is_whole(self, page: tifffile.TiffPage) -> bool:
        size = self._path.stat().st_size
        pieces = zip(page.dataoffsets, page.databytecounts, strict=False)
        return all(offset + count <= size for offset, count in pieces)

    def _page(self, number: int) -> NDArray[Any]:
        if self._layout.data_offset is None:
            page = self._layout.pages[number]
            if page is None:
                raise ValueError(f"page {number} is missing")
            return page_picture(self._kind, page.asarray())
        with self._path.open("rb") as file:
            file.seek(self._layout.data_offset + number * self._page_bytes)
            data = file.read(self._page_bytes)
        stored = np.frombuffer(data, self._dtype.newbyteorder(self._tiff.byteorder))
        return page_picture(self._kind, stored.astype(self._dtype).reshape(self._kind.shape))


def _open_tiff(path: Path) -> tifffile.TiffFile:
    try:
        return tifffile.TiffFile(path)
    except FileNotFoundError as error:
        raise VideoError(f"There is no file {path}.") from error
    except (OSError, ValueError, struct.error) as error:
        raise VideoError(f"{path} cannot be read as TIFF: {error}. Save or copy it again.") from error


def _next_page_offset(tiff: tifffile.TiffFile) -> int:
    """Where the last page found says the next one is: 0 in a whole file (TIFF 6.0, section 2)."""
    form, handle = tiff.tiff, tiff.filehandle
    last = tiff.pages[len(tiff.pages) - 1]
    handle.seek(0 if last is None else last.offset)
    (tags,) = struct.unpack(form.tagnoformat, handle.read(form.tagnosize))
    handle.seek(tags * form.tagsize, 1)
    data = handle.read(form.offsetsize)
    return int(struct.unpack(form.offsetformat, data)[0]) if len(data) == form.offsetsize else -1
