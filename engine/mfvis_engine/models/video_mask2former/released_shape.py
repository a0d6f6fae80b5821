"""What shape of model a released checkpoint is of, told by the shapes of its tensors."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping

from torch import Tensor

from mfvis_engine.models.video_mask2former.config import (
    LEVELS,
    POINTS,
    BackboneConfig,
    BackboneKind,
    BackboneNorm,
    VideoMask2FormerConfig,
)

CLASS_WEIGHT = "sem_seg_head.predictor.class_embed.weight"
_PIXEL = "sem_seg_head.pixel_decoder."
_PREDICTOR = "sem_seg_head.predictor."
_ENCODER = _PIXEL + "transformer.encoder.layers."
_STAGES = range(4)


def config_of_state(state: Mapping[str, Tensor], class_names: tuple[str, ...] | None) -> VideoMask2FormerConfig:
    """The shape of the model that a state is of.

    Args:
        state: By released names.
        class_names: None for as many as the class head has, called "class 1" and so on.

    Raises:
        KeyError: A tensor that tells something is not there: its name.
        ModelConfigError: There is no such model.
    """
    if class_names is None:
        class_names = tuple(f"class {number}" for number in range(1, state[CLASS_WEIGHT].shape[0]))
    query_count, hidden_dim = state[_PREDICTOR + "query_feat.weight"].shape
    offsets = state[_ENCODER + "0.self_attn.sampling_offsets.weight"].shape[0]
    return VideoMask2FormerConfig(
        class_names,
        _swin(state) if "backbone.patch_embed.proj.weight" in state else _resnet(state),
        hidden_dim=hidden_dim,
        mask_dim=state[_PIXEL + "mask_features.weight"].shape[0],
        head_count=offsets // (LEVELS * POINTS * 2),
        encoder_layers=_count(state, _ENCODER),
        encoder_ffn_dim=state[_ENCODER + "0.linear1.weight"].shape[0],
        decoder_layers=_count(state, _PREDICTOR + "transformer_ffn_layers."),
        decoder_ffn_dim=state[_PREDICTOR + "transformer_ffn_layers.0.linear1.weight"].shape[0],
        query_count=query_count,
    )


def _resnet(state: Mapping[str, Tensor]) -> BackboneConfig:
    bottleneck = "backbone.res2.0.conv3.weight" in state
    last = "conv3" if bottleneck else "conv2"
    frozen = "backbone.stem.conv1.norm.running_mean" in state
    return BackboneConfig(
        depths=_four(_count(state, f"backbone.res{stage + 2}.") for stage in _STAGES),
        channels=_four(state[f"backbone.res{stage + 2}.0.{last}.weight"].shape[0] for stage in _STAGES),
        stem_channels=state["backbone.stem.conv1.weight"].shape[0],
        bottleneck=bottleneck,
        norm=BackboneNorm.FROZEN_BATCH if frozen else BackboneNorm.GROUP,
    )


def _swin(state: Mapping[str, Tensor]) -> BackboneConfig:
    tables = [state[f"backbone.layers.{stage}.blocks.0.attn.relative_position_bias_table"] for stage in _STAGES]
    return BackboneConfig(
        kind=BackboneKind.SWIN,
        depths=_four(_count(state, f"backbone.layers.{stage}.blocks.") for stage in _STAGES),
        channels=_four(state[f"backbone.norm{stage}.weight"].shape[0] for stage in _STAGES),
        stem_channels=state["backbone.patch_embed.proj.weight"].shape[0],
        head_counts=_four(table.shape[1] for table in tables),
        window_size=(math.isqrt(tables[0].shape[0]) + 1) // 2,  # (2 w - 1)^2 offsets between two patches of a window
    )


def _count(state: Mapping[str, Tensor], prefix: str) -> int:
    """How many numbers follow the prefix in names."""
    pattern = re.compile(re.escape(prefix) + r"(\d+)\.")
    return len({match[1] for match in map(pattern.match, state) if match})


def _four(values: Iterable[int]) -> tuple[int, int, int, int]:
    first, second, third, fourth = values
    return first, second, third, fourth
