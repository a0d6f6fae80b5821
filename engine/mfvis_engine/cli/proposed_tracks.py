"""`mfvis tracks proposals`, `adopt` and `dismiss`: objects that a run found and nobody had annotated."""

from typing import Annotated

import typer

from mfvis_engine.cli.arguments import ProjectArgument
from mfvis_engine.cli.changes import counted, opened_to_change, say_done
from mfvis_engine.cli.number_list import NumberList
from mfvis_engine.cli.terminal import flowing, say, say_next, say_table

PROPOSALS_EPILOG = flowing("""[bold]Example[/bold]

  mfvis tracks proposals walk.mfvis

[bold]Then[/bold] take over what is right, and dismiss the rest: mfvis tracks adopt, mfvis tracks dismiss
""")

ADOPT_EPILOG = flowing("""[bold]Examples[/bold]

  mfvis tracks adopt walk.mfvis
  mfvis tracks adopt walk.mfvis 4,6-9
  mfvis tracks adopt walk.mfvis --run 1a2b --min-score 0.5

[bold]Then[/bold] look at it: mfvis preview walk.mfvis walk.png
It can be taken back: mfvis undo walk.mfvis
""")

DISMISS_EPILOG = flowing("""[bold]Examples[/bold]

  mfvis tracks dismiss walk.mfvis 5
  mfvis tracks dismiss walk.mfvis --run 1a2b

[bold]Then[/bold], if that was wrong: mfvis undo walk.mfvis
""")

IdsArgument = Annotated[
    NumberList | None,
    typer.Argument(
        parser=NumberList.parse,
        metavar="IDS",
        help="Which, as in mfvis tracks proposals, such as 4,6-9.",
        show_default="all that are open",
    ),
]

RunOption = Annotated[
    str | None,
    typer.Option(
        metavar="RUN", help="A run; its last four characters will do.", show_default="the newest that has them"
    ),
]


def list_proposals(project: ProjectArgument) -> None:
    """Show the objects that runs found where nobody had annotated any, and that wait for a yes or no.

    The score is how sure the model is, 0 to 1. They are no tracks yet, and are in no export.
    """
    from mfvis_engine.actions.proposed_tracks import proposal_lines
    from mfvis_engine.project import Project

    with Project.open(project, read_only=True) as opened:
        lines = proposal_lines(opened)
    if not lines:
        say("No proposed track is open.")
        return
    say_table(
        ("run", "number", "category", "score", "frames", "boxes"),
        [
            (
                line.run_id,
                line.track_id,
                line.category,
                line.score,
                f"{line.first_frame} to {line.last_frame}",
                line.box_count,
            )
            for line in lines
        ],
    )
    say_next("mfvis", "tracks", "adopt", project, "--min-score", "0.5")


def adopt(
    project: ProjectArgument,
    ids: IdsArgument = None,
    run: RunOption = None,
    min_score: Annotated[
        float, typer.Option(metavar="SCORE", min=0, max=1, help="Only those the model is as sure of.")
    ] = 0,
) -> None:
    """Make tracks of objects that a run found, with their boxes and masks.

    Each keeps its number, unless that has become another track's meanwhile. Masks that a person edited, imported or
    verified are kept as they are.
    """
    from mfvis_engine.actions.proposed_tracks import adopt_tracks

    with opened_to_change(project) as opened:
        done, id_pairs = adopt_tracks(opened, None if ids is None else ids.numbers, run, min_score)
    for number, track_id in id_pairs:
        if number != track_id:
            say(f"Proposal {number} is track {track_id} now: {number} was in use.")
    if len(done.skipped):
        say(f"Skipped {counted(len(done.skipped), 'mask')} that a person edited, imported or verified.")
    say_done(done, project)


def dismiss(project: ProjectArgument, ids: IdsArgument = None, run: RunOption = None) -> None:
    """Say that objects a run found are not wanted, so that they are not listed any more.

    Tracks and masks stay as they are.
    """
    from mfvis_engine.actions.proposed_tracks import dismiss_tracks

    with opened_to_change(project) as opened:
        say_done(dismiss_tracks(opened, None if ids is None else ids.numbers, run), project)
