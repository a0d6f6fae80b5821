"""`mfvis preview`: a picture or a video of the masks."""

from pathlib import Path
from typing import Annotated

import typer

from mfvis_engine.cli.arguments import OverwriteOption, ProjectArgument
from mfvis_engine.cli.terminal import say, say_next

EPILOG = """[bold]Examples[/bold]

  mfvis preview walk.mfvis walk.png
  mfvis preview walk.mfvis masks.mp4 --every 2

[bold]Then[/bold], if masks are wrong, add boxes there and run mfvis segment again; if they are right, hand them on:
mfvis export walk.mfvis walk.json
"""


def preview(
    project: ProjectArgument,
    out: Annotated[
        Path,
        typer.Argument(metavar="OUT", help=".png or .jpg for a sheet of frames, .mp4 for a video.", show_default=False),
    ],
    every: Annotated[
        int | None,
        typer.Option(min=1, help="Show every so many frames.", show_default="12 frames on a sheet, all of a video"),
    ] = None,
    overwrite: OverwriteOption = False,
) -> None:
    """Draw masks, boxes and track ids over the frames.

    Each track has a colour of its own. A solid box was drawn, a dashed one is interpolated. Before the first mfvis
    segment this shows the boxes alone: a good moment to see whether they fit.
    """
    from mfvis_engine.actions.preview import preview_project
    from mfvis_engine.project import Project

    with Project.open(project, read_only=True) as opened:
        frame_count = preview_project(opened, out, every=every, overwrite=overwrite)
    say(f"Wrote {out}: {frame_count} frames.")
    say_next("mfvis", "export", project, f"{project.name.removesuffix('.mfvis')}.json")
