"""A person's model for many videos: what is chosen of it, and what is known of it."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True)
class ModelSettings:
    """How a model is trained.

    Attributes:
        folder: Of the model; the one there is gone on from.
        projects: What it learns from.
        steps: At the most; None for as many as suit.
        learn_from_masks: Whether a person's masks are learned from besides the boxes.
        device: Where on the engine's machine; None for that of the preferences.
    """

    folder: Path
    projects: tuple[Path, ...]
    steps: int | None = None
    learn_from_masks: bool = True
    device: str | None = None


@dataclass(frozen=True)
class ModelFacts:
    """What is known of a trained model.

    Attributes:
        class_names: What it tells apart.
        video_names: What it learned from the last time; empty where that is not known.
        trained: When.
    """

    class_names: tuple[str, ...]
    video_names: tuple[str, ...]
    trained: datetime


def facts_of(folder: Path) -> ModelFacts | None:
    """Those of the model in a folder; None where there is none. Only in the engine room.

    Raises:
        VisModelError: A file of it is damaged.
    """
    import msgspec

    from mfvis_engine.actions.vis_model_files import VisModelError, VisModelFiles

    files = VisModelFiles.at(folder)
    if not files.is_there:
        return None
    try:
        described = msgspec.json.decode(files.description.read_bytes())
        class_names = tuple(map(str, described["config"]["class_names"]))
        trained = datetime.fromtimestamp(files.weights.stat().st_mtime).astimezone()
    except (OSError, msgspec.MsgspecError, KeyError, TypeError) as error:
        raise VisModelError(
            f"The model in {folder} cannot be read: {error}. Restore its files, or choose another folder."
        ) from error
    training = files.training()
    return ModelFacts(class_names, () if training is None else training.videos, trained)
