"""Names of tensors in released checkpoints (detectron2's layout) and of the same ones here.

Swin's released attention holds query, key and value as one `qkv`; here they are named `q`, `k` and `v` of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_PIXEL = "sem_seg_head.pixel_decoder.", "head.pixel_decoder.inner."
_PREDICTOR = "sem_seg_head.predictor.", "head.decoder."
_BACKBONE = "backbone.", "backbone.inner."
_STAGES = 4
_CONVOLUTIONS = 3

# {} is a number, * the rest of a name.
_PIXEL_NAMES = (
    ("input_proj.{}.{}.*", "input_projections.{}.{}.*"),
    ("transformer.level_embed", "level_embed"),
    ("transformer.encoder.layers.{}.self_attn.*", "encoder.layers.{}.self_attn.*"),
    ("transformer.encoder.layers.{}.norm1.*", "encoder.layers.{}.self_attn_layer_norm.*"),
    ("transformer.encoder.layers.{}.norm2.*", "encoder.layers.{}.final_layer_norm.*"),
    ("transformer.encoder.layers.{}.linear1.*", "encoder.layers.{}.fc1.*"),
    ("transformer.encoder.layers.{}.linear2.*", "encoder.layers.{}.fc2.*"),
    ("adapter_{}.weight", "adapter_{}.0.weight"),
    ("adapter_{}.norm.*", "adapter_{}.1.*"),
    ("layer_{}.weight", "layer_{}.0.weight"),
    ("layer_{}.norm.*", "layer_{}.1.*"),
    ("mask_features.*", "mask_projection.*"),
)
_SWIN_NAMES = (
    ("patch_embed.proj.*", "swin.embeddings.patch_embeddings.projection.*"),
    ("patch_embed.norm.*", "swin.embeddings.norm.*"),
    ("layers.{}.blocks.{}.norm1.*", "swin.encoder.layers.{}.blocks.{}.layernorm_before.*"),
    ("layers.{}.blocks.{}.norm2.*", "swin.encoder.layers.{}.blocks.{}.layernorm_after.*"),
    ("layers.{}.blocks.{}.mlp.*", "swin.encoder.layers.{}.blocks.{}.mlp.*"),
    ("layers.{}.blocks.{}.attn.proj.*", "swin.encoder.layers.{}.blocks.{}.attention.o_proj.*"),
    ("layers.{}.blocks.{}.attn.q.*", "swin.encoder.layers.{}.blocks.{}.attention.q_proj.*"),
    ("layers.{}.blocks.{}.attn.k.*", "swin.encoder.layers.{}.blocks.{}.attention.k_proj.*"),
    ("layers.{}.blocks.{}.attn.v.*", "swin.encoder.layers.{}.blocks.{}.attention.v_proj.*"),
    (
        "layers.{}.blocks.{}.attn.relative_position_bias_table",
        "swin.encoder.layers.{}.blocks.{}.attention.relative_position_bias.relative_position_bias_table",
    ),
    ("layers.{}.downsample.*", "swin.encoder.layers.{}.downsample.*"),
    *((f"norm{stage}.*", f"hidden_states_norms.stage{stage + 1}.*") for stage in range(_STAGES)),
)
_PREDICTOR_NAMES = (
    ("transformer_self_attention_layers.{}.self_attn.*", "layers.{}.self_attention.*"),
    ("transformer_self_attention_layers.{}.norm.*", "layers.{}.self_norm.*"),
    ("transformer_cross_attention_layers.{}.multihead_attn.*", "layers.{}.cross_attention.*"),
    ("transformer_cross_attention_layers.{}.norm.*", "layers.{}.cross_norm.*"),
    ("transformer_ffn_layers.{}.linear1.*", "layers.{}.linear1.*"),
    ("transformer_ffn_layers.{}.linear2.*", "layers.{}.linear2.*"),
    ("transformer_ffn_layers.{}.norm.*", "layers.{}.ffn_norm.*"),
    ("decoder_norm.*", "head.norm.*"),
    ("query_feat.weight", "query_features.weight"),
    ("query_embed.weight", "query_places.weight"),
    ("level_embed.weight", "level_embedding.weight"),
    ("class_embed.*", "head.classes.*"),
    ("mask_embed.layers.0.*", "head.masks.0.*"),
    ("mask_embed.layers.1.*", "head.masks.2.*"),
    ("mask_embed.layers.2.*", "head.masks.4.*"),
)


def own_name(released: str) -> str | None:
    """The name here of a tensor named so in a released checkpoint, or None where there is no such one."""
    return _renamed(released, _PAIRS)


def released_name(own: str) -> str | None:
    """The name in a released checkpoint of a tensor named so here, or None where there is no such one."""
    return _renamed(own, _BACK)


def _resnet_names() -> Iterator[tuple[str, str]]:
    yield from _convolution("stem.conv1", "embedder.embedder")
    for stage in range(_STAGES):
        block = f"res{stage + 2}.{{}}", f"encoder.stages.{stage}.layers.{{}}"
        yield from _convolution(f"{block[0]}.shortcut", f"{block[1]}.shortcut")
        for index in range(_CONVOLUTIONS):
            yield from _convolution(f"{block[0]}.conv{index + 1}", f"{block[1]}.layer.{index}")


def _convolution(released: str, own: str) -> Iterator[tuple[str, str]]:
    yield f"{released}.weight", f"{own}.convolution.weight"
    yield f"{released}.norm.*", f"{own}.normalization.*"


def _all_names() -> Iterator[tuple[str, str]]:
    backbone = (*_resnet_names(), *_SWIN_NAMES)
    groups = (_BACKBONE, backbone), (_PIXEL, _PIXEL_NAMES), (_PREDICTOR, _PREDICTOR_NAMES)
    for (released_prefix, own_prefix), names in groups:
        for released, own in names:
            yield released_prefix + released, own_prefix + own


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"(\{\}|\*)", template)
    return re.compile("".join({"{}": r"(\d+)", "*": r"(.+)"}.get(part, re.escape(part)) for part in parts))


def _renamed(name: str, pairs: tuple[tuple[re.Pattern[str], str], ...]) -> str | None:
    for pattern, template in pairs:
        match = pattern.fullmatch(name)
        if match:
            return template.format(*match.groups())
    return None


_PAIRS = tuple((_pattern(released), own.replace("*", "{}")) for released, own in _all_names())
_BACK = tuple((_pattern(own), released.replace("*", "{}")) for released, own in _all_names())
