"""`mfvis train`: a model for many videos."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mfvis_engine.cli.arguments import DeviceOption
from mfvis_engine.cli.changes import counted
from mfvis_engine.cli.chosen_engine import CertificatesOption, ModelEngineOption
from mfvis_engine.cli.step_bar import step_bar, stopping_between_steps
from mfvis_engine.cli.terminal import pasteable, say, say_facts, say_next, say_table, warn
from mfvis_engine.cli.vis_elsewhere import AskedEngine, check_can_train, train_elsewhere

if TYPE_CHECKING:
    from mfvis_engine.actions.vis_jobs import ModelRequest
    from mfvis_engine.actions.vis_training import TrainingSources, TrainingStart, VisTrainingReport
    from mfvis_engine.training.vis.processes import Processes
    from mfvis_engine.training.vis.settings import VisTrainSettings

EPILOG = """[bold]Examples[/bold]

  mfvis train walk.mfvis run.mfvis
  mfvis train walk.mfvis run.mfvis swim.mfvis       again, with more: goes on from what my-model knows
  mfvis train --coco-vis train.json --frames JPEGImages --model fish --steps 10000
  mfvis train walk.mfvis --start-from model_final_r50.pth --device cuda
  mfvis train walk.mfvis --engine tls://gpu:8786 --certificates certificates
  mfvis train walk.mfvis --preset paper --set clips_per_step=2 --set passes_per_step=2
  torchrun --nproc-per-node 4 -m mfvis_engine.cli train walk.mfvis --model big --start-from model_final_r50.pth

[bold]Presets[/bold]

  small      for the size tiny, from random weights, on a CPU (default without --start-from)
  standard   to go on from weights that have seen many videos, on one graphics card (default with --start-from)
  paper      what the released MaskFreeVIS does, its mistakes included: 16 clips of 5 frames a step, 6000 steps

[bold]Then[/bold] find the objects of a video nobody has annotated: mfvis predict my-model swim.mp4
"""

ModelOption = Annotated[
    Path, typer.Option("--model", metavar="FOLDER", help="The model's folder; made if it is not there.")
]


def train(
    projects: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[PROJECT]...", help="Projects with boxes; .mfvis may be left out.", show_default=False),
    ] = None,
    coco_vis: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="A COCO-VIS file, with boxes alone or with masks too.", show_default=False),
    ] = None,
    frames: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="DIR", help="The folder that its file_names start from; one for each file.", show_default=False
        ),
    ] = None,
    model: ModelOption = Path("my-model"),
    start: Annotated[
        Path | None,
        typer.Option(
            "--start-from",  # not --start, which torchrun takes for one of its own
            metavar="FILE",
            help="Start from these weights: a model's folder, or a released checkpoint (.pth, .pkl).",
            show_default="what the model's folder holds, else random weights",
        ),
    ] = None,
    size: Annotated[
        str, typer.Option(help="tiny, r50 or swin-l: of a model that starts from random weights.")
    ] = "tiny",
    preset: Annotated[
        str | None, typer.Option(help="small, standard or paper; see below.", show_default="small or standard")
    ] = None,
    steps: Annotated[
        int | None, typer.Option(min=1, help="Train this many steps.", show_default="the preset's")
    ] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Change a setting of the preset, by its dotted name; may be given more than once.",
            show_default=False,
        ),
    ] = None,
    settings: Annotated[
        bool, typer.Option("--settings", help="List all settings with their values, and stop.")
    ] = False,
    boxes_only: Annotated[
        bool, typer.Option("--boxes-only", help="Learn from the boxes alone, not also from masks that are there.")
    ] = False,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume", help="Go on with the training that was stopped in the model's folder, as it was begun."
        ),
    ] = False,
    device: DeviceOption = "auto",
    engine: ModelEngineOption = None,
    certificates: CertificatesOption = None,
) -> None:
    """Train a model that finds, tracks and segments objects in videos nobody has annotated.

    Learns from boxes (MaskFreeVIS), and from masks that a person edited, imported or verified where there are some.
    Label a few videos, train, let mfvis predict annotate the next one, correct it, and train on: the same command again
    goes on from what the model knows. Ctrl+C stops it; --resume goes on with exactly what would have come. With
    --engine, videos are sent once, the model comes back at the end, and Ctrl+C cancels it.
    Losses and times of every step are in log.csv of the model's folder, and in tensorboard/ where TensorBoard is
    installed. torchrun shares the work among several graphics cards.
    """
    from mfvis_engine.training.vis.settings import setting_names

    if resume and (start or preset or steps or changes):
        raise typer.BadParameter(
            "it goes on with the settings that it was begun with. Leave out --start-from, --preset, --steps and --set, "
            "or to begin anew --resume.",
            param_hint="--resume",
        )
    asked = AskedEngine.of(engine, certificates)
    if asked is not None:
        check_can_train(from_files=bool(coco_vis or frames), resume=resume)
    chosen = _settings(model, start, size, preset, steps, changes or [])
    if settings:
        say_table(("setting", "value"), [(name, str(value)) for name, value in setting_names(chosen).items()])
        return
    coco_vis_frames = _pairs(coco_vis or [], frames or [])
    if not projects and not coco_vis_frames:
        raise typer.BadParameter("there is nothing to learn from. Name projects, or a file with --coco-vis.")
    from mfvis_engine.actions.vis_training import CocoVisSource, TrainingSources, TrainingStart

    sources = TrainingSources(
        tuple(projects or ()), tuple(CocoVisSource(*pair) for pair in coco_vis_frames), boxes_only
    )
    begin = TrainingStart(start, size)
    if asked is None:
        _train_here(model, sources, begin, chosen, device, resume=resume)
    else:
        _say_report(train_elsewhere(asked, model, _request(sources, begin, chosen, device)), model)


def _train_here(
    model: Path,
    sources: "TrainingSources",
    start: "TrainingStart",
    settings: "VisTrainSettings",
    device: str,
    *,
    resume: bool,
) -> None:
    from mfvis_engine.actions.vis_model import VisModelFolder
    from mfvis_engine.actions.vis_training import train_model
    from mfvis_engine.models.device import Device
    from mfvis_engine.training.vis.processes import joined_processes

    where = Device.choose(device)
    with (
        joined_processes(where.torch_device.type) as processes,
        _way_on_told(model, sources, processes),
        step_bar(shown=processes.is_first) as tell,
        stopping_between_steps() as steering,
    ):
        report = train_model(
            VisModelFolder(model),
            sources,
            start,
            settings,
            where,
            tell,
            resume=resume,
            processes=processes,
            steering=steering,
        )
    if processes.is_first:
        _say_report(report, model)


def _request(
    sources: "TrainingSources", start: "TrainingStart", settings: "VisTrainSettings", device: str
) -> "ModelRequest":
    """The same training, asked of an engine."""
    import msgspec

    from mfvis_engine.actions.vis_jobs import ModelRequest

    return ModelRequest(
        sources.projects,
        start=start.weights,
        size=start.size,
        settings=msgspec.json.encode(settings).decode("utf-8"),
        boxes_only=sources.boxes_only,
        device=device,
    )


@contextmanager
def _way_on_told(model: Path, sources: "TrainingSources", processes: "Processes") -> Iterator[None]:
    """Says how to go on where a person has interrupted the training."""
    from mfvis_engine.actions.vis_model import VisModelFolder

    try:
        yield
    except KeyboardInterrupt:
        if processes.is_first and VisModelFolder(model).has_snapshot:
            pairs = (("--coco-vis", one.json_path, "--frames", one.frames_dir) for one in sources.coco_vis)
            files = [word for pair in pairs for word in pair]
            words = ("mfvis", "train", *sources.projects, *files, "--model", model, "--resume")
            warn(f"The training was stopped, and can go on: {pasteable(words)}")
        raise


def _settings(
    model: Path, start: Path | None, size: str, preset: str | None, steps: int | None, changes: list[str]
) -> "VisTrainSettings":
    """The preset that was named, or that the model to go on from was trained with, or that fits; with the changes."""
    from mfvis_engine.actions.vis_model import settings_to_go_on
    from mfvis_engine.training.vis.settings import PRESETS, SMALL, STANDARD, changed_settings

    if preset is not None and preset not in PRESETS:
        raise typer.BadParameter(f"there is no preset {preset!r}. Choose one of: {', '.join(PRESETS)}.")
    fitting = SMALL if start is None and size == "tiny" else STANDARD
    settings = PRESETS[preset] if preset else settings_to_go_on(start or model) or fitting
    pairs = [change.partition("=") for change in changes]
    if any(not equals for _, equals, _ in pairs):
        raise typer.BadParameter("write NAME=VALUE, such as objective.weights.absence=0.", param_hint="--set")
    given = {name.strip(): value.strip() for name, _, value in pairs}
    return changed_settings(settings, given if steps is None else {**given, "steps": str(steps)})


def _pairs(coco_vis: list[Path], frames: list[Path]) -> list[tuple[Path, Path]]:
    if len(coco_vis) != len(frames):
        raise typer.BadParameter(
            f"there are {counted(len(coco_vis), 'file')} and {counted(len(frames), 'folder')} of frames. Give one "
            "--frames for each --coco-vis, in the same order."
        )
    return list(zip(coco_vis, frames, strict=True))


def _say_report(report: "VisTrainingReport", model: Path) -> None:
    if report.released:
        say(report.released)
    before = f", {report.steps_before} of them before it was stopped" if report.steps_before else ""
    say_facts(
        [
            ("Started from", report.start),
            ("Learned from", f"{counted(report.object_count, 'object')} in {counted(report.video_count, 'video')}"),
            ("Classes", ", ".join(report.class_names)),
            ("Steps", f"{report.step_count} in {report.seconds:.0f} s{before}"),
            ("Device", report.device),
            ("Model", str(model)),
        ]
    )
    if report.new_class_names:
        say(f"New to the model: {', '.join(report.new_class_names)}.")
    say_next("mfvis", "predict", model, "VIDEO")
