"""The folder of a model for many videos: its weights, how it was trained, and what is needed to go on training."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from mfvis_engine.actions.vis_model_files import DETAILS, RELEASED_SUFFIXES, WEIGHTS, VisModelError
from mfvis_engine.formats.atomic import replaced_when_done
from mfvis_engine.models.video_mask2former import VideoMask2Former
from mfvis_engine.models.video_mask2former.checkpoint import load_video_model, save_video_model
from mfvis_engine.models.video_mask2former.released import load_released
from mfvis_engine.training.snapshot import has_snapshot
from mfvis_engine.training.vis.settings import VisTrainSettings

UNFINISHED = "training"
"""The folder, in that of a model, of a training that has not ended."""
_START = "start.safetensors"


class TrainingDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What is recorded of a training.

    Attributes:
        settings: How.
        videos: The names of the videos.
        start: What it started from, in words.
        seconds: How long it took.
        boxes_only: Whether masks that were there were left unread.
    """

    settings: VisTrainSettings
    videos: tuple[str, ...]
    start: str
    seconds: float = 0.0
    boxes_only: bool = False

    def ended(self, seconds: float) -> TrainingDetails:
        """The same of a training that took so long."""
        return msgspec.structs.replace(self, seconds=round(seconds, 1))


@dataclass(frozen=True)
class VisModelFolder:
    """The folder of a model, which need not be there yet.

    Attributes:
        path: Where.
    """

    path: Path

    @property
    def is_trained(self) -> bool:
        """Whether there is a model in it."""
        return (self.path / WEIGHTS).exists()

    @property
    def is_unfinished(self) -> bool:
        """Whether a training in it has not ended."""
        return (self.unfinished / DETAILS).exists()

    @property
    def has_snapshot(self) -> bool:
        """Whether steps of a training that has not ended would be lost without it."""
        return self.is_unfinished and has_snapshot(self.unfinished)

    @property
    def unfinished(self) -> Path:
        """Where a training is kept until it ends."""
        return self.path / UNFINISHED

    def details(self) -> TrainingDetails | None:
        """How its model was trained; None where that is not known.

        Raises:
            VisModelError: The file that tells is damaged.
        """
        path = self.path / DETAILS
        return _read_details(path) if path.exists() else None

    def forget(self) -> None:
        """Removes what is left of a training; one that is removed in part is none."""
        (self.unfinished / DETAILS).unlink(missing_ok=True)
        shutil.rmtree(self.unfinished, ignore_errors=True)

    def begin(self, start: VideoMask2Former, details: TrainingDetails) -> None:
        """Keeps what a training begins with, so that it can be gone on with."""
        save_video_model(self.unfinished / _START, start, notes=details.start)
        _write_details(self.unfinished / DETAILS, details)

    def begun(self) -> tuple[VideoMask2Former, TrainingDetails]:
        """What `begin` kept.

        Raises:
            VisModelError: There is no training to go on with.
            CheckpointError: It is damaged.
        """
        if not self.is_unfinished:
            raise VisModelError(
                f"{self.path} has no training that could be gone on with. Leave --resume out to begin one."
            )
        return load_video_model(self.unfinished / _START), _read_details(self.unfinished / DETAILS)

    def finish(self, model: VideoMask2Former, details: TrainingDetails) -> None:
        """Puts a trained model in the place of the one before, if there was one, and forgets how to go on."""
        save_video_model(self.path / WEIGHTS, model, notes=f"Trained from {details.start}")
        _write_details(self.path / DETAILS, details)
        self.forget()


@dataclass(frozen=True)
class LoadedVisModel:
    """A model that was read.

    Attributes:
        model: On the CPU, ready for inference.
        details: How it was trained, where known.
        report: What became of the tensors of a released file, in words; empty for our own.
    """

    model: VideoMask2Former
    details: TrainingDetails | None = None
    report: str = ""


def load_vis_model(path: Path, class_names: tuple[str, ...] | None = None) -> LoadedVisModel:
    """Reads a model: the folder of one, its .safetensors, or a released .pth or .pkl.

    Args:
        path: Which.
        class_names: The classes of a released file, which does not name them.

    Raises:
        VisModelError: There is none.
        CheckpointError: It is damaged or of another kind.
    """
    if path.suffix in RELEASED_SUFFIXES:
        model, report = load_released(path, class_names)
        return LoadedVisModel(model, report=str(report))
    folder = VisModelFolder(path if path.is_dir() else path.parent)
    weights = path / WEIGHTS if path.is_dir() else path
    if not weights.exists():
        raise VisModelError(
            f"There is no model at {path}. Train one with mfvis train, or give a released checkpoint (.pth or .pkl)."
        )
    return LoadedVisModel(load_video_model(weights), folder.details())


def settings_to_go_on(path: Path) -> VisTrainSettings | None:
    """The settings to train a model on with, by its folder or file; None where it is not there, or none are known.

    They are those that it was trained with, without the delay of the TK-Loss, which is for random weights.

    Raises:
        VisModelError: The file that tells is damaged.
    """
    details = VisModelFolder(path if path.is_dir() else path.parent).details() if _is_own(path) else None
    if details is None:
        return None
    objective = replace(details.settings.objective, temporal_delay_steps=0)
    return replace(details.settings, objective=objective)


def _is_own(path: Path) -> bool:
    return path.is_dir() or (path.name == WEIGHTS and path.exists())


def _read_details(path: Path) -> TrainingDetails:
    try:
        return msgspec.json.decode(path.read_bytes(), type=TrainingDetails)
    except (OSError, msgspec.MsgspecError) as error:
        raise VisModelError(f"{path} cannot be read: {error}. Restore it, or train the model again.") from error


def _write_details(path: Path, details: TrainingDetails) -> None:
    with replaced_when_done(path) as unfinished:
        unfinished.write_bytes(msgspec.json.format(msgspec.json.encode(details), indent=2) + b"\n")
