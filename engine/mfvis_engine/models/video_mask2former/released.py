"""Checkpoints that MaskFreeVIS and Mask2Former released, read and written; no code in a file is ever run."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from mfvis_engine.models.video_mask2former.config import ModelConfigError
from mfvis_engine.models.video_mask2former.model import VideoMask2Former
from mfvis_engine.models.video_mask2former.released_keys import own_name, released_name
from mfvis_engine.models.video_mask2former.released_shape import CLASS_WEIGHT, config_of_state
from mfvis_engine.models.weights_file import CheckpointError

_CLASS_HEAD = CLASS_WEIGHT.removesuffix("weight")
_OLDER_NAMES = {"static_query": "query_feat"}
_CONVERSION = (
    "import pathlib, pickle, torch; "
    "state = pickle.loads(pathlib.Path('model.pkl').read_bytes(), encoding='latin1'); "
    "torch.save({k: torch.as_tensor(v) for k, v in state['model'].items()}, 'model.pth')"
)


@dataclass(frozen=True)
class SkippedTensor:
    """A tensor of a file that was not used, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class LoadReport:
    """What became of each tensor of a released file; all names are those in the file.

    Attributes:
        taken: Loaded.
        renamed: Older name and newer of those that were loaded under another one.
        skipped: Not loaded.
        missing: Of the model, but not in the file: they keep their random weights.
    """

    taken: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]
    skipped: tuple[SkippedTensor, ...]
    missing: tuple[str, ...]

    def __str__(self) -> str:
        """One line of counts, then one for each tensor that was not simply taken."""
        counts = f"{len(self.taken)} tensors taken, {len(self.skipped)} skipped, {len(self.missing)} missing."
        lines = [f"renamed: {older} -> {newer}" for older, newer in self.renamed]
        lines += [f"skipped: {one.name}: {one.reason}" for one in self.skipped]
        lines += [f"missing: {name}: starts from random weights" for name in self.missing]
        return "\n".join([counts, *lines])


def load_released(path: Path, class_names: Sequence[str] | None = None) -> tuple[VideoMask2Former, LoadReport]:
    """A model with the weights of a released file, on the CPU, ready for inference.

    Its size is told by the tensors. The class head is loaded where it is for as many classes as named.

    Args:
        path: A .pth or .pkl file.
        class_names: The classes to find; None for those of the file, which have no names there.

    Raises:
        CheckpointError: The file cannot be read, would run code, or is of no such model.
    """
    given = _read(path)
    renamed = tuple((name, _newer(name)) for name in given if _newer(name) != name)
    state = {_newer(name): value for name, value in given.items()}
    try:
        config = config_of_state(state, None if class_names is None else tuple(class_names))
    except (KeyError, ValueError) as error:
        raise CheckpointError(
            f"{path} is no checkpoint of a Mask2Former: it holds {len(given)} tensors, but what would tell its size is "
            f"not as expected: {error}. Pass a file of MaskFreeVIS or Mask2Former, or of the same layout."
        ) from error
    except ModelConfigError as error:
        raise CheckpointError(f"{path} is of a model that cannot be built here: {error}") from error
    return _loaded(path, VideoMask2Former(config), state, renamed)


def released_state(model: VideoMask2Former) -> dict[str, Tensor]:
    """The model's tensors by their released names, as float32 on the CPU."""
    state = {}
    for own, value in model.state_dict().items():
        name = released_name(own)
        if name is None:
            raise CheckpointError(f"{own} has no name in released checkpoints. Save the model in our own format.")
        state[name] = value.detach().to("cpu", torch.float32)
    return _joined(state)


def write_released(path: Path, model: VideoMask2Former) -> None:
    """Writes the model as the released code reads it, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    torch.save({"model": released_state(model)}, partial)
    partial.replace(path)


def _read(path: Path) -> dict[str, Tensor]:
    """The tensors of a file, those in it under `model` or at its top."""
    try:
        with warnings.catch_warnings(action="ignore", category=UserWarning):  # of what is about to be refused
            content = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error}. Give the file that you downloaded.") from error
    except (pickle.UnpicklingError, RuntimeError, ValueError, EOFError, KeyError) as error:
        raise CheckpointError(
            f"{path} was refused: it is damaged, or holds more than tensors, as detectron2's .pkl files of numpy "
            "arrays do, and to read these could run any code in them. If you trust the file, turn it into tensors: "
            f'python -c "{_CONVERSION}"'
        ) from error
    state = content.get("model", content) if isinstance(content, Mapping) else None
    if not isinstance(state, Mapping):
        raise CheckpointError(f"{path} holds no tensors by name. Pass a file of MaskFreeVIS or Mask2Former.")
    return {str(name): value for name, value in state.items() if isinstance(value, Tensor)}


def _loaded(
    path: Path, model: VideoMask2Former, state: Mapping[str, Tensor], renamed: tuple[tuple[str, str], ...]
) -> tuple[VideoMask2Former, LoadReport]:
    own, skipped, taken = {}, [], []
    wanted = set(model.state_dict())
    for name, value in state.items():
        parts = {own_name(part) or "": tensor for part, tensor in _split(name, value).items()}
        reason = _why_not(name, value, model.config.class_count)
        if reason is None and not wanted.issuperset(parts):
            reason = "the model has no such tensor"
        if reason is not None:
            skipped.append(SkippedTensor(name, reason))
            continue
        taken.append(name)
        own.update(parts)
    try:
        model.load_state_dict(own, strict=False)
    except RuntimeError as error:
        raise CheckpointError(f"{path} does not fit the model that its tensors tell of: {error}") from error
    missing = _joined(
        {released_name(name) or name: value for name, value in model.state_dict().items() if name not in own}
    )
    return model.eval(), LoadReport(tuple(taken), renamed, tuple(skipped), tuple(missing))


def _why_not(name: str, value: Tensor, class_count: int) -> str | None:
    if name.startswith("criterion."):
        return "belongs to the training, not to the model"
    if name.endswith(".attn.relative_position_index"):
        return "follows from the window's size"
    if name.startswith(_CLASS_HEAD) and value.shape[0] != class_count + 1:
        return (
            f"for {value.shape[0] - 1} classes, not {class_count}: the class head starts from random weights and has "
            "to be trained"
        )
    return None


def _newer(name: str) -> str:
    for older, newer in _OLDER_NAMES.items():
        name = name.replace(older, newer)
    return name


def _split(name: str, value: Tensor) -> dict[str, Tensor]:
    """Query, key and value of Swin's attention by names of their own; any other tensor as it is."""
    before, found, after = name.partition(".attn.qkv.")
    if not found:
        return {name: value}
    return {f"{before}.attn.{part}.{after}": tensor for part, tensor in zip("qkv", value.chunk(3), strict=True)}


def _joined(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The inverse of `_split`, for all tensors."""
    joined = {}
    for name, value in state.items():
        before, found, after = name.partition(".attn.q.")
        if found:
            rest = (state[f"{before}.attn.{part}.{after}"] for part in "kv")
            joined[f"{before}.attn.qkv.{after}"] = torch.cat([value, *rest])
        elif ".attn.k." not in name and ".attn.v." not in name:
            joined[name] = value
    return joined
