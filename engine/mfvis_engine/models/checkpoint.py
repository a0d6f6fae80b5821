"""Weights of the box-prompted network on disk."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import torch

from mfvis_engine.models.box_prompted import BoxPromptedConfig, BoxPromptedNet
from mfvis_engine.models.weights_file import CheckpointError, WeightsFormat, not_described, read_weights

__all__ = ["FORMAT", "FORMAT_VERSION", "WARM_START", "CheckpointError", "load_net", "save_net"]

FORMAT = "mfvis-box-prompted"
FORMAT_VERSION = 1
WARM_START = Path(__file__).parent / "weights" / "box_prompted.safetensors"
_FILES = WeightsFormat(FORMAT, FORMAT_VERSION)


def save_net(path: Path, net: BoxPromptedNet, *, half: bool = False, notes: str = "") -> None:
    """Writes `path` (.safetensors) and its JSON beside it, each whole or not at all.

    Args:
        path: Target with the suffix .safetensors.
        net: The network.
        half: Store float16, which halves the file.
        notes: Free text on how the weights were made.
    """
    dtype = torch.float16 if half else torch.float32
    _FILES.write(path, net, dataclasses.asdict(net.config), dtype=dtype, notes=notes)


def load_net(path: Path = WARM_START) -> BoxPromptedNet:
    """Reads what `save_net` wrote, as float32 on the CPU.

    Raises:
        CheckpointError: A file is missing, damaged, or of another format or version.
    """
    net = BoxPromptedNet(_read_config(path))
    read_weights(path, net)
    return net


def _read_config(path: Path) -> BoxPromptedConfig:
    values = _FILES.read_config(path)
    try:
        return BoxPromptedConfig(widths=tuple(values["widths"]), crop_size=values["crop_size"])
    except (ValueError, KeyError, TypeError) as error:
        raise not_described(path.with_suffix(".json"), error) from error
