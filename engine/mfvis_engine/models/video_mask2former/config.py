"""The shape of a Video Mask2Former."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from mfvis_engine.errors import MfvisError

LEVELS = 3
"""Feature maps that the decoder looks at: strides 32, 16 and 8."""
POINTS = 4
"""Sampling points of a head and level in the pixel decoder's deformable attention."""
MASK_STRIDE = 4
"""Input pixels per pixel of the mask logits."""
SIZE_DIVISOR = 32
"""Frames are padded at the right and below to a multiple of this."""
NORM_GROUPS = 32
"""Of the pixel decoder's group norms: `hidden_dim` is a multiple of it."""


class ModelConfigError(MfvisError):
    """A model of this shape cannot be built."""


class BackboneKind(StrEnum):
    """Which family the backbone is of."""

    RESNET = "resnet"
    SWIN = "swin"


class BackboneNorm(StrEnum):
    """How a ResNet normalises: with the statistics it was pretrained with, never changed, or by groups of channels."""

    FROZEN_BATCH = "frozen_batch"
    GROUP = "group"


@dataclass(frozen=True)
class BackboneConfig:
    """The network that makes features of strides 4, 8, 16 and 32 of single frames.

    Attributes:
        kind: Its family.
        depths: Blocks of each of the four stages.
        channels: Channels of the four feature maps, finest first.
        stem_channels: ResNet: channels before the first stage. Swin: of a patch, the width of its first stage.
        bottleneck: ResNet: blocks of three convolutions rather than two.
        norm: ResNet: its normalisation. One that starts from random weights wants `GROUP`.
        head_counts: Swin: attention heads of each stage.
        window_size: Swin: side of the attention windows, in patches.
    """

    kind: BackboneKind = BackboneKind.RESNET
    depths: tuple[int, int, int, int] = (3, 4, 6, 3)
    channels: tuple[int, int, int, int] = (256, 512, 1024, 2048)
    stem_channels: int = 64
    bottleneck: bool = True
    norm: BackboneNorm = BackboneNorm.FROZEN_BATCH
    head_counts: tuple[int, int, int, int] = (6, 12, 24, 48)
    window_size: int = 12


@dataclass(frozen=True)
class VideoMask2FormerConfig:
    """Everything that the shape of the network depends on; the defaults are the paper's R50.

    Attributes:
        class_names: The K classes, in the order of the class logits; "no object" comes after them.
        backbone: The backbone.
        hidden_dim: Channels of queries and of the pixel decoder.
        mask_dim: Channels of the mask features.
        head_count: Attention heads, of both decoders.
        encoder_layers: Deformable attention layers of the pixel decoder.
        encoder_ffn_dim: Width of their feed-forward networks.
        decoder_layers: Layers of the video decoder; there is one prediction head more.
        decoder_ffn_dim: Width of their feed-forward networks.
        query_count: Objects found in a clip, at the most.
        pixel_mean_rgb: Taken from each frame, values 0..255.
        pixel_std_rgb: Each frame is divided by this afterwards.

    Raises:
        ModelConfigError: The numbers do not fit together.
    """

    class_names: tuple[str, ...]
    backbone: BackboneConfig = field(default_factory=BackboneConfig)
    hidden_dim: int = 256
    mask_dim: int = 256
    head_count: int = 8
    encoder_layers: int = 6
    encoder_ffn_dim: int = 1024
    decoder_layers: int = 9
    decoder_ffn_dim: int = 2048
    query_count: int = 100
    pixel_mean_rgb: tuple[float, float, float] = (123.675, 116.28, 103.53)
    pixel_std_rgb: tuple[float, float, float] = (58.395, 57.12, 57.375)

    def __post_init__(self) -> None:
        if not self.class_names or len(set(self.class_names)) != len(self.class_names):
            raise ModelConfigError(
                f"The classes of a model must be at least one, each once. Got {list(self.class_names)}."
            )
        if self.hidden_dim % NORM_GROUPS or self.hidden_dim % self.head_count:
            raise ModelConfigError(
                f"hidden_dim must be a multiple of {NORM_GROUPS} (the groups of its norms) and of head_count. "
                f"Got {self.hidden_dim} with {self.head_count} heads."
            )

    @property
    def class_count(self) -> int:
        """K, without "no object"."""
        return len(self.class_names)
