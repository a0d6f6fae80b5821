"""`mfvis import`: boxes and masks of other tools into a project."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mfvis_engine.cli.arguments import ProjectArgument
from mfvis_engine.cli.changes import counted, opened_to_change, say_undo
from mfvis_engine.cli.file_formats import (
    BridgeGapsOption,
    CategoryOption,
    FileArgument,
    FirstFrameOption,
    FormatToReadOption,
    ReplaceOption,
    VideoOption,
)
from mfvis_engine.cli.terminal import say, say_next, warn

if TYPE_CHECKING:
    from mfvis_engine.actions.file_import import ImportOptions, ImportReport, MaskTally, TrackPlan
    from mfvis_engine.formats.content import FileSource

EPILOG = """[bold]Examples[/bold]

  mfvis import walk.mfvis walk.json
  mfvis import walk.mfvis annotations.xml --format cvat
  mfvis import walk.mfvis masks-png --category cell
  mfvis import walk.mfvis corrected.json --keep-boxes

[bold]Formats[/bold]

  boxes             csv, mot, cvat
  boxes and masks   coco-vis (YouTube-VIS, OVIS), coco-vid, bdd100k (Scalabel)
  masks             coco-vis-results, mots, davis, ctc (Cell Tracking Challenge)

In all of them an id of the file becomes the track's id. mot and mots name their classes in labels.txt beside the file,
one a line.

[bold]Then[/bold] look at it: mfvis preview walk.mfvis walk.png
"""


def import_file(
    project: ProjectArgument,
    file: FileArgument,
    file_format: FormatToReadOption = "auto",
    replace: ReplaceOption = False,
    keep_boxes: Annotated[
        bool, typer.Option("--keep-boxes", help="Leave tracks that are there as they are; take only their masks.")
    ] = False,
    video: VideoOption = None,
    category: CategoryOption = None,
    bridge_gaps: BridgeGapsOption = False,
    first_frame: FirstFrameOption = 0,
) -> None:
    """Bring boxes and masks of other tools into a project.

    The whole file is checked before anything changes, and what it changed can be undone. Tracks with new ids are added.
    Where the project has a track of the same id with other boxes, nothing is changed unless --replace or --keep-boxes
    is given.

    Masks take the place of predicted ones. What a person edited or verified is never overwritten; masks that were
    imported before are, with --replace. Of a file with masks alone, new tracks get the boxes around them, with
    keyframes where no straight line will do, and tracks that are there keep theirs.
    """
    from mfvis_engine.actions.file_import import ImportOptions
    from mfvis_engine.formats.content import FileSource
    from mfvis_engine.formats.registry import FileFormat

    known = None if file_format == "auto" else FileFormat(file_format)
    source = FileSource(file, known, video, category, bridge_gaps, first_frame)
    run_import(project, source, ImportOptions(replace=replace, keep_boxes=keep_boxes))


def run_import(project: Path, source: "FileSource", options: "ImportOptions") -> None:
    """Imports a file, and says what that did and what comes next."""
    from mfvis_engine.actions.file_import import import_file

    with opened_to_change(project) as opened:
        report = import_file(opened, source, options)
    _say_report(source.path, report)
    if report.masks:
        _say_masks(report.masks, report.tracks, options)
    for doubt in report.doubts:
        warn(doubt)
    if not (report.box_count or report.mask_count):
        warn(f"There is no box and no mask in {source.path.name}. Is it the right file?")
        return
    if report.log_id is not None:
        say_undo(project)
    if report.masks:
        say_next("mfvis", "preview", project, f"{project.name.removesuffix('.mfvis')}.png")
    else:
        say_next("mfvis", "segment", project)


def _say_report(file: Path, report: "ImportReport") -> None:
    tracks = report.tracks
    parts = (
        ("added", tracks.added),
        ("replaced", tracks.replaced),
        ("there already", tracks.unchanged),
        ("there already, whose boxes were kept", tracks.kept),
    )
    listed = ", ".join(f"{len(ids)} {what}" for what, ids in parts if ids) or "none"
    say(f"Read {file.name} as {report.file_format}: {_found(report)}; tracks: {listed}.")


def _found(report: "ImportReport") -> str:
    masks = counted(report.mask_count, "mask")
    if report.has_own_boxes:
        return f"{report.box_count} boxes, {masks}" if report.mask_count else f"{report.box_count} boxes"
    drawn_around = report.tracks.added or report.tracks.replaced
    return f"{masks}, {report.box_count} boxes around them as keyframes" if drawn_around else masks


def _say_masks(masks: "MaskTally", tracks: "TrackPlan", options: "ImportOptions") -> None:
    say(f"Took {counted(masks.taken, 'mask')} from it.")
    if masks.kept and options.replace:
        say(f"Kept {counted(masks.kept, 'mask')} as they were: edited or verified.")
    elif masks.kept:
        kept = counted(masks.kept, "mask")
        way = "--replace --keep-boxes" if tracks.kept else "--replace"
        say(f"Kept {kept} as they were: edited, verified or imported before. Those imported give way to {way}.")
