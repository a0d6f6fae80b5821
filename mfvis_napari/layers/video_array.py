"""A video as an array that reads a frame when it is asked for."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.video import VideoSource

Key: TypeAlias = int | slice | tuple[int | slice, ...]


class VideoArray:
    """(T, H, W, 3) uint8, as far as napari needs an array to be one: a shape, a type, and slices."""

    dtype = np.dtype(np.uint8)
    ndim = 4

    def __init__(self, video: VideoSource) -> None:
        self._video = video
        self.shape = (video.length, video.height, video.width, 3)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: Key) -> NDArray[np.uint8]:
        """Frames, cut as the key says; raises as `VideoSource.frame`."""
        first, *rest = key if isinstance(key, tuple) else (key,)
        if isinstance(first, slice):
            start, stop, step = first.indices(self.shape[0])
            frames = [self._video.frame(frame_index) for frame_index in range(start, stop, step)]
            block = np.stack(frames) if frames else np.zeros((0, *self.shape[1:]), np.uint8)
            return block[(slice(None), *rest)]
        return self._video.frame(int(first))[tuple(rest)]
