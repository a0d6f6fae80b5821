"""`mfvis train` and `mfvis predict` with `--engine`: an engine does it, and it looks as if it were done here."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from mfvis_engine.cli.chosen_engine import check_engine_options, chosen_engine
from mfvis_engine.cli.engine_bar import EngineBar
from mfvis_engine.cli.terminal import warn

if TYPE_CHECKING:
    from mfvis_engine.actions.vis_findings import PredictionReport
    from mfvis_engine.actions.vis_jobs import ModelRequest, Watch
    from mfvis_engine.actions.vis_training import VisTrainingReport
    from mfvis_engine.jobs.client.engine import Engine
    from mfvis_engine.project import Project

_HINT = "--engine"


@dataclass(frozen=True)
class AskedEngine:
    """The options that name an engine, as they were given, with an address."""

    address: str
    certificates: Path | None

    @classmethod
    def of(cls, address: str | None, certificates: Path | None) -> "AskedEngine | None":
        """None for this process.

        Raises:
            BadParameter: There is an address without certificates, or the other way round.
        """
        check_engine_options(address, certificates)
        return None if address is None else cls(address, certificates)

    @contextmanager
    def watched(self, left: str) -> Iterator[tuple["Engine", "Watch"]]:
        """The engine, and whom it tells of a job; a job that Ctrl+C has ended is told with what it `left`.

        Raises:
            EngineError: As `chosen_engine`.
        """
        try:
            with EngineBar() as bar:
                from mfvis_engine.actions.vis_jobs import Watch

                with chosen_engine(self.address, self.certificates) as engine:
                    yield engine, Watch(bar, bar.sending)
        except KeyboardInterrupt:
            warn(f"The job was cancelled{left}.")
            raise


def check_can_train(*, from_files: bool, resume: bool) -> None:
    """Raises BadParameter where an engine cannot train as is asked."""
    if from_files:
        raise typer.BadParameter(
            "an engine learns from projects alone. Make one of each video of the file, with mfvis new and mfvis "
            "import, or leave --engine out.",
            param_hint=_HINT,
        )
    if resume:
        raise typer.BadParameter(
            "an engine keeps no training that was stopped. Leave --resume out to train anew, or --engine to go on with "
            "one that was stopped here.",
            param_hint=_HINT,
        )
    if "TORCHELASTIC_RUN_ID" in os.environ:
        raise typer.BadParameter(
            "torchrun shares a training among processes of this machine, and an engine trains on one graphics card. "
            "Start mfvis train without torchrun, or leave --engine out.",
            param_hint=_HINT,
        )


def check_can_predict(*, dataset: bool) -> None:
    """Raises BadParameter where an engine cannot predict what is asked."""
    if dataset:
        raise typer.BadParameter(
            "an engine looks at the video of one project. Name a video or project, or leave --engine out.",
            param_hint=_HINT,
        )


def train_elsewhere(asked: AskedEngine, folder: Path, request: "ModelRequest") -> "VisTrainingReport":
    """Trains on an engine, with a bar.

    Raises:
        VisModelError: The folder has a training that was stopped here, or there is no model to start from.
        MfvisError: As `train_model_elsewhere` and `chosen_engine`.
    """
    from mfvis_engine.actions.vis_jobs import train_model_elsewhere
    from mfvis_engine.actions.vis_model import VisModelFolder
    from mfvis_engine.actions.vis_model_files import VisModelError
    from mfvis_engine.actions.vis_training import VisTrainingReport

    place = VisModelFolder(folder)
    if place.has_snapshot:
        raise VisModelError(
            f"{folder} has a training that was stopped. Go on with it here, with --resume and without --engine, or "
            f"delete {place.unfinished} to begin anew."
        )
    left = f", and the model in {folder} is as it was" if place.is_trained else ", and left no model"
    with asked.watched(left) as (engine, watch):
        trained = train_model_elsewhere(engine, folder, request, watch)
    return VisTrainingReport(
        start=trained.start,
        released=trained.learned.released,
        class_names=trained.class_names,
        new_class_names=trained.new_class_names,
        video_count=trained.video_count,
        object_count=trained.object_count,
        step_count=trained.learned.steps,
        steps_before=0,
        seconds=trained.learned.seconds,
        device=trained.device,
    )


def predict_elsewhere(
    asked: AskedEngine,
    model: Path,
    class_names: tuple[str, ...] | None,
    settings: Mapping[str, object],
    project: "Project",
    *,
    min_score: float,
    device: str,
) -> "PredictionReport":
    """Finds the objects of a project's video on an engine, with a bar; as `predict_project_elsewhere`."""
    from mfvis_engine.actions.vis_jobs import predict_project_elsewhere

    with asked.watched(", and nothing is proposed") as (engine, watch):
        return predict_project_elsewhere(
            engine,
            project,
            model,
            class_names=class_names,
            settings=dict(settings),
            min_score=min_score,
            device=device,
            watch=watch,
        )
