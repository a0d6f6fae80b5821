"""`mfvis check`: whether a project is whole."""

from pathlib import Path
from typing import Annotated

import typer

from mfvis_engine.cli.arguments import OverwriteOption, ProjectArgument
from mfvis_engine.cli.terminal import say

EPILOG = """[bold]Examples[/bold]

  mfvis check walk.mfvis
  mfvis check walk.mfvis --json findings.json

[bold]Then[/bold] do what each finding says; where nothing is found, mfvis backup keeps it so.
"""

_SHOWN = 50


def check(
    project: ProjectArgument,
    json_out: Annotated[
        Path | None, typer.Option("--json", metavar="OUT", help="Write all findings here, too.", show_default=False)
    ] = None,
    overwrite: OverwriteOption = False,
) -> None:
    """Look a project over: every table, change, frame and run against the checksums that were kept of them.

    Changes nothing, and may be done while the project is open. Exit code 0: nothing was found; 1: something was.
    """
    from mfvis_engine.actions.check import check_report_free, write_report
    from mfvis_engine.cli.frame_bar import frame_bar
    from mfvis_engine.project import check_project

    if json_out is not None:
        check_report_free(json_out, project, overwrite=overwrite)
    with frame_bar("Checking") as progress:
        report = check_project(project, progress)
    if json_out is not None:
        write_report(json_out, report)
    for finding in report.findings[:_SHOWN]:
        say(f"{finding.severity.capitalize()}: {finding.what}")
        say(f"  Where: {finding.where}")
        say(f"  Do: {finding.remedy}")
    if len(report.findings) > _SHOWN:
        say(f"... and {len(report.findings) - _SHOWN} more; --json OUT writes all of them.")
    if json_out is not None:
        say(f"Wrote {json_out}.")
    if not report.is_clean:
        raise typer.Exit(1)
    say(f"{report.path} is whole: {report.frame_count} frames, all tables and runs.")
