"""What all sources share: checked indices, the cache, one reader at a time."""

import operator
import threading
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.video.cache import FrameCache
from mfvis_engine.video.normalization import Normalization
from mfvis_engine.video.source import FrameIndexError, TruncatedVideoError, VideoError

DEFAULT_CACHE_BYTES = 512 * 2**20


@dataclass(frozen=True)
class FrameFormat:
    """Size of a video: frames, rows, columns, and mean frames per second where known."""

    length: int
    height: int
    width: int
    frame_rate: float | None = None


@dataclass(frozen=True)
class Truncation:
    """How much of a cut-off file can be read, and how many frames it should hold (None: not said)."""

    readable: int
    declared: int | None

    def message(self, name: str) -> str:
        """Say what can be read and what to do."""
        declared = "" if self.declared is None else f" of the {self.declared} it declares"
        return (
            f"{name} is cut off: {self.readable} frames{declared} can be read, the first unreadable one is "
            f"frame {self.readable}. Copy or export the file again to get the rest."
        )


class CachedVideo(ABC):
    """A source that reads through a bounded cache. Threads may share it; one of them reads at a time.

    Args:
        name: what error messages call the video, as a rule its path.
        frame_format: its size.
        cache_bytes: bound on the memory for cached frames.
        truncation: set when the file is cut off; explains indices past the end.
    """

    def __init__(
        self, name: str, frame_format: FrameFormat, cache_bytes: int, truncation: Truncation | None = None
    ) -> None:
        self._name = name
        self._format = frame_format
        self._truncation = truncation
        self._cache = FrameCache(cache_bytes)
        self._read_lock = threading.RLock()
        self._closed = False

    @property
    def length(self) -> int:
        """Number of frames; every index in 0..length-1 can be asked for."""
        return self._format.length

    @property
    def height(self) -> int:
        """Rows of a frame, in pixels."""
        return self._format.height

    @property
    def width(self) -> int:
        """Columns of a frame, in pixels."""
        return self._format.width

    @property
    def frame_rate(self) -> float | None:
        """Mean frames per second, or None where the file does not tell."""
        return self._format.frame_rate

    @property
    def normalization(self) -> Normalization | None:
        """How pixel values became 8-bit, or None where they were 8-bit already."""
        return None

    @property
    def truncation(self) -> Truncation | None:
        """What is missing from a cut-off file, or None for a whole one."""
        return self._truncation

    def frame(self, frame_index: int) -> NDArray[np.uint8]:
        """Read one frame.

        Args:
            frame_index: from 0; negative indices are refused.

        Returns:
            (height, width, 3) RGB. Read-only, as the cache holds the same array: copy before drawing on it.

        Raises:
            FrameIndexError: the index lies outside 0..length-1 (`TruncatedVideoError` if the file is cut).
            UnreadableFrameError: the frame's data is damaged.
            VideoError: the video has been closed.
        """
        index = self._checked(frame_index)
        cached = self._cache.get(index)
        if cached is not None:
            return cached
        with self._read_lock:
            self._refuse_if_closed()
            cached = self._cache.get(index)
            return self._cache.put(index, self._read(index)) if cached is None else cached

    def frames(self, start: int, stop: int) -> NDArray[np.uint8]:
        """Read frames start..stop-1 into a new array.

        Returns:
            (stop - start, height, width, 3) RGB, the caller's own.

        Raises:
            FrameIndexError: not 0 <= start <= stop <= length.
        """
        if start > stop:
            raise FrameIndexError(f"Frames {start}..{stop} of {self._name}: start must not lie past stop.")
        if start < stop:
            self._checked(start)
            self._checked(stop - 1)
        block = np.empty((stop - start, self.height, self.width, 3), np.uint8)
        for offset in range(stop - start):
            block[offset] = self.frame(start + offset)
        return block

    def close(self) -> None:
        """Let go of files and memory. Closing twice does no harm."""
        with self._read_lock:
            if not self._closed:
                self._closed = True
                self._cache.clear()
                self._release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    @abstractmethod
    def _read(self, frame_index: int) -> NDArray[np.uint8]:
        """Read a frame (height, width, 3) that is not in the cache; called by one thread at a time."""

    def _release(self) -> None:
        """Close what the source holds open."""
        return

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise VideoError(f"{self._name} has been closed. Open it again to read frames.")

    def _checked(self, frame_index: int) -> int:
        self._refuse_if_closed()
        index = operator.index(frame_index)
        if 0 <= index < self.length:
            return index
        if self._truncation is not None and index >= self.length:
            raise TruncatedVideoError(f"No frame {index}: {self._truncation.message(self._name)}")
        raise FrameIndexError(f"No frame {index} in {self._name}: its frames are 0..{self.length - 1}.")
