"""Features of a video's frames, a window at a time; frames that two windows share are looked at once."""

from __future__ import annotations

from collections.abc import Callable

import torch

from mfvis_engine.inference.vis.clip_model import ClipModel
from mfvis_engine.inference.vis.frame_grid import FrameGrid
from mfvis_engine.models.device import Device
from mfvis_engine.models.video_mask2former.pixel_decoder import FrameFeatures
from mfvis_engine.video import VideoSource


class FeatureReader:
    """Holds the features of one window.

    Args:
        model: On `device`.
        video: What is read.
        grid: Its sizes.
        device: Where the model is.
        frames_at_once: Frames that the model looks at together.
        heed: Called before it does.
    """

    def __init__(
        self,
        model: ClipModel,
        video: VideoSource,
        grid: FrameGrid,
        device: Device,
        frames_at_once: int,
        heed: Callable[[], None],
    ) -> None:
        self._model, self._video, self._grid, self._device = model, video, grid, device
        self._frames_at_once, self._heed = frames_at_once, heed
        self._window = range(0)
        self._features: FrameFeatures | None = None

    @torch.inference_mode()
    def read(self, window: range) -> FrameFeatures:
        """The features of a window's frames; no later window may begin before it."""
        new = range(max(window.start, self._window.stop), window.stop)
        parts = self._shared(window)
        self._features = None
        for start in range(new.start, new.stop, self._frames_at_once):
            parts.append(self._look(range(start, min(start + self._frames_at_once, new.stop))))
        self._window, self._features = window, _joined(parts)
        return self._features

    def _shared(self, window: range) -> list[FrameFeatures]:
        """Those of the frames that the window before has too."""
        if self._features is None or window.start >= self._window.stop:
            return []
        first = window.start - self._window.start
        levels = tuple(level[first:] for level in self._features.levels)
        return [FrameFeatures(levels, self._features.mask_features[first:])]

    def _look(self, frames: range) -> FrameFeatures:
        self._heed()
        frames_rgb = torch.stack([self._grid.resize(self._video.frame(index)) for index in frames])
        with self._device.autocast():
            return self._model.encode(frames_rgb.to(self._device.torch_device))


def _joined(parts: list[FrameFeatures]) -> FrameFeatures:
    if len(parts) == 1:
        return parts[0]
    levels = tuple(torch.cat(level) for level in zip(*(part.levels for part in parts), strict=True))
    return FrameFeatures(levels, torch.cat([part.mask_features for part in parts]))
