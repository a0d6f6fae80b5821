"""Backbones of transformers, started from random weights: ResNet with the norm of one's choice, and Swin."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mfvis_engine.models.video_mask2former.config import BackboneConfig, BackboneKind, BackboneNorm

_STAGES = ("stage1", "stage2", "stage3", "stage4")
_SWIN_DROP_PATH = 0.3
_CHANNELS_PER_GROUP = 8
_MOST_GROUPS = 32


class FrozenBatchNorm(nn.Module):
    """Batch normalisation with the statistics, scale and shift that it was loaded with; nothing of it is learned."""

    def __init__(self, channels: int, epsilon: float = 1e-5) -> None:
        super().__init__()
        self.epsilon = epsilon
        self.weight: Tensor
        self.bias: Tensor
        self.running_mean: Tensor
        self.running_var: Tensor
        self.register_buffer("weight", torch.ones(channels))
        self.register_buffer("bias", torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, H, W)."""
        return F.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias, eps=self.epsilon)


class Backbone(nn.Module):
    """A backbone of transformers that answers with its four feature maps."""

    def __init__(self, config: BackboneConfig) -> None:
        super().__init__()
        self.inner = _swin(config) if config.kind is BackboneKind.SWIN else _resnet(config)

    def forward(self, pixels: Tensor) -> tuple[Tensor, ...]:
        """Normalised frames (N, 3, H, W), sides multiples of 32, to maps (N, C, h, w) of strides 4, 8, 16 and 32."""
        return tuple(self.inner(pixels).feature_maps)


def _resnet(config: BackboneConfig) -> nn.Module:
    from transformers import ResNetBackbone, ResNetConfig  # slow to load

    shape = ResNetConfig(
        embedding_size=config.stem_channels,
        hidden_sizes=list(config.channels),
        depths=list(config.depths),
        layer_type="bottleneck" if config.bottleneck else "basic",
        downsample_in_bottleneck=False,
        out_features=list(_STAGES),  # type: ignore[call-arg]
    )
    backbone: nn.Module = ResNetBackbone(shape)
    _replace_norms(backbone, config.norm)
    return backbone


def _swin(config: BackboneConfig) -> nn.Module:
    from transformers import SwinBackbone, SwinConfig  # slow to load

    shape = SwinConfig(
        embed_dim=config.stem_channels,
        depths=list(config.depths),
        num_heads=list(config.head_counts),
        window_size=config.window_size,
        drop_path_rate=_SWIN_DROP_PATH,
        out_features=list(_STAGES),  # type: ignore[call-arg]
    )
    backbone: nn.Module = SwinBackbone(shape)
    # Norms what a classifier would see, which nobody does here: weights without gradients halt several processes.
    backbone.get_submodule("swin").register_module("layernorm", nn.Identity())
    return backbone


def _replace_norms(module: nn.Module, norm: BackboneNorm) -> None:
    for name, child in module.named_children():
        if isinstance(child, nn.BatchNorm2d):
            setattr(module, name, _norm(child.num_features, norm))
        else:
            _replace_norms(child, norm)


def _norm(channels: int, norm: BackboneNorm) -> nn.Module:
    if norm is BackboneNorm.FROZEN_BATCH:
        return FrozenBatchNorm(channels)
    groups = math.gcd(channels, _MOST_GROUPS, max(channels // _CHANNELS_PER_GROUP, 1))
    return nn.GroupNorm(groups, channels)
