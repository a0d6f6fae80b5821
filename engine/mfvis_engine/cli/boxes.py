"""`mfvis boxes import`: boxes of a file into a project."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from mfvis_engine.cli.arguments import ProjectArgument
from mfvis_engine.cli.terminal import flowing, say, say_next, warn

if TYPE_CHECKING:
    from mfvis_engine.cli.actions.box_import import ImportReport

app = typer.Typer(help="Bring boxes into a project.", no_args_is_help=True, rich_markup_mode="rich")

EPILOG = """[bold]Example[/bold]

  mfvis boxes import walk.mfvis boxes.csv

[bold]A CSV file[/bold] has a row for each box that was drawn, frames from 0, box edges in pixels:

  track_id,frame,x0,y0,x1,y1,category,occluded,outside
  1,0,119,228,284,320,gecko,0,0
  1,10,151,232,330,320,gecko,0,0

The last three columns may be missing. Boxes between two rows of a track are interpolated; a row with outside = 1 says
that the object has left. In a MOT file every row is a box, frames from 1. Of a COCO-VIS file the boxes are taken.

[bold]Then[/bold] learn the masks: mfvis segment walk.mfvis
"""


def import_boxes(
    project: ProjectArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file of boxes.", show_default=False)],
    box_format: Annotated[
        Literal["auto", "csv", "mot", "coco-vis"],
        typer.Option("--format", help="auto tells it from the suffix, or from the content."),
    ] = "auto",
    replace: Annotated[
        bool, typer.Option("--replace", help="Let tracks of the file replace those with the same ids.")
    ] = False,
    video: Annotated[
        str | None, typer.Option(help="Which video of a COCO-VIS file: its id or name.", show_default=False)
    ] = None,
    category: Annotated[str, typer.Option(help="What the tracks of a MOT file are.")] = "object",
    bridge_gaps: Annotated[
        bool,
        typer.Option("--bridge-gaps", help="Interpolate where a MOT or COCO-VIS file has no box for some frames."),
    ] = False,
) -> None:
    """Bring the boxes of a file into a project.

    Tracks with new ids are added. Where the project has a track of the same id with other boxes, nothing is changed
    unless --replace is given.
    """
    from mfvis_engine.cli.actions import box_import
    from mfvis_engine.project import Project

    known = None if box_format == "auto" else box_import.BoxFormat(box_format)
    source = box_import.BoxSource(file, known, video, category, bridge_gaps)
    with Project.open(project) as opened:
        report = box_import.import_boxes(opened, source, replace=replace)
    _say_report(file, report)
    say_next("mfvis", "segment", project)


app.command("import", help=flowing(import_boxes.__doc__ or ""), epilog=flowing(EPILOG))(import_boxes)


def _say_report(file: Path, report: "ImportReport") -> None:
    parts = (("added", report.added), ("replaced", report.replaced), ("there already", report.unchanged))
    tracks = ", ".join(f"{len(ids)} {what}" for what, ids in parts if ids) or "none"
    say(f"Read {file.name} as {report.box_format}: {report.box_count} boxes; tracks: {tracks}.")
    for doubt in report.doubts:
        warn(doubt)
