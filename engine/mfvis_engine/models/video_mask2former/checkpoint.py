"""Video Mask2Formers on disk: safetensors and JSON, with their classes."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import torch

from mfvis_engine.models.video_mask2former.config import (
    BackboneConfig,
    BackboneKind,
    BackboneNorm,
    ModelConfigError,
    VideoMask2FormerConfig,
)
from mfvis_engine.models.video_mask2former.model import VideoMask2Former
from mfvis_engine.models.weights_file import WeightsFormat, not_described, read_weights

VIDEO_MODEL = WeightsFormat("mfvis-video-mask2former", 1)


def save_video_model(path: Path, model: VideoMask2Former, notes: str = "") -> None:
    """Writes `path` (.safetensors) and its JSON beside it, each whole or not at all.

    Args:
        path: Target with the suffix .safetensors.
        model: On any device; stored as float32.
        notes: Free text on how the weights were made.
    """
    VIDEO_MODEL.write(path, model, dataclasses.asdict(model.config), dtype=torch.float32, notes=notes)


def load_video_model(path: Path) -> VideoMask2Former:
    """Reads what `save_video_model` wrote, on the CPU, ready for inference.

    Raises:
        CheckpointError: A file is missing, damaged, or of another format or version.
    """
    model = VideoMask2Former(read_video_config(path))
    read_weights(path, model)
    return model.eval()


def read_video_config(path: Path) -> VideoMask2FormerConfig:
    """Shape and classes of the model in `path` (.safetensors), from the JSON beside it.

    Raises:
        CheckpointError: There is no such JSON, or it is of another format or version.
    """
    values = VIDEO_MODEL.read_config(path)
    try:
        backbone = _tuples(values.pop("backbone"))
        kind, norm = BackboneKind(backbone.pop("kind")), BackboneNorm(backbone.pop("norm"))
        return VideoMask2FormerConfig(backbone=BackboneConfig(kind=kind, norm=norm, **backbone), **_tuples(values))
    except (ValueError, KeyError, TypeError, AttributeError, ModelConfigError) as error:
        raise not_described(path.with_suffix(".json"), error) from error


def _tuples(values: dict[str, Any]) -> dict[str, Any]:
    """JSON has lists where a config has tuples."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
