"""Weights on disk: one safetensors file and one JSON file of the same stem; nothing is ever unpickled."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from mfvis_engine.errors import MfvisError
from mfvis_engine.models.box_prompted import BoxPromptedConfig, BoxPromptedNet

FORMAT = "mfvis-box-prompted"
FORMAT_VERSION = 1
WARM_START = Path(__file__).parent / "weights" / "box_prompted.safetensors"


class CheckpointError(MfvisError):
    """A checkpoint cannot be read, or belongs to another model."""


def save_net(path: Path, net: BoxPromptedNet, *, half: bool = False, notes: str = "") -> None:
    """Writes `path` (.safetensors) and its JSON beside it, each whole or not at all.

    Args:
        path: Target with the suffix .safetensors.
        net: The network.
        half: Store float16, which halves the file.
        notes: Free text on how the weights were made.
    """
    dtype = torch.float16 if half else torch.float32
    state = {name: value.detach().to("cpu", dtype).contiguous() for name, value in net.state_dict().items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    save_file(state, partial)
    partial.replace(path)
    about = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "config": dataclasses.asdict(net.config),
        "notes": notes,
    }
    partial.write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    partial.replace(path.with_suffix(".json"))


def load_net(path: Path = WARM_START) -> BoxPromptedNet:
    """Reads what `save_net` wrote, as float32 on the CPU.

    Raises:
        CheckpointError: A file is missing, damaged, or of another format or version.
    """
    config = _read_config(path.with_suffix(".json"))
    try:
        state = load_file(path)
        net = BoxPromptedNet(config)
        net.load_state_dict({name: value.float() for name, value in state.items()})
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise CheckpointError(
            f"The weights {path} cannot be used: {error}. Train them again or pass another file."
        ) from error
    except Exception as error:  # safetensors raises a class of its own that it does not export everywhere
        raise CheckpointError(
            f"{path} is not a whole safetensors file: {error}. Train again or pass another file."
        ) from error
    return net


def _read_config(path: Path) -> BoxPromptedConfig:
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
        if about["format"] != FORMAT or about["format_version"] != FORMAT_VERSION:
            found = f"{about['format']} version {about['format_version']}"
            raise CheckpointError(f"{path} describes {found}; this program reads {FORMAT} version {FORMAT_VERSION}.")
        config = about["config"]
        return BoxPromptedConfig(widths=tuple(config["widths"]), crop_size=config["crop_size"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(
            f"{path} does not describe a checkpoint: {error!r}. It must lie beside its weights."
        ) from error
