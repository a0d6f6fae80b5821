"""The video decoder: queries that look at all frames of a clip at once and answer with classes and masks.

Masked-attention Mask Transformer for Universal Image Segmentation (Cheng et al., CVPR 2022) and Mask2Former for
Video Instance Segmentation (Cheng et al., arXiv 2112.10764).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mfvis_engine.models.video_mask2former.config import LEVELS, VideoMask2FormerConfig
from mfvis_engine.models.video_mask2former.layers import DecoderLayer, PredictionHead, visible_cells
from mfvis_engine.models.video_mask2former.pixel_decoder import FrameFeatures
from mfvis_engine.models.video_mask2former.position import sine_position_3d
from mfvis_engine.models.video_mask2former.predictions import ClipPrediction, HeadPrediction


@dataclass(frozen=True)
class _Level:
    """What the queries see of B clips at one stride, N = T * h * w cells.

    Attributes:
        keys: (B, N, C).
        values: (B, N, C).
        pixels: (B, mask dim, N) the mask features, resized; without gradients.
    """

    keys: Tensor
    values: Tensor
    pixels: Tensor


class VideoDecoder(nn.Module):
    """See the module's description."""

    def __init__(self, config: VideoMask2FormerConfig) -> None:
        super().__init__()
        dim = config.hidden_dim
        self.query_features = nn.Embedding(config.query_count, dim)
        self.query_places = nn.Embedding(config.query_count, dim)
        self.level_embedding = nn.Embedding(LEVELS, dim)
        self.layers = nn.ModuleList(
            DecoderLayer(dim, config.head_count, config.decoder_ffn_dim) for _ in range(config.decoder_layers)
        )
        self.head = PredictionHead(dim, config.mask_dim, config.class_count)

    def forward(
        self, features: FrameFeatures, batch: int, frames: int, *, deep_supervision: bool = True
    ) -> ClipPrediction:
        """What the clips show.

        Args:
            features: Of B * T frames, those of a clip one after the other.
            batch: B.
            frames: T.
            deep_supervision: Answer with all heads, not the last alone; the others' masks cost memory.
        """
        levels = [self._level(index, features, frames) for index in range(LEVELS)]
        places = self.query_places.weight
        queries = self.query_features.weight.expand(batch, -1, -1)
        answers = [self.head(queries)]
        for index, layer in enumerate(self.layers):
            level = levels[index % LEVELS]
            with torch.no_grad():
                visible = visible_cells(answers[-1][2] @ level.pixels)
            queries = layer(queries, places, level.keys, level.values, visible)
            answers.append(self.head(queries))
        wanted = answers if deep_supervision else answers[-1:]
        masks = _masks([embedding for _, _, embedding in wanted], features.mask_features, frames)
        heads = tuple(HeadPrediction(answer[1], logits) for answer, logits in zip(wanted, masks, strict=True))
        return ClipPrediction(heads, answers[-1][0])

    def _level(self, index: int, features: FrameFeatures, frames: int) -> _Level:
        level = features.levels[index]
        height, width = level.shape[-2:]
        values = _cells(level, frames).transpose(1, 2) + self.level_embedding.weight[index]
        places = sine_position_3d(frames, height, width, level.shape[1], level.device).flatten(0, 2)
        # Resizing is linear: to resize the features once is to resize every mask made of them.
        pixels = F.interpolate(
            features.mask_features.detach(), size=(height, width), mode="bilinear", align_corners=False
        )
        return _Level(values + places, values, _cells(pixels, frames))


def _cells(maps: Tensor, frames: int) -> Tensor:
    """Maps (B * T, C, h, w) as the cells of B clips: (B, C, T * h * w)."""
    return maps.reshape(-1, frames, *maps.shape[1:]).transpose(1, 2).flatten(2)


def _masks(embeddings: list[Tensor], mask_features: Tensor, frames: int) -> tuple[Tensor, ...]:
    """Mask logits (B, Q, T, h, w) of each head's embeddings (B, Q, C): one product for all heads."""
    logits = torch.cat(embeddings, dim=1) @ _cells(mask_features, frames)
    return logits.view(*logits.shape[:2], frames, *mask_features.shape[-2:]).chunk(len(embeddings), dim=1)
