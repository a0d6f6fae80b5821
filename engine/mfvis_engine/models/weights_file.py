"""Networks on disk: one safetensors file and one JSON file of the same stem; nothing is ever unpickled."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save
from torch import nn

from mfvis_engine.errors import MfvisError


class CheckpointError(MfvisError):
    """A checkpoint cannot be read, or belongs to another model."""


@dataclass(frozen=True)
class WeightsFormat:
    """What such a pair of files holds.

    Attributes:
        name: In the JSON, as `format`.
        version: In the JSON, as `format_version`.
    """

    name: str
    version: int

    def write(
        self, path: Path, net: nn.Module, config: Mapping[str, object], *, dtype: torch.dtype, notes: str
    ) -> None:
        """Writes `path` (.safetensors) and its JSON beside it, each whole or not at all.

        Args:
            path: Target with the suffix .safetensors; its folder is made if it is not there.
            net: The network.
            config: Its shape, as JSON can hold it.
            dtype: Of the weights on disk.
            notes: Free text on how the weights were made.
        """
        state = {name: value.detach().to("cpu", dtype).contiguous() for name, value in net.state_dict().items()}
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        partial.write_bytes(save(state))  # not `save_file`, whose error for a full disk is no OSError
        partial.replace(path)
        about = {"format": self.name, "format_version": self.version, "config": config, "notes": notes}
        partial.write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
        partial.replace(path.with_suffix(".json"))

    def read_config(self, path: Path) -> dict[str, Any]:
        """The shape of the network in `path` (.safetensors), from the JSON beside it.

        Raises:
            CheckpointError: There is no JSON, or it is of another format or version.
        """
        beside = path.with_suffix(".json")
        try:
            about = json.loads(beside.read_text(encoding="utf-8"))
            found, config = (about["format"], about["format_version"]), dict(about["config"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise not_described(beside, error) from error
        if found != (self.name, self.version):
            raise CheckpointError(
                f"{beside} describes {found[0]} version {found[1]}; "
                f"this program reads {self.name} version {self.version}."
            )
        return config


def read_weights(path: Path, net: nn.Module) -> None:
    """Loads the weights in `path` into a network of their shape, as float32.

    Raises:
        CheckpointError: The file is missing, damaged or of another shape.
    """
    try:
        state = load_file(path)
        net.load_state_dict({name: value.float() for name, value in state.items()})
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise CheckpointError(
            f"The weights {path} cannot be used: {error}. Train them again or pass another file."
        ) from error
    except Exception as error:  # safetensors raises a class of its own that it does not export everywhere
        raise CheckpointError(
            f"{path} is not a whole safetensors file: {error}. Train again or pass another file."
        ) from error


def not_described(path: Path, error: Exception) -> CheckpointError:
    """What to raise where a JSON is no description of a network."""
    return CheckpointError(f"{path} does not describe a checkpoint: {error!r}. It must lie beside its weights.")
