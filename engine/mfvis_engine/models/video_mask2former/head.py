"""Everything after the backbone: pixel decoder and video decoder."""

from __future__ import annotations

from torch import Tensor, nn

from mfvis_engine.models.video_mask2former.config import VideoMask2FormerConfig
from mfvis_engine.models.video_mask2former.decoder import VideoDecoder
from mfvis_engine.models.video_mask2former.pixel_decoder import PixelDecoder
from mfvis_engine.models.video_mask2former.predictions import ClipPrediction


class VideoMask2FormerHead(nn.Module):
    """Features of frames to classes and masks of clips."""

    def __init__(self, config: VideoMask2FormerConfig) -> None:
        super().__init__()
        self.pixel_decoder = PixelDecoder(config)
        self.decoder = VideoDecoder(config)

    def forward(
        self, features: tuple[Tensor, ...], batch: int, frames: int, *, deep_supervision: bool = True
    ) -> ClipPrediction:
        """What B clips of T frames show.

        Args:
            features: (B * T, C, h, w) each, of strides 4, 8, 16 and 32; the frames of a clip one after the other.
            batch: B.
            frames: T.
            deep_supervision: Answer with all heads, not the last alone.
        """
        prediction: ClipPrediction = self.decoder(
            self.pixel_decoder(features), batch, frames, deep_supervision=deep_supervision
        )
        return prediction
