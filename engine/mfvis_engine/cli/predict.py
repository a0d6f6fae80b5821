"""`mfvis predict`: pre-annotation with a model for many videos."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mfvis_engine.cli.arguments import DeviceOption, OverwriteOption
from mfvis_engine.cli.changes import counted, opened_to_change
from mfvis_engine.cli.chosen_engine import CertificatesOption, ModelEngineOption
from mfvis_engine.cli.frame_bar import frame_bar
from mfvis_engine.cli.object_finding import AskedFinding, finder_elsewhere, finder_here
from mfvis_engine.cli.terminal import pasteable, say, say_command, say_facts, say_table, warn
from mfvis_engine.cli.vis_elsewhere import AskedEngine, check_can_predict

if TYPE_CHECKING:
    from mfvis_engine.actions.vis_findings import PredictionReport
    from mfvis_engine.project import Project

EPILOG = """[bold]Examples[/bold]

  mfvis predict my-model swim.mfvis
  mfvis predict my-model swim.mp4                  makes swim.mfvis for it
  mfvis predict model_final.pth swim.mp4 --classes youtube-vis-2019 --device cuda
  mfvis predict my-model swim.mp4 --engine tls://gpu:8786 --certificates certificates
  mfvis predict my-model --coco-vis valid.json --frames JPEGImages --results results.json

[bold]Then[/bold] say which objects are right: mfvis tracks adopt swim.mfvis, or look at them in the window.
"""


def predict(
    model: Annotated[
        Path,
        typer.Argument(
            metavar="MODEL", help="The folder of a model, or a released checkpoint (.pth, .pkl).", show_default=False
        ),
    ],
    target: Annotated[
        Path | None,
        typer.Argument(metavar="VIDEO|PROJECT", help="A project, or a video to make one for.", show_default=False),
    ] = None,
    min_score: Annotated[
        float, typer.Option(min=0, max=1, help="Propose only new objects that the model is this sure of.")
    ] = 0.3,
    adopt: Annotated[
        bool,
        typer.Option("--adopt", help="Make tracks of everything that is proposed at once, and take all masks over."),
    ] = False,
    classes: Annotated[
        str | None,
        typer.Option(
            metavar="A,B,...",
            help="The classes of a released checkpoint, in its order, or a dataset's name: youtube-vis-2019.",
            show_default="class 1, ...",
        ),
    ] = None,
    short_side: Annotated[
        int | None,
        typer.Option(min=32, help="Resize frames to this, in pixels.", show_default="as the model was trained, or 360"),
    ] = None,
    window: Annotated[int, typer.Option(min=1, help="Frames that the model sees at once.")] = 30,
    overlap: Annotated[
        int | None,
        typer.Option(
            min=0, help="Frames that two such windows share.", show_default="a third of a window, 10 at the most"
        ),
    ] = None,
    coco_vis: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Find the objects of all videos of a COCO-VIS file.", show_default=False),
    ] = None,
    frames: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="The folder that its file_names start from.", show_default=False),
    ] = None,
    results: Annotated[
        Path | None,
        typer.Option(metavar="OUT", help="Where its results go, as .json or .zip, to be scored.", show_default=False),
    ] = None,
    overwrite: OverwriteOption = False,
    device: DeviceOption = "auto",
    engine: ModelEngineOption = None,
    certificates: CertificatesOption = None,
) -> None:
    """Find, track and segment the objects of a video nobody has annotated.

    What is found becomes a run of proposals: new tracks, to be adopted or dismissed one by one, and masks for tracks
    that are annotated already, clipped to their boxes. Nothing in the project changes until a proposal is adopted or
    accepted. Memory does not grow with the length of the video.
    """
    dataset = _dataset(target, coco_vis, frames, results, adopt=adopt)
    elsewhere = AskedEngine.of(engine, certificates)
    if elsewhere is not None:
        check_can_predict(dataset=target is None)
    asked = AskedFinding.of(model, classes, window, overlap, short_side, device)
    if target is None:
        _predict_dataset(asked, dataset, overwrite=overwrite)
        return
    find = finder_here(asked, min_score) if elsewhere is None else finder_elsewhere(elsewhere, asked, min_score)
    with _opened(model, target) as (project, path):
        report = find(project)
        _say_report(report)
        if adopt:
            _adopt(project, report, path)
        else:
            _say_ways_on(report, project, path)


def _dataset(
    target: Path | None, coco_vis: Path | None, frames: Path | None, results: Path | None, *, adopt: bool
) -> tuple[Path, ...]:
    """The file, its frames and the place for its results; nothing where a video or project was given."""
    given = tuple(path for path in (coco_vis, frames, results) if path is not None)
    if target is None and len(given) < 3:
        raise typer.BadParameter("give a video or project, or else all of --coco-vis, --frames and --results.")
    if target is not None and given:
        raise typer.BadParameter("--coco-vis, --frames and --results take the place of a video or project.")
    if target is None and adopt:
        raise typer.BadParameter("what is found in a COCO-VIS file goes into --results alone.", param_hint="--adopt")
    return given


def _predict_dataset(asked: AskedFinding, dataset: tuple[Path, ...], *, overwrite: bool) -> None:
    from mfvis_engine.actions.vis_results import check_results_free, predict_dataset
    from mfvis_engine.models.device import Device

    json_path, frames_dir, out = dataset
    check_results_free(out, json_path, overwrite=overwrite)
    device, loaded = Device.choose(asked.device), asked.loaded()
    settings = asked.settings(loaded)
    with frame_bar("Predicting", "videos") as tell:
        report = predict_dataset(loaded.model, json_path, frames_dir, out, settings, device, tell)
    if report.unknown_classes:
        warn(f"The model does not know, and has not looked for: {', '.join(report.unknown_classes)}.")
    say(f"Wrote {out}: {counted(report.result_count, 'result')} for {counted(report.video_count, 'video')}.")
    say_command("Score them with", "mfvis", "evaluate", json_path, out)


@contextmanager
def _opened(model: Path, target: Path) -> Iterator[tuple["Project", Path]]:
    """The project and its path; for a video a new one in the working folder, which is gone again if it stays empty.

    Raises:
        ProjectExistsError: It is there already.
    """
    from mfvis_engine.actions.creation import create_project
    from mfvis_engine.project import ProjectExistsError
    from mfvis_engine.project.layout import DATABASE, RUNS, SUFFIX, found
    from mfvis_engine.project.runs import run_ids

    if (found(target.absolute()) / DATABASE).exists():
        with opened_to_change(target) as project:
            yield project, target
        return
    path = Path((target.stem if target.is_file() else target.resolve().name) + SUFFIX)
    if path.exists():
        raise ProjectExistsError(
            f"{path}, where the project for {target} would be made, is there already.",
            command=f"To look for objects in it: {pasteable(('mfvis', 'predict', model, path))}",
        )
    project = create_project(path, target, copy_video=False)
    try:
        with project:
            yield project, path
    except BaseException:
        if not run_ids(path / RUNS):
            shutil.rmtree(path, ignore_errors=True)
        raise


def _say_report(report: "PredictionReport") -> None:
    say_facts(
        [
            ("Frames", f"{report.frame_count} in {report.seconds:.1f} s"),
            ("Device", report.device),
            ("Run", report.run_id),
            ("New objects", str(len(report.found)) if report.found else "none"),
        ]
    )
    if report.found:
        say_table(
            ("number", "category", "score", "frames", "boxes"),
            [
                (one.track_id, one.category, one.score, f"{one.first_frame} to {one.last_frame}", one.box_count)
                for one in report.found
            ],
        )
    if report.known_track_ids:
        say(f"Found again: {_listed(report.known_track_ids)}.")
    if report.missed_track_ids:
        warn(f"Not found, though annotated: {_listed(report.missed_track_ids)}.")


def _listed(track_ids: tuple[int, ...]) -> str:
    return f"{'track' if len(track_ids) == 1 else 'tracks'} {', '.join(map(str, track_ids))}"


def _adopt(project: "Project", report: "PredictionReport", path: Path) -> None:
    from mfvis_engine.actions.vis_findings import adopt_all

    before = {entry.log_id for entry in project.log()}
    adopt_all(project, report)
    summaries = [entry.summary for entry in project.log() if entry.log_id not in before]
    for summary in summaries:
        say(f"Done: {summary}.")
    if summaries:
        count = () if len(summaries) == 1 else ("-n", str(len(summaries)))
        say_command("Undo with", "mfvis", "undo", path, *count)


def _say_ways_on(report: "PredictionReport", project: "Project", path: Path) -> None:
    if report.known_track_ids:
        accept = ("mfvis", "runs", "accept", path, report.run_id)
        say_command("Take the masks of annotated tracks over with", *accept)
    if report.found:
        say_command("Make tracks of the new objects with", "mfvis", "tracks", "adopt", path)
    earlier = sum(one.run_id != report.run_id for one in project.open_proposals())
    if earlier:
        say_command(f"See {counted(earlier, 'proposal')} of earlier runs with", "mfvis", "tracks", "proposals", path)
