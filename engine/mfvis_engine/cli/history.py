"""`mfvis undo`, `mfvis redo` and `mfvis log`: what was changed, taken back, and done again."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mfvis_engine.cli.arguments import OverwriteOption, ProjectArgument
from mfvis_engine.cli.changes import counted, opened_to_change
from mfvis_engine.cli.terminal import say, say_command, say_table

if TYPE_CHECKING:
    from mfvis_engine.project import Done, LogEntry

UNDO_EPILOG = """[bold]Examples[/bold]

  mfvis undo walk.mfvis
  mfvis undo walk.mfvis -n 3

[bold]Then[/bold], if that was wrong: mfvis redo walk.mfvis
"""

REDO_EPILOG = """[bold]Example[/bold]

  mfvis redo walk.mfvis

[bold]Then[/bold] see where you are: mfvis log walk.mfvis
"""

LOG_EPILOG = """[bold]Examples[/bold]

  mfvis log walk.mfvis
  mfvis log walk.mfvis -n 100 --json log.json

[bold]Then[/bold] take the last change back: mfvis undo walk.mfvis
"""

_SHOWN = 20

CountOption = Annotated[int, typer.Option("-n", metavar="N", min=1, help="How many changes.")]


def undo(project: ProjectArgument, count: CountOption = 1) -> None:
    """Take the last change back: boxes and masks are what they were before it.

    Every change that a person makes can be undone, however long ago and whatever was closed since: imports, merged
    runs, deleted tracks. Runs and their proposals stay.
    """
    from mfvis_engine.actions.history import undo_changes

    with opened_to_change(project) as opened:
        changes = undo_changes(opened, count)
    _say_changes("Undone", changes)
    if len(changes) < count:
        say(f"There is nothing {'more ' if changes else ''}to undo.")
    if changes:
        _say_way_back("Redo with", "redo", project, len(changes))


def redo(project: ProjectArgument, count: CountOption = 1) -> None:
    """Do again what was undone.

    That is possible until the next change, which takes the place of what was undone.
    """
    from mfvis_engine.actions.history import redo_changes

    with opened_to_change(project) as opened:
        changes = redo_changes(opened, count)
    _say_changes("Done again", changes)
    if len(changes) < count:
        say(f"There is nothing {'more ' if changes else ''}to redo.")
    if changes:
        _say_way_back("Undo with", "undo", project, len(changes))


def log(
    project: ProjectArgument,
    count: Annotated[
        int | None,
        typer.Option("-n", metavar="N", min=1, help="How many, from the newest on.", show_default=f"{_SHOWN}"),
    ] = None,
    json_out: Annotated[
        Path | None,
        typer.Option("--json", metavar="OUT", help="Write them here, too; all without -n.", show_default=False),
    ] = None,
    overwrite: OverwriteOption = False,
) -> None:
    """Show what was changed, the newest first.

    What is marked as undone comes back with mfvis redo. Times are those of this machine's clock, in a JSON file UTC.
    """
    from mfvis_engine.actions.history import write_log
    from mfvis_engine.project import Project

    with Project.open(project, read_only=True) as opened:
        entries = opened.log()[::-1]
        if json_out is not None:
            write_log(opened, json_out, entries[:count], overwrite=overwrite)
    _say_entries(entries, count or _SHOWN, project)
    if json_out is not None:
        say(f"Wrote {json_out}.")


def _say_entries(entries: tuple["LogEntry", ...], count: int, project: Path) -> None:
    if not entries:
        say("Nothing was changed yet.")
        return
    rows = [
        (f"{entry.time.astimezone():%Y-%m-%d %H:%M:%S}", entry.summary, entry.frame_count, "undone" * entry.undone)
        for entry in entries[:count]
    ]
    say_table(("time", "change", "frames of masks", ""), rows)
    if len(entries) > count:
        say(f"{counted(len(entries) - count, 'earlier change')} not shown.")
        say_command("All of them", "mfvis", "log", project, "-n", str(len(entries)))


def _say_changes(what: str, changes: tuple["Done", ...]) -> None:
    for done in changes:
        frames = f" ({counted(len(done.frames), 'frame')} of masks)" if len(done.frames) else ""
        say(f"{what}: {done.summary}{frames}")


def _say_way_back(label: str, command: str, project: Path, count: int) -> None:
    say_command(label, "mfvis", command, project, *(("-n", str(count)) if count > 1 else ()))
