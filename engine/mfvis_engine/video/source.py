"""What a video is to the rest of the engine, and what can go wrong with one."""

from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.errors import MfvisError


class VideoError(MfvisError):
    """A video cannot be opened, read or written."""


class FrameIndexError(VideoError, IndexError):
    """A frame index lies outside 0..length-1."""


class TruncatedVideoError(FrameIndexError):
    """The frame asked for lies in the part that is missing from a cut-off file."""


class UnreadableFrameError(VideoError):
    """The frame is listed in the video, but its data is damaged."""


class TruncatedVideoWarning(UserWarning):
    """A cut-off file was opened: only its first part can be read."""


@runtime_checkable
class VideoSource(Protocol):
    """Frames of one size, numbered from 0 in the order in which they are shown.

    Arrays from `frame` may be shared with a cache and are read-only: copy before drawing on one. Blocks from
    `frames` belong to the caller.
    """

    @property
    def length(self) -> int:
        """Number of frames; every index in 0..length-1 can be asked for."""

    @property
    def height(self) -> int:
        """Rows of a frame, in pixels."""

    @property
    def width(self) -> int:
        """Columns of a frame, in pixels."""

    @property
    def frame_rate(self) -> float | None:
        """Mean frames per second, or None where the file does not tell."""

    def frame(self, frame_index: int) -> NDArray[np.uint8]:
        """Read one frame, (height, width, 3) RGB, read-only."""

    def frames(self, start: int, stop: int) -> NDArray[np.uint8]:
        """Read frames start..stop-1 as one new array (stop - start, height, width, 3) RGB."""

    def close(self) -> None:
        """Let go of files and memory; frames cannot be read afterwards."""
