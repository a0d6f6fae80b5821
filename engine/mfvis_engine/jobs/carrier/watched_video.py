"""A video that calls back before each frame is read, so that long reading can be held up or ended."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.video import VideoSource


class WatchedVideo:
    """A `VideoSource` over another; what `heed` raises ends the reading."""

    def __init__(self, video: VideoSource, heed: Callable[[], None]) -> None:
        """Frames are those of `video`."""
        self._video, self._heed = video, heed

    @property
    def length(self) -> int:
        """T, number of frames."""
        return self._video.length

    @property
    def height(self) -> int:
        """Of a frame, in pixels."""
        return self._video.height

    @property
    def width(self) -> int:
        """Of a frame, in pixels."""
        return self._video.width

    @property
    def frame_rate(self) -> float | None:
        """Mean frames per second, or None where the file does not tell."""
        return self._video.frame_rate

    def frame(self, frame_index: int) -> NDArray[np.uint8]:
        """One frame (H, W, 3) RGB, read-only; what `heed` raises comes through."""
        self._heed()
        return self._video.frame(frame_index)

    def frames(self, start: int, stop: int) -> NDArray[np.uint8]:
        """Frames start..stop-1 as one new array (stop - start, H, W, 3); what `heed` raises comes through."""
        self._heed()
        return self._video.frames(start, stop)

    def close(self) -> None:
        """Closes the video under it."""
        self._video.close()
