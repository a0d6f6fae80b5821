"""What sources of pixels share that may be deeper than 8 bit: one normalisation for the whole video."""

from abc import abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.video.cached_video import CachedVideo
from mfvis_engine.video.normalization import Normalization, measure_normalization, sample_indices, to_rgb8


class PixelVideo(CachedVideo):
    """A source of pictures of any depth, brought to 8-bit RGB."""

    _normalization: Normalization | None = None

    @property
    def normalization(self) -> Normalization | None:
        """How pixel values became 8-bit, or None where they were 8-bit already."""
        return self._normalization

    def _normalize(self, recorded: Normalization | None) -> None:
        """Takes the normalisation recorded earlier, or measures it over some frames."""
        samples = (self._pixels(frame_index) for frame_index in sample_indices(self.length))
        self._normalization = recorded or measure_normalization(samples)

    def _read(self, frame_index: int) -> NDArray[np.uint8]:
        return to_rgb8(self._pixels(frame_index), self._normalization)

    @abstractmethod
    def _pixels(self, frame_index: int) -> NDArray[Any]:
        """Read a frame (height, width) or (height, width, C) as it is stored."""
