"""Multi-page TIFF files as video."""

import functools
import warnings
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from mfvis_engine.video.cached_video import DEFAULT_CACHE_BYTES, FrameFormat
from mfvis_engine.video.normalization import Normalization
from mfvis_engine.video.pixel_video import PixelVideo
from mfvis_engine.video.source import TruncatedVideoWarning, UnreadableFrameError
from mfvis_engine.video.tiff_pages import TiffPages


class TiffStackVideo(PixelVideo):
    """A TIFF stack: TYX, TYXS, TCYX with 3 colours, and the like; ImageJ, OME and plain files.

    Pages are read when asked for. Values deeper than 8 bit are normalised once for the whole stack. A cut-off
    file opens with a `TruncatedVideoWarning`; its `length` counts the frames that can be read.

    Args:
        path: the file.
        cache_bytes: bound on the memory for cached frames.
        normalization: the one recorded earlier; measured where None and needed.

    Raises:
        VideoError: not a TIFF file, pages of different sizes, or axes that are not those of a video.
        UnreadableFrameError: a page that the normalisation needs is damaged.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        cache_bytes: int = DEFAULT_CACHE_BYTES,
        normalization: Normalization | None = None,
    ) -> None:
        self._path = Path(path)
        self._pages = pages = TiffPages(self._path)
        frame_format = FrameFormat(pages.length, pages.axes.height, pages.axes.width, pages.frame_rate)
        truncation = pages.truncation
        super().__init__(str(path), frame_format, cache_bytes, truncation)
        if truncation is not None:
            warnings.warn(truncation.message(str(path)), TruncatedVideoWarning, stacklevel=2)
        if not pages.is_8bit:
            self._normalize(normalization)

    def __reduce__(self) -> tuple[Any, ...]:
        reopen = functools.partial(
            TiffStackVideo, cache_bytes=self._cache.capacity_bytes, normalization=self._normalization
        )
        return reopen, (self._path,)

    def _pixels(self, frame_index: int) -> NDArray[Any]:
        try:
            return self._pages.frame_pixels(frame_index)
        except Exception as error:  # every codec has errors of its own
            raise UnreadableFrameError(
                f"Frame {frame_index} of {self._path} cannot be read: {error}. Save the stack again, "
                f"uncompressed or with zlib compression."
            ) from error

    def _release(self) -> None:
        self._pages.close()
