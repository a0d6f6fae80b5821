"""A video as an array that reads a frame when it is asked for."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.video import TruncatedVideoError, UnreadableFrameError, VideoError, VideoSource

Key: TypeAlias = int | slice | tuple[int | slice, ...]

_STAND_IN_GREY = 64
_UNREADABLE = (UnreadableFrameError, TruncatedVideoError)


class VideoArray:
    """(T, H, W, 3) uint8, as far as napari needs an array to be one: a shape, a type, and slices.

    A frame that cannot be read is grey: napari, told of an error, would be left half in one frame and half in another.
    """

    dtype = np.dtype(np.uint8)
    ndim = 4

    def __init__(self, video: VideoSource, on_unreadable: Callable[[VideoError], object] = lambda _: None) -> None:
        """Of a video; `on_unreadable` is called with why a frame cannot be read."""
        self._video, self._on_unreadable = video, on_unreadable
        self.shape = (video.length, video.height, video.width, 3)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: Key) -> NDArray[np.uint8]:
        """Frames, cut as the key says."""
        first, *rest = key if isinstance(key, tuple) else (key,)
        if isinstance(first, slice):
            start, stop, step = first.indices(self.shape[0])
            frames = [self._frame(frame_index) for frame_index in range(start, stop, step)]
            block = np.stack(frames) if frames else np.zeros((0, *self.shape[1:]), np.uint8)
            return block[(slice(None), *rest)]
        return self._frame(int(first))[tuple(rest)]

    def _frame(self, frame_index: int) -> NDArray[np.uint8]:
        try:
            return self._video.frame(frame_index)
        except _UNREADABLE as error:
            self._on_unreadable(error)
            return np.full(self.shape[1:], _STAND_IN_GREY, np.uint8)
