"""`mfvis backup`: a copy of a project to fall back on."""

from pathlib import Path
from typing import Annotated

import typer

from mfvis_engine.cli.arguments import ProjectArgument
from mfvis_engine.cli.terminal import say, warn

EPILOG = """[bold]Example[/bold]

  mfvis backup walk.mfvis /media/disk/walk-monday

[bold]Then[/bold] go on: the copy is a project like any other, to be opened, checked and copied back.
"""


def backup(
    project: ProjectArgument,
    out: Annotated[
        Path,
        typer.Argument(metavar="OUT", help="The new folder; .mfvis is added where it is missing.", show_default=False),
    ],
) -> None:
    """Copy a project as it stands, also while it is open and being worked in.

    The copy is checked before it appears. A video in the project is copied too; any other stays where it is.
    """
    from mfvis_engine.actions.creation import check_named
    from mfvis_engine.cli.frame_bar import frame_bar
    from mfvis_engine.project import backup_project

    check_named(out)
    with frame_bar("Copying and checking") as progress:
        report = backup_project(project, out, progress)
    for finding in report.findings:
        warn(f"{finding.what} {finding.remedy}")
    say(f"Wrote {report.path}: {report.frame_count} frames, checked.")
