"""The pixel decoder: features of single frames made to see each other across strides.

Six layers of multi-scale deformable attention (Zhu et al., ICLR 2021) over strides 32, 16 and 8, then one step of a
feature pyramid to stride 4. The layers are those of transformers, in plain PyTorch.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from mfvis_engine.models.video_mask2former.config import LEVELS, POINTS, VideoMask2FormerConfig


@dataclass(frozen=True)
class FrameFeatures:
    """What the video decoder sees of N frames.

    Attributes:
        levels: (N, C, h, w) each, of strides 32, 16 and 8, coarsest first.
        mask_features: (N, mask dim, h, w) of stride 4.
    """

    levels: tuple[Tensor, ...]
    mask_features: Tensor


class PixelDecoder(nn.Module):
    """The decoder of transformers, with the weights that published trainings start from, always in float32."""

    def __init__(self, config: VideoMask2FormerConfig) -> None:
        super().__init__()
        from transformers import Mask2FormerConfig  # slow to load
        from transformers.models.mask2former.modeling_mask2former import Mask2FormerPixelDecoder

        shape = Mask2FormerConfig(
            feature_size=config.hidden_dim,
            mask_feature_size=config.mask_dim,
            encoder_layers=config.encoder_layers,
            encoder_feedforward_dim=config.encoder_ffn_dim,
            num_attention_heads=config.head_count,
            dropout=0.0,
            feature_strides=[4, 8, 16, 32],
            common_stride=4,
            return_dict=True,
        )
        self.inner: nn.Module = Mask2FormerPixelDecoder(shape, feature_channels=list(config.backbone.channels))
        _initialise(self.inner, config.head_count)

    def forward(self, features: tuple[Tensor, ...]) -> FrameFeatures:
        """Features (N, C, h, w) of strides 4, 8, 16 and 32, as the video decoder needs them; also under autocast."""
        with torch.autocast(features[0].device.type, enabled=False):
            out = self.inner([feature.float() for feature in features])
        return FrameFeatures(tuple(out.multi_scale_features), out.mask_features)


@torch.no_grad()
def _initialise(decoder: nn.Module, head_count: int) -> None:
    """Random weights as the released training has them at its start; the constructor leaves others, or none."""
    for name, parameter in decoder.named_parameters():
        if name.endswith("sampling_offsets.bias"):
            parameter.copy_(_around_the_place(head_count))
        for pattern, start in _STARTS:
            if re.fullmatch(pattern, name):
                start(parameter)


def _around_the_place(head_count: int) -> Tensor:
    """Each head looks in a direction of its own, its points 1, 2, 3, ... cells away, all levels alike: (x, y) pairs."""
    angles = torch.arange(head_count) * (2 * math.pi / head_count)
    directions = torch.stack([angles.cos(), angles.sin()], dim=-1)
    directions /= directions.abs().amax(-1, keepdim=True)
    distances = torch.arange(1, POINTS + 1)[:, None]
    return (directions[:, None, None] * distances).expand(-1, LEVELS, -1, -1).flatten()


_STARTS: tuple[tuple[str, Callable[[Tensor], object]], ...] = (
    (r"level_embed", nn.init.normal_),
    (r".*(sampling_offsets\.weight|attention_weights\..*)", nn.init.zeros_),
    (r"(input_projections\.\d\.0|.*(value_proj|output_proj|fc1|fc2))\.weight", nn.init.xavier_uniform_),
    (r"(input_projections\.\d\.0|.*(value_proj|output_proj)|mask_projection)\.bias", nn.init.zeros_),
    (r"(adapter_1\.0|layer_1\.0|mask_projection)\.weight", partial(nn.init.kaiming_uniform_, a=1)),
)
