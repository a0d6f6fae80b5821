"""Video Mask2Former: finds, tracks and segments the objects of a clip without being shown where they are."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mfvis_engine.models.video_mask2former.backbone import Backbone
from mfvis_engine.models.video_mask2former.config import SIZE_DIVISOR, VideoMask2FormerConfig
from mfvis_engine.models.video_mask2former.head import VideoMask2FormerHead
from mfvis_engine.models.video_mask2former.pixel_decoder import FrameFeatures
from mfvis_engine.models.video_mask2former.predictions import ClipPrediction


class VideoMask2Former(nn.Module):
    """The network (Cheng et al., arXiv 2112.10764), as MaskFreeVIS trains it (Ke et al., CVPR 2023).

    Attributes:
        config: Its shape and classes.
    """

    def __init__(self, config: VideoMask2FormerConfig) -> None:
        """Builds it with random weights."""
        super().__init__()
        self.config = config
        self.backbone = Backbone(config.backbone)
        self.head = VideoMask2FormerHead(config)
        self.pixel_mean: Tensor
        self.pixel_std: Tensor
        self.register_buffer("pixel_mean", torch.tensor(config.pixel_mean_rgb)[:, None, None], persistent=False)
        self.register_buffer("pixel_std", torch.tensor(config.pixel_std_rgb)[:, None, None], persistent=False)

    def forward(
        self,
        frames_rgb: Tensor,
        sizes_hw: Sequence[tuple[int, int]] | None = None,
        *,
        deep_supervision: bool = True,
    ) -> ClipPrediction:
        """What clips show.

        Args:
            frames_rgb: (B, T, 3, H, W) of any type, values 0..255; of any size.
            sizes_hw: Height and width of each clip, where some are smaller and padded at the right and below.
            deep_supervision: Answer with all heads, not the last alone; for inference the last is enough.
        """
        batch, frames = frames_rgb.shape[:2]
        pixels = self._normalised(frames_rgb)
        for clip, (height, width) in zip(pixels, sizes_hw or (), strict=False):
            clip[..., height:, :] = 0
            clip[..., width:] = 0
        features = self._features(pixels.flatten(0, 1))
        return self.decode(features, batch, frames, deep_supervision=deep_supervision)

    def encode(self, frames_rgb: Tensor) -> FrameFeatures:
        """Features of N single frames (N, 3, H, W), values 0..255; each depends on its own frame alone."""
        return self._features(self._normalised(frames_rgb))

    def decode(
        self, features: FrameFeatures, batch: int, frames: int, *, deep_supervision: bool = True
    ) -> ClipPrediction:
        """What `batch` clips of `frames` frames show, given the features of their frames, clip after clip."""
        prediction: ClipPrediction = self.head.decoder(features, batch, frames, deep_supervision=deep_supervision)
        return prediction

    def _features(self, pixels: Tensor) -> FrameFeatures:
        features: FrameFeatures = self.head.pixel_decoder(self.backbone(pixels))
        return features

    def _normalised(self, frames_rgb: Tensor) -> Tensor:
        """Frames of mean 0 and deviation 1, padded with zeros at the right and below."""
        height, width = frames_rgb.shape[-2:]
        pixels = (frames_rgb.to(self.pixel_mean.dtype) - self.pixel_mean) / self.pixel_std
        return F.pad(pixels, (0, -width % SIZE_DIVISOR, 0, -height % SIZE_DIVISOR))
