"""The files of a model for many videos, for those who send or fetch it and load no torch."""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from mfvis_engine.actions.errors import CommandError
from mfvis_engine.formats.atomic import replaced_when_done
from mfvis_engine.jobs.events import ModelLearned

WEIGHTS, DESCRIPTION = "model.safetensors", "model.json"
DETAILS = "details.json"
LOG = "log.csv"
RELEASED_SUFFIXES = (".pth", ".pkl", ".pt")


class VisModelError(CommandError):
    """There is no model of the kind that is needed, or what is known of one cannot be read."""


class RecordedTraining(msgspec.Struct, frozen=True, kw_only=True):
    """What is recorded of a training; `TrainingDetails` with the settings as they are.

    Attributes:
        settings: JSON of `VisTrainSettings`.
        videos: The names of the videos.
        start: What it started from, in words.
        seconds: How long it took.
        boxes_only: Whether masks that were there were left unread.
    """

    settings: msgspec.Raw
    videos: tuple[str, ...]
    start: str
    seconds: float = 0.0
    boxes_only: bool = False

    def settings_to_go_on(self) -> str:
        """JSON of the settings to train on with: without the delay of the TK-Loss, which is for random weights."""
        settings = msgspec.json.decode(self.settings, type=dict[str, object])
        objective = settings.get("objective")
        if isinstance(objective, dict):
            objective["temporal_delay_steps"] = 0
        return msgspec.json.encode(settings).decode("utf-8")


class _Clips(msgspec.Struct, frozen=True):
    short_sides: tuple[int, ...]


class _Settings(msgspec.Struct, frozen=True):
    clips: _Clips


@dataclass(frozen=True)
class VisModelFiles:
    """Where the files of a model lie, which need not be there yet.

    Attributes:
        weights: A safetensors file.
        folder: That of the model.
    """

    weights: Path
    folder: Path

    @classmethod
    def at(cls, path: Path) -> "VisModelFiles":
        """Those of the folder of a model, or of its .safetensors."""
        return cls(path, path.parent) if path.suffix == ".safetensors" else cls(path / WEIGHTS, path)

    @property
    def is_there(self) -> bool:
        """Whether there is a model."""
        return self.weights.exists()

    @property
    def description(self) -> Path:
        """The JSON beside the weights."""
        return self.weights.with_suffix(".json")

    def training(self) -> RecordedTraining | None:
        """How it was trained; None where that is not known.

        Raises:
            VisModelError: The file that tells is damaged.
        """
        path = self.folder / DETAILS
        if not path.exists():
            return None
        try:
            return msgspec.json.decode(path.read_bytes(), type=RecordedTraining)
        except (OSError, msgspec.MsgspecError) as error:
            raise VisModelError(f"{path} cannot be read: {error}. Restore it, or train the model again.") from error

    def short_side(self) -> int | None:
        """The size of frames that it was trained on, in pixels; None where that is not known.

        Raises:
            VisModelError: The file that tells is damaged.
        """
        training = self.training()
        if training is None:
            return None
        try:
            return min(msgspec.json.decode(training.settings, type=_Settings).clips.short_sides)
        except (msgspec.MsgspecError, ValueError) as error:
            raise VisModelError(f"{self.folder / DETAILS} tells no size of frames: {error}. Restore it.") from error

    def record(self, learned: ModelLearned, training: RecordedTraining) -> None:
        """Writes what belongs to the weights, which are there already, beside them."""
        with replaced_when_done(self.description) as unfinished:
            unfinished.write_text(learned.model.description, encoding="utf-8")
        with replaced_when_done(self.folder / DETAILS) as unfinished:
            unfinished.write_bytes(msgspec.json.format(msgspec.json.encode(training), indent=2) + b"\n")
