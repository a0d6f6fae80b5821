"""What inference asks of a model."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor

from mfvis_engine.models.video_mask2former.pixel_decoder import FrameFeatures
from mfvis_engine.models.video_mask2former.predictions import ClipPrediction


class ClipModel(Protocol):
    """Something that finds the objects of clips, such as a `VideoMask2Former` ready for inference."""

    def encode(self, frames_rgb: Tensor, /) -> FrameFeatures:
        """Features of N frames (N, 3, H, W) of 0..255, padded by the model; of each from that frame alone."""

    def decode(
        self, features: FrameFeatures, batch: int, frames: int, /, *, deep_supervision: bool = True
    ) -> ClipPrediction:
        """What `batch` clips of `frames` frames show, by the features of their frames, clip after clip.

        Args:
            features: Of batch x frames frames.
            batch: B.
            frames: T.
            deep_supervision: Inference asks without: for the last head alone.
        """
