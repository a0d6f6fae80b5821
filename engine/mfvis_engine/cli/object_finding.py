"""What `mfvis predict` looks with, and how: here, or on an engine."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import typer

from mfvis_engine.cli.frame_bar import frame_bar
from mfvis_engine.cli.terminal import say, warn
from mfvis_engine.cli.vis_elsewhere import AskedEngine, predict_elsewhere

if TYPE_CHECKING:
    from mfvis_engine.actions.vis_findings import PredictionReport
    from mfvis_engine.actions.vis_model import LoadedVisModel
    from mfvis_engine.inference.vis import VisInferenceSettings
    from mfvis_engine.project import Project

Finder: TypeAlias = "Callable[[Project], PredictionReport]"
"""Finds the objects of a project's video, and writes them as a run."""

_MOST_OVERLAP, _OVERLAP_OF_WINDOW = 10, 3


@dataclass(frozen=True)
class AskedFinding:
    """The options that say with what objects are found, and how.

    Attributes:
        model: The folder of a model, or a released checkpoint.
        class_names: Those that a released checkpoint is given.
        window_frames: Frames that the model sees at once.
        overlap_frames: Frames that two such windows share.
        short_side: Of the frames that it sees, in pixels; None for what suits the model.
        device: As in `Device.choose`.
    """

    model: Path
    class_names: tuple[str, ...] | None
    window_frames: int
    overlap_frames: int
    short_side: int | None
    device: str

    @classmethod
    def of(
        cls, model: Path, classes: str | None, window: int, overlap: int | None, short_side: int | None, device: str
    ) -> "AskedFinding":
        """The options as they were given.

        Raises:
            VisModelError: It is a file of another kind.
            BadParameter: Classes were given to a model that names its own.
        """
        shared = min(_MOST_OVERLAP, window // _OVERLAP_OF_WINDOW) if overlap is None else overlap
        return cls(model, _class_names(model, classes), window, shared, short_side, device)

    @property
    def is_released(self) -> bool:
        """Whether the model is a released checkpoint."""
        return _is_released(self.model)

    def loaded(self) -> "LoadedVisModel":
        """The model, its classes named; raises as `load_vis_model` and `name_classes`."""
        from mfvis_engine.actions.vis_model import load_vis_model
        from mfvis_engine.models.video_mask2former.released_classes import name_classes

        loaded = load_vis_model(self.model)
        if loaded.report:
            say(loaded.report)
        if self.class_names is not None:
            name_classes(loaded.model, self.class_names)
        elif self.is_released:
            self.warn_of_nameless(f"its {loaded.model.config.class_count} classes")
        return loaded

    def settings(self, loaded: "LoadedVisModel") -> "VisInferenceSettings":
        """How the model looks; raises VisSettingsError where its windows share too many frames."""
        from mfvis_engine.actions.vis_prediction import inference_settings
        from mfvis_engine.inference.vis import VisInferenceSettings

        windows = VisInferenceSettings(window_frames=self.window_frames, overlap_frames=self.overlap_frames)
        suited = inference_settings(loaded, windows)
        return suited if self.short_side is None else replace(suited, short_side=self.short_side)

    def described(self) -> dict[str, object]:
        """The same for an engine: settings as JSON has them, but for those that suit the model."""
        given = {"window_frames": self.window_frames, "overlap_frames": self.overlap_frames}
        return {**given, **({} if self.short_side is None else {"short_side": self.short_side})}

    def warn_of_nameless(self, classes: str) -> None:
        """Says that these classes have no names."""
        warn(f"{self.model} does not name {classes}. Do so with --classes.")


def finder_here(asked: AskedFinding, min_score: float) -> Finder:
    """Loads the model; what it gives finds objects in this process, with a bar, as `predict_project`."""
    from mfvis_engine.actions.vis_prediction import predict_project
    from mfvis_engine.models.device import Device

    device, loaded = Device.choose(asked.device), asked.loaded()
    settings = asked.settings(loaded)

    def find(project: "Project") -> "PredictionReport":
        with frame_bar("Predicting") as tell:
            return predict_project(
                project, loaded, asked.model, settings, device, min_score=min_score, on_progress=tell
            )

    return find


def finder_elsewhere(engine: AskedEngine, asked: AskedFinding, min_score: float) -> Finder:
    """What finds them on an engine, with a bar, as `predict_project_elsewhere`."""
    if asked.is_released and asked.class_names is None:
        asked.warn_of_nameless("its classes")
    return partial(
        predict_elsewhere,
        engine,
        asked.model,
        asked.class_names,
        asked.described(),
        min_score=min_score,
        device=asked.device,
    )


def _class_names(model: Path, classes: str | None) -> tuple[str, ...] | None:
    from mfvis_engine.actions.vis_model_files import WEIGHTS, VisModelError

    is_released = _is_released(model)
    if model.is_file() and not is_released and model.suffix != Path(WEIGHTS).suffix:
        raise VisModelError(
            f"{model} is no model. Give the folder of one, or a released checkpoint (.pth or .pkl), and then the video."
        )
    if classes is None:
        return None
    if not is_released:
        raise typer.BadParameter(
            f"{model} is no released checkpoint (.pth, .pkl): a model of ours names its classes itself.",
            param_hint="--classes",
        )
    from mfvis_engine.formats.dataset_classes import parse_class_names

    return parse_class_names(classes)


def _is_released(model: Path) -> bool:
    from mfvis_engine.actions.vis_model_files import RELEASED_SUFFIXES

    return model.suffix in RELEASED_SUFFIXES
