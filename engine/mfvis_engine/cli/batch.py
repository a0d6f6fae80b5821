"""`mfvis batch`: the main job on a list of projects."""

from pathlib import Path
from typing import Annotated

import typer

from mfvis_engine.cli.arguments import DeviceOption, OverwriteOption, SecondsOption, StepsOption
from mfvis_engine.cli.chosen_engine import BatchEngineOption, CertificatesOption, check_engine_options
from mfvis_engine.cli.many import AskedOptions, end_with, segment_and_say
from mfvis_engine.cli.terminal import say

EPILOG = """[bold]Examples[/bold]

  mfvis batch projects.txt
  mfvis batch projects.txt --engine tls://gpu:8786 --certificates certificates --summary done.csv
  ls -d clips/*.mfvis | mfvis batch -

[bold]Then[/bold] mend what failed, and give the same command again: it does only what is not done.
"""


def batch(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="LIST",
            help="A text file with the folder of a project in each line, relative to the file's own folder; lines that "
            "begin with # are passed over. - for stdin.",
            show_default=False,
        ),
    ],
    steps: StepsOption = None,
    seconds: SecondsOption = None,
    device: DeviceOption = "auto",
    engine: BatchEngineOption = None,
    certificates: CertificatesOption = None,
    boxes_only: Annotated[
        bool,
        typer.Option("--boxes-only", help="Learn from the boxes alone, not also from masks of a person."),
    ] = False,
    anew: Annotated[
        bool, typer.Option("--anew", help="Train all of them anew, also those that are done or were stopped.")
    ] = False,
    summary: Annotated[
        Path | None,
        typer.Option(metavar="FILE.csv", help="Write what became of each project here, too.", show_default=False),
    ] = None,
    overwrite: OverwriteOption = False,
) -> None:
    """Learn masks from the boxes of many projects, and segment every frame of each.

    They are spread over the workers of an engine: the one at ADDRESS, or one that is started here, with a worker for
    each GPU. What goes wrong with one project is told, and the others go on. Given again, the command passes over what
    is done with the same boxes, masks of a person, steps and seconds, goes on with what was stopped, and does again
    what failed. Exit code 0: all are done; 1: some are not.
    """
    check_engine_options(engine, certificates)
    from mfvis_engine.actions.batch import BatchPlan
    from mfvis_engine.actions.batch_report import check_summary_free, write_summary
    from mfvis_engine.actions.project_list import read_project_list

    asked = AskedOptions(steps, seconds, device, boxes_only, engine, certificates)
    paths = read_project_list(source)
    if summary is not None:
        check_summary_free(summary, source, paths, overwrite=overwrite)
    report = segment_and_say(paths, BatchPlan(asked.request(), anew=anew), engine, certificates)
    if summary is not None:
        write_summary(report, summary)
        say(f"Wrote {summary}.")
    written = () if summary is None else ("--summary", summary, "--overwrite")
    end_with(report, ("mfvis", "batch", source, *asked.words(), *written))
