"""A person's model for many videos: what is chosen of it, and what is known of it."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

RELEASED_SUFFIXES = (".pth", ".pkl", ".pt")
"""Of the files that MaskFreeVIS and Mask2Former released. The engine's own list takes long to import."""
MIN_SCORE = 0.3
"""Of a new object, at the least, unless a person has chosen another."""


@dataclass(frozen=True)
class ModelSettings:
    """How a model is trained.

    Attributes:
        folder: Where it is put.
        projects: What it learns from.
        start: A released file that it starts from; None for the model in the folder, or random weights where none is.
        steps: At the most; None for as many as suit.
        learn_from_masks: Whether a person's masks are learned from besides the boxes.
        device: Where on the engine's machine; None for that of the preferences.
    """

    folder: Path
    projects: tuple[Path, ...]
    start: Path | None = None
    steps: int | None = None
    learn_from_masks: bool = True
    device: str | None = None


@dataclass(frozen=True)
class SearchSettings:
    """How objects are looked for.

    Attributes:
        model: The folder of a model, or a released file.
        classes: Of a released file, which does not name them: a dataset's name, or a name for each with commas between
            them. Empty: they are called "class 1" and so on.
        min_score: Of a new object, at the least.
        device: Where on the engine's machine; None for that of the preferences.
    """

    model: Path
    classes: str = ""
    min_score: float = MIN_SCORE
    device: str | None = None


@dataclass(frozen=True)
class ModelFacts:
    """What is known of a model that is there.

    Attributes:
        class_names: What it tells apart; empty of a released file, which does not name them.
        video_names: What it learned from the last time; empty where that is not known.
        trained: When; None of a released file.
    """

    class_names: tuple[str, ...] = ()
    video_names: tuple[str, ...] = ()
    trained: datetime | None = None


def is_released(model: Path) -> bool:
    """Whether a model is a released file, and no folder."""
    return model.suffix in RELEASED_SUFFIXES


def facts_of(model: Path) -> ModelFacts | None:
    """Those of the model in a folder, or of a released file; None where there is none. Only in the engine room.

    Raises:
        VisModelError: A file of it is damaged.
    """
    import msgspec

    from mfvis_engine.actions.vis_model_files import VisModelError, VisModelFiles

    if is_released(model):
        return ModelFacts() if model.is_file() else None
    files = VisModelFiles.at(model)
    if not files.is_there:
        return None
    try:
        described = msgspec.json.decode(files.description.read_bytes())
        class_names = tuple(map(str, described["config"]["class_names"]))
        trained = datetime.fromtimestamp(files.weights.stat().st_mtime).astimezone()
    except (OSError, msgspec.MsgspecError, KeyError, TypeError) as error:
        raise VisModelError(
            f"The model in {model} cannot be read: {error}. Restore its files, or choose another folder."
        ) from error
    training = files.training()
    return ModelFacts(class_names, () if training is None else training.videos, trained)
