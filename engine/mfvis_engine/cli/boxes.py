"""`mfvis boxes import`: boxes of a file into a project."""

import typer

from mfvis_engine.cli.arguments import ProjectArgument
from mfvis_engine.cli.file_formats import (
    BridgeGapsOption,
    CategoryOption,
    FileArgument,
    FirstFrameOption,
    FormatToReadOption,
    ReplaceOption,
    VideoOption,
)
from mfvis_engine.cli.import_ import run_import
from mfvis_engine.cli.terminal import flowing

app = typer.Typer(help="Bring boxes into a project.", no_args_is_help=True, rich_markup_mode="rich")

EPILOG = """[bold]Example[/bold]

  mfvis boxes import walk.mfvis boxes.csv

[bold]A CSV file[/bold] has a row for each box that was drawn, frames from 0, box edges in pixels:

  track_id,frame,x0,y0,x1,y1,category,occluded,outside
  1,0,119,228,284,320,gecko,0,0
  1,10,151,232,330,320,gecko,0,0

The last three columns may be missing. Boxes between two rows of a track are interpolated; a row with outside = 1 says
that the object has left. In a MOT file every row is a box, frames from 1; names of its classes are read from
labels.txt beside it, one a line. Of a file with masks alone, the boxes around them are taken.

[bold]Formats:[/bold] csv, mot, cvat, coco-vis, coco-vis-results, coco-vid, bdd100k, mots, davis, ctc; see mfvis import
--help.

[bold]Then[/bold] learn the masks: mfvis segment walk.mfvis
"""


def import_boxes(
    project: ProjectArgument,
    file: FileArgument,
    file_format: FormatToReadOption = "auto",
    replace: ReplaceOption = False,
    video: VideoOption = None,
    category: CategoryOption = None,
    bridge_gaps: BridgeGapsOption = False,
    first_frame: FirstFrameOption = 0,
) -> None:
    """Bring the boxes of a file into a project.

    Tracks with new ids are added. Where the project has a track of the same id with other boxes, nothing is changed
    unless --replace is given. Masks in the file are left alone: mfvis import takes them too.
    """
    from mfvis_engine.actions.file_import import ImportOptions
    from mfvis_engine.formats.content import FileSource
    from mfvis_engine.formats.registry import FileFormat

    known = None if file_format == "auto" else FileFormat(file_format)
    source = FileSource(file, known, video, category, bridge_gaps, first_frame)
    run_import(project, source, ImportOptions(replace=replace, with_masks=False))


app.command("import", help=flowing(import_boxes.__doc__ or ""), epilog=flowing(EPILOG))(import_boxes)
