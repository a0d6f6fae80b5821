"""`mfvis export`: boxes and masks into the files of other tools."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mfvis_engine.actions.mask_kind import MaskKind
from mfvis_engine.cli.arguments import OverwriteOption, ProjectArgument
from mfvis_engine.cli.changes import counted
from mfvis_engine.cli.file_formats import FormatName
from mfvis_engine.cli.terminal import say, warn

if TYPE_CHECKING:
    from mfvis_engine.actions.export import ExportReport
    from mfvis_engine.formats import FileFormat

EPILOG = """[bold]Examples[/bold]

  mfvis export walk.mfvis walk.json
  mfvis export walk.mfvis dataset --frames
  mfvis export walk.mfvis walk.zip --format coco-vis-results
  mfvis export walk.mfvis walk-png --format davis --include verified
  mfvis export walk.mfvis walk.xml --format cvat

[bold]Formats[/bold]

  boxes             csv, mot, cvat (for video 1.1)
  boxes and masks   coco-vis, coco-vid, bdd100k (Scalabel)
  masks             coco-vis-results, mots, davis, ctc (Cell Tracking Challenge)

coco-vis is the ground truth form of YouTube-VIS JSON, to train or measure with; every box and where it came from is in
extra fields. coco-vis-results is its results form with a score a track, as .json, or as .zip for a server. davis and
ctc are folders with a picture a frame. mot and mots write the names of their classes beside them, into labels.txt.

[bold]Then[/bold] compare with the truth, if there is one: mfvis evaluate truth.json walk.zip
"""

WITH_FRAMES = ("coco-vis", "coco-vis-results", "coco-vid")
"""Formats whose files name the pictures that `--frames` writes."""


def export(
    project: ProjectArgument,
    out: Annotated[
        Path,
        typer.Argument(
            metavar="OUT",
            help="A file, or a folder to put annotations.json or the like into; for davis and ctc a new folder.",
            show_default=False,
        ),
    ],
    export_format: Annotated[
        FormatName, typer.Option("--format", metavar="FORMAT", help="One of the formats below.")
    ] = "coco-vis",
    include: Annotated[
        list[MaskKind] | None,
        typer.Option(
            metavar="KIND",
            help="Only masks that are predicted, edited, imported or verified; may be given more than once.",
            show_default="all masks",
        ),
    ] = None,
    frames: Annotated[
        bool,
        typer.Option(
            "--frames", help=f"Write the frames too, as JPEGImages/NAME/00000.jpg; for {', '.join(WITH_FRAMES)}."
        ),
    ] = False,
    overwrite: OverwriteOption = False,
) -> None:
    """Write boxes and masks for other tools, checked by reading them back.

    The track id is the label and the id in all formats; mots puts 1000 times the class before it.
    """
    from mfvis_engine.actions.export import ExportOptions, export_project
    from mfvis_engine.formats import FileFormat
    from mfvis_engine.project import Project

    chosen = FileFormat(export_format)
    if include and not chosen.has_masks:
        raise typer.BadParameter(f"{chosen} holds no masks: leave --include out, or choose another --format.")
    if frames and chosen not in WITH_FRAMES:
        raise typer.BadParameter(f"{chosen} names no pictures: --frames goes with {', '.join(WITH_FRAMES)}.")
    options = ExportOptions(overwrite, frozenset(include or ()), frames)
    with Project.open(project, read_only=True) as opened:
        report = export_project(opened, out, chosen, options)
    _say_report(report, chosen)


def _say_report(report: "ExportReport", chosen: "FileFormat") -> None:
    tracks = counted(report.track_count, "track")
    say(f"Wrote {report.path}: {tracks}, {counted(report.frame_count, 'frame')}.")
    for path in report.also:
        say(f"Wrote {path}.")
    if report.left_out:
        missing = "mask" if chosen.needs_masks else "box or mask" if chosen.has_masks else "box"
        warn(f"Left out, since they have no {missing} in any frame: tracks {', '.join(map(str, report.left_out))}.")
