"""What was learned, in memory and on the disk: a job that was stopped goes on with the very same network and boxes."""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load, save

from mfvis_engine.annotation import DenseBoxes
from mfvis_engine.models.box_prompted import PromptedNet
from mfvis_engine.models.checkpoint import CheckpointError
from mfvis_engine.training.known_masks import NO_MASKS, KnownMasks

FORMAT = "mfvis-learned"
FORMAT_VERSION = 1
_TENSORS, _ABOUT = "learned.safetensors", "learned.json"
_BOXES, _NET = "boxes_xyxy", "net."


@dataclass(frozen=True)
class Learned:
    """What `predict_video` needs.

    Attributes:
        net: The fine-tuned network, on the device it was trained on.
        boxes: The boxes, those between keyframes moved to where the network sees the object.
        steps: Steps of training done.
        from_before: Whether it was learned before a stop, so that frames which were predicted then are its own.
    """

    net: PromptedNet
    boxes: DenseBoxes
    steps: int
    from_before: bool = False


def keep_learned(folder: Path, learned: Learned, given: DenseBoxes, masks: KnownMasks = NO_MASKS) -> None:
    """Writes what was learned of the boxes `given`, and of masks, into a folder; the JSON comes last."""
    tensors = {f"{_NET}{name}": value.detach().cpu().contiguous() for name, value in learned.net.state_dict().items()}
    tensors[_BOXES] = torch.from_numpy(np.ascontiguousarray(learned.boxes.boxes_xyxy))
    data = save(tensors)
    about = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "steps": learned.steps,
        "given": f"{masks.digest()} {given.digest()}",
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in ((_TENSORS, data), (_ABOUT, json.dumps(about, indent=2).encode("utf-8"))):
        partial = folder / f"{name}.partial"
        partial.write_bytes(content)
        partial.replace(folder / name)


def kept_learned(folder: Path, net: PromptedNet, given: DenseBoxes, masks: KnownMasks = NO_MASKS) -> Learned | None:
    """Reads what `keep_learned` wrote; None where nothing was.

    Args:
        folder: As it was given there.
        net: A network of the same make, on the device to predict on; it is left as it is.
        given: The boxes to learn from.
        masks: A person's masks to learn from.

    Raises:
        CheckpointError: A file is damaged, or of other boxes or masks, or another network.
    """
    if not (folder / _ABOUT).exists():
        return None
    try:
        about = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
        data = (folder / _TENSORS).read_bytes()
        _check(about, f"{masks.digest()} {given.digest()}", hashlib.sha256(data).hexdigest())
        tensors = load(data)
        boxes = dataclasses.replace(given, boxes_xyxy=tensors.pop(_BOXES).numpy())
        trained = copy.deepcopy(net)
        trained.load_state_dict({name.removeprefix(_NET): value for name, value in tensors.items()})
        return Learned(trained, boxes, about["steps"], from_before=True)
    except Exception as error:  # json, file system, torch, and safetensors' own class, which it does not export
        raise CheckpointError(f"What was learned, in {folder}, cannot be used: {error!r}. Train anew.") from error


def _check(about: Mapping[str, object], given: str, sha256: str) -> None:
    if (about["format"], about["format_version"]) != (FORMAT, FORMAT_VERSION):
        raise ValueError(f"it is {about['format']} version {about['format_version']}")
    if about["given"] != given:
        raise ValueError("it is of other boxes or masks")
    if about["sha256"] != sha256:
        raise ValueError("it is damaged")
