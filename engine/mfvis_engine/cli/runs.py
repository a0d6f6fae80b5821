"""`mfvis runs`: what the engine proposed, and what became of it."""

from typing import Annotated

import typer

from mfvis_engine.cli.arguments import ProjectArgument
from mfvis_engine.cli.changes import counted, opened_to_change, say_undo, sized, warn_left_out
from mfvis_engine.cli.number_list import NumberList
from mfvis_engine.cli.terminal import flowing, say, say_next, say_table

app = typer.Typer(
    help="List, accept, reject and delete runs: the masks that the engine proposed.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)

RunArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="RUN",
        help="A run, as in mfvis runs list; its last four characters will do.",
        show_default="the newest",
    ),
]

TracksOption = Annotated[
    NumberList | None,
    typer.Option(parser=NumberList.parse, metavar="IDS", help="Only these tracks, such as 1,2.", show_default="all"),
]

FramesOption = Annotated[
    NumberList | None,
    typer.Option(
        parser=NumberList.parse, metavar="FRAMES", help="Only these frames, such as 10-20,25.", show_default="all"
    ),
]


@app.command(
    "list",
    epilog=flowing("""[bold]Example[/bold]

  mfvis runs list walk.mfvis

[bold]Then[/bold] take a run's masks over again, or away: mfvis runs accept, mfvis runs reject
"""),
)
def list_runs(project: ProjectArgument) -> None:
    """Show the runs, oldest first: how each ended, and how many of the project's masks are from it.

    A run whose process was killed stays "running"; mfvis segment --resume goes on with it. Of one that is "damaged",
    the masks in use are safe; mfvis check tells more.
    """
    from mfvis_engine.actions.resumption import newest_run
    from mfvis_engine.actions.runs import run_lines
    from mfvis_engine.project import Project, RunStatus

    with Project.open(project, read_only=True) as opened:
        lines, newest = run_lines(opened), newest_run(opened)
    if not lines:
        say("There is no run yet.")
        say_next("mfvis", "segment", project)
        return
    say_table(
        ("run", "status", "tracks", "frames done", "masks in use", "size", "reason"),
        [
            (
                line.info.run_id,
                line.info.status.value,
                len(line.info.track_ids),
                line.info.frames_done,
                line.mask_count,
                sized(line.size_bytes),
                line.info.reason or "",
            )
            for line in lines
        ],
    )
    if newest is not None and newest.status in (RunStatus.RUNNING, RunStatus.FAILED):
        say_next("mfvis", "segment", project, "--resume")


@app.command(
    "accept",
    epilog=flowing("""[bold]Examples[/bold]

  mfvis runs accept walk.mfvis
  mfvis runs accept walk.mfvis 1a2b --tracks 1,2 --frames 10-20

[bold]Then[/bold] look at it: mfvis preview walk.mfvis walk.png
It can be taken back: mfvis undo walk.mfvis
"""),
)
def accept(
    project: ProjectArgument, run: RunArgument = None, tracks: TracksOption = None, frames: FramesOption = None
) -> None:
    """Take a run's proposals over into the masks.

    mfvis segment does so by itself; this is for an earlier run, one that ended early, or a part of one. Without RUN
    the newest that has finished is taken. Masks that a person edited, imported or verified are kept as they are.
    """
    from mfvis_engine.actions.runs import accept_run

    with opened_to_change(project) as opened:
        taken = accept_run(opened, run, _numbers(tracks), _numbers(frames))
    what = f"{counted(len(taken.written), 'mask')} written" if taken.log_id else "no other masks than those there"
    say(f"Accepted run {taken.run_id}: {what}, {len(taken.skipped)} skipped.")
    _say_kept(len(taken.skipped))
    warn_left_out(taken)
    _say_undo_or_unchanged(taken.log_id, project)


@app.command(
    "reject",
    epilog=flowing("""[bold]Examples[/bold]

  mfvis runs reject walk.mfvis
  mfvis runs reject walk.mfvis 1a2b --tracks 3

[bold]Then[/bold], if that was wrong: mfvis undo walk.mfvis
"""),
)
def reject(
    project: ProjectArgument, run: RunArgument = None, tracks: TracksOption = None, frames: FramesOption = None
) -> None:
    """Take a run's masks away again.

    Without RUN the newest that masks are from is taken. Masks that a person edited or verified are kept. The run
    itself stays, and can be accepted again.
    """
    from mfvis_engine.actions.runs import reject_run

    with opened_to_change(project) as opened:
        rejected = reject_run(opened, run, _numbers(tracks), _numbers(frames))
    say(
        f"Rejected run {rejected.run_id}: {counted(rejected.removed_count, 'mask')} taken away,"
        f" {len(rejected.done.skipped)} skipped."
    )
    _say_kept(len(rejected.done.skipped))
    _say_undo_or_unchanged(rejected.done.log_id, project)


@app.command(
    "delete",
    epilog=flowing("""[bold]Example[/bold]

  mfvis runs delete walk.mfvis 1a2b

[bold]Then[/bold] see what is left: mfvis runs list walk.mfvis
"""),
)
def delete(
    project: ProjectArgument,
    run: Annotated[
        str,
        typer.Argument(
            metavar="RUN",
            help="A run, as in mfvis runs list; its last four characters will do.",
            show_default=False,
        ),
    ],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete a run for good, to free the space it takes.

    Masks that were taken over from it stay, and so does the log; but its scores are gone, and it cannot be accepted or
    gone on with any more. This is the one thing here that cannot be undone, so it asks.
    """
    from mfvis_engine.actions.runs import deletable_run

    with opened_to_change(project) as opened:
        found = deletable_run(opened, run)
        if not yes:
            stay = f" {counted(found.mask_count, 'mask')} of the project came from it and will stay."
            what = f"Delete run {found.run_id} ({sized(found.size_bytes)}) for good?"
            if not typer.confirm(f"{what}{stay if found.mask_count else ''}"):
                say("Nothing was deleted.")
                raise typer.Exit(1)
        freed_bytes = opened.delete_run(found.run_id)
    say(f"Deleted run {found.run_id}: {sized(freed_bytes)} are free again.")


def _numbers(given: NumberList | None) -> tuple[int, ...] | None:
    return None if given is None else given.numbers


def _say_kept(skipped_count: int) -> None:
    if skipped_count:
        say("Skipped are masks that a person edited, imported or verified.")


def _say_undo_or_unchanged(log_id: int | None, project: ProjectArgument) -> None:
    if log_id is None:
        say("All of it is so already; nothing was changed.")
    else:
        say_undo(project)
