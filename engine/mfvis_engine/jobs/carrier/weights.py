"""The weights that a job starts from, and those that it leaves: one safetensors file that describes itself."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor

from mfvis_engine.jobs.errors import EngineError
from mfvis_engine.jobs.job import BackboneWeights, LearnedWeights, ShippedWeights, Weights
from mfvis_engine.models import BoxPromptedConfig, BoxPromptedNet, CheckpointError, load_net
from mfvis_engine.models.box_prompted import PromptedNet
from mfvis_engine.models.checkpoint import FORMAT, FORMAT_VERSION
from mfvis_engine.models.pretrained import load_backbone_net

if TYPE_CHECKING:
    from mfvis_engine.jobs.desk import Desk

_ABOUT = "mfvis"
"""The key of the description in the file's metadata."""
_DECODER_SEED = 0


class UntrainedWeightsError(EngineError):
    """Weights that cannot predict without training."""


def load_weights(weights: Weights, desk: Desk) -> PromptedNet:
    """The network, on the CPU.

    Raises:
        UnknownBlobError: The engine does not keep what was learned any more.
        CheckpointError: The file is damaged, or of another format.
        PretrainedError: The backbone cannot be had.
    """
    match weights:
        case ShippedWeights():
            return load_net()
        case BackboneWeights(name=name):
            torch.manual_seed(_DECODER_SEED)  # so that a job that is tried again starts from the same decoder
            return load_backbone_net(name)
        case LearnedWeights(blob=blob):
            return read_weights(desk.blob(blob))


def load_start(weights: Weights, desk: Desk) -> PromptedNet:
    """The network that training starts from; raises as `load_weights`.

    What an earlier job learned is met halfway by the shipped network, where both are of one make: the mean of their
    weights keeps what was learned, and not what was wrong in the boxes of then (the mean is that of Wortsman et al.,
    "Robust fine-tuning of zero-shot models", CVPR 2022).
    """
    net = load_weights(weights, desk)
    if not (isinstance(weights, LearnedWeights) and isinstance(net, BoxPromptedNet)):
        return net
    shipped = load_net()
    if net.config == shipped.config:
        others = shipped.state_dict()
        net.load_state_dict({name: torch.lerp(value, others[name], 0.5) for name, value in net.state_dict().items()})
    return net


def load_refiner(weights: Weights) -> PromptedNet | None:
    """The network that refines boxes for one that starts from `weights`; None where it does so itself.

    One that has learned from a video's boxes finds them better than they are, and hardly moves them.
    """
    return load_net() if isinstance(weights, LearnedWeights) else None


def keep_weights(net: PromptedNet, desk: Desk) -> str:
    """Hands the weights to the engine; returns their SHA-256, empty for a network that has no format of its own."""
    if not isinstance(net, BoxPromptedNet):
        return ""
    path = desk.folder / "weights.safetensors"
    write_weights(path, net)
    return desk.keep_blob(path)


def write_weights(path: Path, net: BoxPromptedNet) -> None:
    """Writes the network as float16, whole or not at all; equal networks give equal files.

    Tensors that float16 cannot hold are written as float32.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    about = {"format": FORMAT, "format_version": FORMAT_VERSION, "config": dataclasses.asdict(net.config)}
    tensors = {name: _compact(value.detach().to("cpu", torch.float32)) for name, value in net.state_dict().items()}
    partial = path.with_suffix(".partial")
    # Not `save_file`, whose error for a full disk is no OSError.
    partial.write_bytes(save(tensors, metadata={_ABOUT: json.dumps(about)}))
    partial.replace(path)


def _compact(values: Tensor) -> Tensor:
    half = values.to(torch.float16).contiguous()
    return half if bool(torch.isfinite(half).all()) else values.contiguous()


def read_weights(path: Path) -> BoxPromptedNet:
    """Reads what `write_weights` wrote, on the CPU.

    Raises:
        CheckpointError: The file is missing, damaged, or of another format or version.
    """
    try:
        with safe_open(path, "pt") as file:
            about = json.loads((file.metadata() or {})[_ABOUT])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no mapping
        config = about["config"]
        net = BoxPromptedNet(BoxPromptedConfig(tuple(config["widths"]), config["crop_size"]))
        net.load_state_dict(tensors)
        found = (about["format"], about["format_version"])
    except Exception as error:  # json, file system, torch, and safetensors' own class, which it does not export
        raise CheckpointError(f"The weights {path} cannot be used: {error!r}. Train again from others.") from error
    if found != (FORMAT, FORMAT_VERSION):
        raise CheckpointError(f"{path} is {found[0]} version {found[1]}, not {FORMAT} version {FORMAT_VERSION}.")
    return net
