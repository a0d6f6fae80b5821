"""`mfvis new`: a project for a video."""

from pathlib import Path
from typing import Annotated

import typer

from mfvis_engine.cli.terminal import say, say_next

EPILOG = """[bold]Example[/bold]

  mfvis new walk.mfvis walk.mp4

[bold]Then[/bold] bring in boxes: mfvis boxes import walk.mfvis boxes.csv
"""


def new(
    project: Annotated[
        Path,
        typer.Argument(metavar="PROJECT", help="The folder to make; .mfvis is added if missing.", show_default=False),
    ],
    video: Annotated[
        Path,
        typer.Argument(
            metavar="VIDEO",
            help="A video file, a folder of pictures, a TIFF stack, a zarr array or a .npy file.",
            show_default=False,
        ),
    ],
    copy_video: Annotated[bool, typer.Option("--copy-video", help="Put a copy of the video into the project.")] = False,
) -> None:
    """Make a project for a video.

    A project is a folder that holds boxes, runs and masks. It refers to the video where it lies; with --copy-video it
    can be moved on its own.
    """
    from mfvis_engine.actions.creation import create_project

    with create_project(project, video, copy_video=copy_video) as made:
        path = project.parent / made.path.name
        rate = f", {made.frame_rate:.4g} frames a second" if made.frame_rate else ""
        say(f"Made {path}: {made.length} frames of {made.width} x {made.height}{rate}.")
        say_next("mfvis", "boxes", "import", path, "BOXES.csv")
