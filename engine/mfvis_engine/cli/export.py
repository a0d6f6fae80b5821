"""`mfvis export`: masks into the files of other tools."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from mfvis_engine.cli.arguments import OverwriteOption, ProjectArgument
from mfvis_engine.cli.terminal import say, warn

EPILOG = """[bold]Examples[/bold]

  mfvis export walk.mfvis walk.json
  mfvis export walk.mfvis walk.zip --format coco-vis-results
  mfvis export walk.mfvis walk-png --format davis

[bold]Then[/bold] compare with the truth, if there is one: mfvis evaluate truth.json walk.zip
"""


def export(
    project: ProjectArgument,
    out: Annotated[
        Path,
        typer.Argument(
            metavar="OUT",
            help="A file, or a folder to put annotations.json or results.zip into; for davis a new folder.",
            show_default=False,
        ),
    ],
    export_format: Annotated[
        Literal["coco-vis", "coco-vis-results", "davis"], typer.Option("--format", help="What to write.")
    ] = "coco-vis",
    overwrite: OverwriteOption = False,
) -> None:
    """Write the masks for other tools, checked by reading them back.

    coco-vis: the ground truth form of YouTube-VIS JSON, to train or measure with; every box and where it came from is
    in extra fields.

    coco-vis-results: its results form with a score a track, as .json, or as .zip for a server.

    davis: a folder with one indexed PNG a frame. The track id is the label and the id in all of them.
    """
    from mfvis_engine.cli.actions.export import ExportFormat, export_project
    from mfvis_engine.project import Project

    with Project.open(project, read_only=True) as opened:
        report = export_project(opened, out, ExportFormat(export_format), overwrite=overwrite)
    say(f"Wrote {report.path}: {report.track_count} tracks, {report.frame_count} frames.")
    if report.left_out:
        warn(f"Left out, since they have no mask in any frame: tracks {', '.join(map(str, report.left_out))}.")
