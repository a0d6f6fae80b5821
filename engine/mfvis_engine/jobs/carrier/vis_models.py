"""The models for many videos that a job starts from, and those that it leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from mfvis_engine.jobs.video_model import ModelSize, ModelStart, ReleasedModel, VideoModel
from mfvis_engine.models.video_mask2former import VideoMask2Former, config_of_size
from mfvis_engine.models.video_mask2former.checkpoint import read_video_config, save_video_model
from mfvis_engine.models.video_mask2former.classes import with_classes
from mfvis_engine.models.video_mask2former.released import load_released
from mfvis_engine.models.video_mask2former.released_classes import name_classes
from mfvis_engine.models.weights_file import read_weights

if TYPE_CHECKING:
    from mfvis_engine.jobs.desk import Desk

_WEIGHTS = "model.safetensors"


@dataclass(frozen=True)
class StartModel:
    """What a job begins with.

    Attributes:
        model: On the CPU.
        report: What became of the tensors of a released file, in words; empty for others.
    """

    model: VideoMask2Former
    report: str = ""


def load_model(model: VideoModel | ReleasedModel, desk: Desk) -> StartModel:
    """A model as it is kept, ready for inference.

    Raises:
        UnknownBlobError: The engine does not keep it any more.
        CheckpointError: It is damaged or of another kind.
        ModelConfigError: A released one has another number of classes.
    """
    if isinstance(model, ReleasedModel):
        released, report = load_released(desk.blob(model.blob))
        if model.class_names is not None:
            name_classes(released, model.class_names)
        return StartModel(released, str(report))
    path = desk.folder / "start" / _WEIGHTS
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_suffix(".json").write_text(model.description, encoding="utf-8")
    network = VideoMask2Former(read_video_config(path))
    read_weights(desk.blob(model.blob), network)
    return StartModel(network.eval())


def start_model(start: ModelStart, class_names: Sequence[str], seed: int, desk: Desk) -> StartModel:
    """The model that training starts from, which knows the classes besides those that it knew; the same each time.

    Raises:
        ModelConfigError: There is no such size.
        MfvisError: As `load_model`.
    """
    torch.manual_seed(seed)
    match start:
        case ModelSize(name):
            return StartModel(VideoMask2Former(config_of_size(name, class_names)))
        case ReleasedModel(blob):
            released, report = load_released(desk.blob(blob), class_names)
            return StartModel(released, str(report))
        case VideoModel():
            model = load_model(start, desk).model
            return StartModel(with_classes(model, tuple(dict.fromkeys((*model.config.class_names, *class_names)))))


def keep_model(model: VideoMask2Former, notes: str, desk: Desk) -> VideoModel:
    """Hands a model to the engine."""
    path = desk.folder / "learned" / _WEIGHTS
    save_video_model(path, model, notes)
    return VideoModel(desk.keep_blob(path), path.with_suffix(".json").read_text(encoding="utf-8"))
