"""`mfvis relink`: the project's video has moved."""

from pathlib import Path
from typing import Annotated

import typer

from mfvis_engine.cli.arguments import ProjectArgument
from mfvis_engine.cli.changes import opened_to_change
from mfvis_engine.cli.terminal import say, say_next, warn

EPILOG = """[bold]Example[/bold]

  mfvis relink walk.mfvis /videos/2026/walk.mp4

[bold]Then[/bold] look whether boxes and masks still fit: mfvis preview walk.mfvis walk.png
"""


def relink(
    project: ProjectArgument,
    video: Annotated[Path, typer.Argument(metavar="VIDEO", help="Where the video is now.", show_default=False)],
) -> None:
    """Say where the project's video is now.

    It may also be another file with the same frames, such as a smaller encoding of the video; the number and the size
    of the frames must be the same. Boxes and masks stay as they are.
    """
    with opened_to_change(project) as opened:
        before = opened.video_reference.fingerprint
        opened.relink_video(video)
        is_same = opened.video_reference.fingerprint == before
    say(f"{project} now refers to {video.absolute()}.")
    if not is_same:
        warn("It is not the file that the project was made for, although its frames have the same number and size.")
    say_next("mfvis", "preview", project, f"{project.name.removesuffix('.mfvis')}.png")
