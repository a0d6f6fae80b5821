"""Video Mask2Formers by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mfvis_engine.models.video_mask2former.config import (
    BackboneConfig,
    BackboneKind,
    BackboneNorm,
    ModelConfigError,
    VideoMask2FormerConfig,
)


def config_of_size(name: str, class_names: Sequence[str]) -> VideoMask2FormerConfig:
    """The shape of a model.

    Args:
        name: `r50`, the paper's; `swin-l`, its largest; `tiny`, which learns from random weights on a CPU.
        class_names: Its classes.

    Raises:
        ModelConfigError: There is no such size, or the classes are not at least one, each once.
    """
    if name not in _SIZES:
        raise ModelConfigError(f"There is no model size {name!r}. Choose one of: {', '.join(SIZES)}.")
    return _SIZES[name](tuple(class_names))


def _r50(class_names: tuple[str, ...]) -> VideoMask2FormerConfig:
    return VideoMask2FormerConfig(class_names)


def _swin_l(class_names: tuple[str, ...]) -> VideoMask2FormerConfig:
    backbone = BackboneConfig(
        kind=BackboneKind.SWIN,
        depths=(2, 2, 18, 2),
        channels=(192, 384, 768, 1536),
        stem_channels=192,
        head_counts=(6, 12, 24, 48),
        window_size=12,
    )
    return VideoMask2FormerConfig(class_names, backbone, query_count=200)


def _tiny(class_names: tuple[str, ...]) -> VideoMask2FormerConfig:
    backbone = BackboneConfig(
        depths=(2, 2, 2, 2), channels=(32, 64, 96, 128), stem_channels=32, bottleneck=False, norm=BackboneNorm.GROUP
    )
    return VideoMask2FormerConfig(
        class_names,
        backbone,
        hidden_dim=64,
        mask_dim=64,
        head_count=4,
        encoder_layers=2,
        encoder_ffn_dim=128,
        decoder_layers=3,
        decoder_ffn_dim=256,
        query_count=20,
    )


_SIZES: dict[str, Callable[[tuple[str, ...]], VideoMask2FormerConfig]] = {
    "r50": _r50,
    "swin-l": _swin_l,
    "tiny": _tiny,
}
SIZES = tuple(_SIZES)
