"""A training on disk, so that it can go on after a stop: safetensors and JSON, nothing is unpickled."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save
from torch import Tensor, nn

from mfvis_engine.models.checkpoint import CheckpointError

FORMAT = "mfvis-fine-tuning"
FORMAT_VERSION = 1
_TENSORS, _STATE = "training.safetensors", "training.json"


@dataclass(frozen=True)
class SnapshotState:
    """What is not a tensor: how far the training came, and what it belongs to.

    Attributes:
        step: Steps done.
        seconds: Seconds of training done.
        generator: JSON of the state of what else goes on: the numpy generator, or the gradients' scaler.
        fingerprint: Identifies settings, boxes and masks; a snapshot of other ones is refused.
    """

    step: int
    seconds: float
    generator: str
    fingerprint: str


def write_snapshot(
    folder: Path, state: SnapshotState, networks: Mapping[str, nn.Module], optimizer: torch.optim.Optimizer
) -> None:
    """Replaces the folder's snapshot; the JSON, written last, names the tensors it belongs to.

    Args:
        folder: Made if it is not there.
        state: What is not a tensor.
        networks: By name; "net" is the one that the optimizer changes.
        optimizer: An Adam.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {f"{which}.{k}": v for which, network in networks.items() for k, v in network.state_dict().items()}
    for name, parameter in networks["net"].named_parameters():
        moments = optimizer.state.get(parameter, {})
        tensors |= {f"optimizer.{key}.{name}": value for key, value in moments.items()}
    name = f"{state.step:08d}.{_TENSORS}"
    partial = folder / (name + ".partial")
    # Not `save_file`, whose error for a full disk is no OSError.
    partial.write_bytes(save({key: value.detach().cpu().contiguous() for key, value in tensors.items()}))
    partial.replace(folder / name)
    about = {"format": FORMAT, "format_version": FORMAT_VERSION, "tensors": name, **vars(state)}
    partial = folder / (_STATE + ".partial")
    partial.write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    partial.replace(folder / _STATE)
    for older in folder.glob(f"*.{_TENSORS}"):
        if older.name != name:
            older.unlink()


def has_snapshot(folder: Path) -> bool:
    """Whether there is one to go on with."""
    return (folder / _STATE).exists()


def read_snapshot(
    folder: Path, fingerprint: str, networks: Mapping[str, nn.Module], optimizer: torch.optim.Optimizer
) -> SnapshotState | None:
    """Puts a snapshot's tensors back and returns its state, or None where the folder has none.

    Raises:
        CheckpointError: The snapshot is damaged, or belongs to other boxes, masks or settings.
    """
    if not has_snapshot(folder):
        return None
    state, tensors = _read(folder)
    if state.fingerprint != fingerprint:
        raise CheckpointError(
            f"The snapshot in {folder} belongs to other boxes, masks or settings. Delete it to train anew."
        )
    for which, network in networks.items():
        network.load_state_dict(_part(tensors, f"{which}."))
    for name, parameter in networks["net"].named_parameters():
        moments = {key: tensors.get(f"optimizer.{key}.{name}") for key in ("step", "exp_avg", "exp_avg_sq")}
        device = parameter.device  # a frozen parameter has no moments
        known = {k: v if k == "step" else v.to(device) for k, v in moments.items() if v is not None}
        if known:
            optimizer.state[parameter] = known
    return state


def _read(folder: Path) -> tuple[SnapshotState, dict[str, Tensor]]:
    try:
        about = json.loads((folder / _STATE).read_text(encoding="utf-8"))
        known = (about["format"], about["format_version"]) == (FORMAT, FORMAT_VERSION)
        state = SnapshotState(about["step"], about["seconds"], about["generator"], about["fingerprint"])
        tensors = load_file(folder / about["tensors"])
    except Exception as error:  # json, file system and safetensors' own class, which it does not export
        raise CheckpointError(f"The snapshot in {folder} is damaged: {error!r}. Delete it to train anew.") from error
    if not known:
        found = f"{about['format']} version {about['format_version']}"
        raise CheckpointError(f"The snapshot in {folder} is {found}, not {FORMAT} version {FORMAT_VERSION}. Delete it.")
    return state, tensors


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
