"""`mfvis segment`: the main job."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from mfvis_engine.cli.arguments import DeviceOption, SecondsOption, StepsOption
from mfvis_engine.cli.changes import opened_to_change, warn_left_out
from mfvis_engine.cli.chosen_engine import CertificatesOption, EngineOption, check_engine_options, chosen_engine
from mfvis_engine.cli.many import AskedOptions, end_with, segment_and_say
from mfvis_engine.cli.progress import JobBars
from mfvis_engine.cli.terminal import pasteable, say, say_facts, say_next, warn

if TYPE_CHECKING:
    from mfvis_engine.actions.segmentation import Elsewhere, SegmentReport
    from mfvis_engine.jobs.job import Weights
    from mfvis_engine.project import Project

EPILOG = """[bold]Examples[/bold]

  mfvis segment walk.mfvis
  mfvis segment walk.mfvis --seconds 120 --device cpu
  mfvis segment walk.mfvis --resume
  mfvis segment walk.mfvis --start-from 1a2b      after a few boxes or masks were corrected
  mfvis segment walk.mfvis --engine tls://gpu:8786 --certificates certificates
  mfvis segment walk.mfvis run.mfvis swim.mfvis   several, with a summary at the end

[bold]Then[/bold] look at the masks: mfvis preview walk.mfvis walk.png
"""


def segment(
    projects: Annotated[
        list[Path],
        typer.Argument(
            metavar="PROJECT",
            help="The project folder; .mfvis may be left out. Several are spread over the workers of an engine.",
            show_default=False,
        ),
    ],
    steps: StepsOption = None,
    seconds: SecondsOption = None,
    device: DeviceOption = "auto",
    backbone: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Start from a pretrained backbone of transformers, a name on its hub or a folder, instead of from the "
            "weights that come with the program. To be of use, it needs a GPU.",
            show_default=False,
        ),
    ] = None,
    start_from: Annotated[
        str | None,
        typer.Option(
            metavar="RUN",
            help="Start from what an earlier run learned, as in mfvis runs list; its last four characters will do. A "
            "correction then takes effect in seconds: 20 steps are made, or 30 seconds.",
            show_default=False,
        ),
    ] = None,
    engine: EngineOption = None,
    certificates: CertificatesOption = None,
    boxes_only: Annotated[
        bool,
        typer.Option(
            "--boxes-only",
            help="Learn from the boxes alone, not also from masks that a person edited, imported or verified.",
        ),
    ] = False,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Go on with the last run, which was cancelled, killed or failed, with its settings. Of several "
            "projects, those that are done are passed over, and those without a run are begun.",
        ),
    ] = False,
) -> None:
    """Learn masks from the boxes, and segment every frame.

    Trains a small network on this project's boxes, predicts the masks of all frames, keeps them as a run, and merges
    them into the project's masks. Masks that a person edited or verified are never touched; they are learned from too.
    It can be run again at any time, as after boxes were added. Ctrl+C stops it and leaves the masks as they were;
    --resume then goes on with it, from where its training was last saved, or with the frames that are not segmented
    yet.
    """
    check_engine_options(engine, certificates)
    if backbone is not None and start_from is not None:
        raise typer.BadParameter(
            "a run was not learned from that backbone. Give one of the two.", param_hint="--start-from"
        )
    asked = AskedOptions(steps, seconds, device, boxes_only, engine, certificates)
    if len(projects) > 1:
        _segment_several(projects, asked, backbone, start_from, resume=resume)
        return
    given = (steps, seconds, backbone, start_from, device, boxes_only)
    if resume and given != (None, None, None, None, "auto", False):
        raise typer.BadParameter(
            "it goes on with the settings of the run. Leave out the other options, or to train anew --resume.",
            param_hint="--resume",
        )
    _segment_one(projects[0], asked, backbone, start_from, resume=resume)


def _segment_one(
    project: Path, asked: AskedOptions, backbone: str | None, start_from: str | None, *, resume: bool
) -> None:
    with JobBars() as bars:
        from mfvis_engine.actions.segmentation import resume_project, segment_project

        with (
            opened_to_change(project) as opened,
            _way_on_told(opened, project),
            _elsewhere(asked.engine, asked.certificates, bars) as elsewhere,
        ):
            if resume:
                report = resume_project(opened, bars, elsewhere)
            else:
                request = msgspec.structs.replace(asked.request(), start=_start(opened, backbone, start_from))
                report = segment_project(opened, request, bars, elsewhere)
    say_report(report)
    say_next("mfvis", "preview", project, f"{project.name.removesuffix('.mfvis')}.png")


def _segment_several(
    projects: list[Path], asked: AskedOptions, backbone: str | None, start_from: str | None, *, resume: bool
) -> None:
    if start_from is not None:
        raise typer.BadParameter("a run is of one project. Name that one alone.", param_hint="--start-from")
    from mfvis_engine.actions.batch import BatchPlan
    from mfvis_engine.actions.project_list import NamedProject, checked_projects
    from mfvis_engine.jobs.job import BackboneWeights

    named = [NamedProject(f"project {number}", path) for number, path in enumerate(projects, 1)]
    paths = checked_projects("the command", named)
    request = asked.request()
    if backbone is not None:
        request = msgspec.structs.replace(request, start=BackboneWeights(backbone))
    plan = BatchPlan(request, anew=not resume, as_begun=asked.is_usual)
    report = segment_and_say(paths, plan, asked.engine, asked.certificates)
    backbone_words = () if backbone is None else ("--backbone", backbone)
    end_with(report, ("mfvis", "segment", *projects, *asked.words(), *backbone_words, "--resume"))


@contextmanager
def _elsewhere(address: str | None, certificates: Path | None, bars: JobBars) -> Iterator["Elsewhere | None"]:
    """The engine to use; None for this process."""
    if address is None:
        yield None
        return
    from mfvis_engine.actions.segmentation import Elsewhere

    with chosen_engine(address, certificates) as engine:
        yield Elsewhere(engine, bars.sending)


def _start(opened: "Project", backbone: str | None, run: str | None) -> "Weights":
    from mfvis_engine.actions.resumption import weights_of_run
    from mfvis_engine.jobs.job import SHIPPED, BackboneWeights

    if run is not None:
        return weights_of_run(opened, run)
    return SHIPPED if backbone is None else BackboneWeights(backbone)


@contextmanager
def _way_on_told(opened: "Project", path: Path) -> Iterator[None]:
    """Says how to go on where a person has interrupted the job."""
    try:
        yield
    except KeyboardInterrupt:
        status = next((info.status for info in opened.runs()[-1:]), None)
        if status in ("failed", "running"):  # one that was stopped while it was merged is running
            masks = ", and the masks are as they were" if status == "failed" else ""
            warn(f"The job was stopped{masks}. To go on with it: {pasteable(('mfvis', 'segment', path, '--resume'))}")
        raise


def say_report(report: "SegmentReport") -> None:
    """Prints what the job did."""
    merge = report.merge
    say(f"{report.mask_count} masks of {report.track_count} tracks in {report.frame_count} frames.")
    say_facts(_facts(report))
    if merge.skipped.size:
        say(f"{len(merge.skipped)} masks that a person edited or verified were kept as they are.")
    warn_left_out(merge)


def _facts(report: "SegmentReport") -> list[tuple[str, str]]:
    merge = report.merge
    return [
        ("Run", f"{merge.run_id}, gone on with" if report.resumed else merge.run_id),
        ("Device", report.device),
        ("Training", f"{report.training_seconds:.1f} s, {_steps(report)}"),
        ("Prediction", f"{report.prediction_seconds:.1f} s"),
        ("Merge", f"{len(merge.written)} written, {len(merge.skipped)} skipped (tracks x frames)"),
    ]


def _steps(report: "SegmentReport") -> str:
    if not report.resumed:
        return f"{report.step_count} steps"
    return f"{report.step_count} steps, {report.steps_before} of them before it was stopped"
