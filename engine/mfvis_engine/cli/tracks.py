"""`mfvis tracks`: who is who, and what is what."""

from typing import Annotated

import typer

from mfvis_engine.cli import proposed_tracks
from mfvis_engine.cli.arguments import ProjectArgument
from mfvis_engine.cli.changes import opened_to_change, say_done
from mfvis_engine.cli.terminal import flowing, say_next, say_table

app = typer.Typer(
    help="List, merge, split, swap, delete, rename and end tracks, and judge those that a run found; every change can"
    " be undone.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)

_THEN = """[bold]Then[/bold] look at it: mfvis preview walk.mfvis walk.png
It can be taken back, also tomorrow: mfvis undo walk.mfvis
"""

TrackArgument = Annotated[
    int, typer.Argument(metavar="TRACK", min=1, help="A track id, as in mfvis tracks list.", show_default=False)
]


@app.command(
    "list",
    epilog=flowing("""[bold]Example[/bold]

  mfvis tracks list walk.mfvis

[bold]Then[/bold] put right what is wrong: mfvis tracks --help
"""),
)
def list_tracks(project: ProjectArgument) -> None:
    """Show the tracks: what each is, from when to when, and how much of it is done.

    Masks are counted per frame; "by hand" are those that a person edited or imported.
    """
    from mfvis_engine.actions.track_list import track_lines
    from mfvis_engine.project import Project

    with Project.open(project, read_only=True) as opened:
        lines = track_lines(opened)
    if not lines:
        say_next("mfvis", "boxes", "import", project, "BOXES.csv")
        return
    columns = ("track", "category", "frames", "keyframes", "boxes", "masks", "by hand", "verified")
    say_table(
        columns,
        [
            (
                line.track_id,
                line.category,
                "none" if line.first_frame is None else f"{line.first_frame} to {line.last_frame}",
                line.keyframe_count,
                line.box_count,
                line.mask_count,
                line.by_hand_count,
                line.verified_count,
            )
            for line in lines
        ],
    )


@app.command(
    "merge",
    epilog=flowing(f"""[bold]Example[/bold]

  mfvis tracks merge walk.mfvis 5 --into 3

{_THEN}"""),
)
def merge(
    project: ProjectArgument,
    track: TrackArgument,
    into: Annotated[
        int, typer.Option(metavar="TRACK", min=1, help="The track that takes its boxes and masks.", show_default=False)
    ],
) -> None:
    """Say that two tracks are one object.

    Boxes and masks of the first become the other's, which keeps its category. A gap between them stays a gap. Where
    both have a box in one frame they are two objects, and nothing is changed.
    """
    from mfvis_engine.annotation.verbs import MergeTracks

    with opened_to_change(project) as opened:
        say_done(opened.do(MergeTracks(track, into)), project)


@app.command(
    "split",
    epilog=flowing(f"""[bold]Example[/bold]

  mfvis tracks split walk.mfvis 3 --at 40

{_THEN}"""),
)
def split(
    project: ProjectArgument,
    track: TrackArgument,
    at: Annotated[int, typer.Option(metavar="FRAME", min=0, help="First frame of the new track.", show_default=False)],
    new_id: Annotated[
        int | None, typer.Option(metavar="TRACK", min=1, help="Id of the new track.", show_default="a free one")
    ] = None,
) -> None:
    """Say that a track is another object from a frame on.

    Boxes and masks from that frame on go to a new track of the same category.
    """
    from mfvis_engine.annotation.verbs import SplitTrack

    with opened_to_change(project) as opened:
        say_done(opened.do(SplitTrack(track, at, new_id or opened.free_track_id())), project)


@app.command(
    "swap",
    epilog=flowing(f"""[bold]Example[/bold]

  mfvis tracks swap walk.mfvis 1 2 --from 40

{_THEN}"""),
)
def swap(
    project: ProjectArgument,
    track: TrackArgument,
    other: Annotated[int, typer.Argument(metavar="OTHER", min=1, help="The other track.", show_default=False)],
    from_frame: Annotated[
        int, typer.Option("--from", metavar="FRAME", min=0, help="First frame that is wrong.", show_default=False)
    ],
) -> None:
    """Say that two tracks were taken for each other from a frame on.

    From that frame on their boxes and masks change places. Their categories stay.
    """
    from mfvis_engine.annotation.verbs import SwapTracks

    with opened_to_change(project) as opened:
        say_done(opened.do(SwapTracks(track, other, from_frame)), project)


@app.command(
    "delete",
    epilog=flowing(f"""[bold]Examples[/bold]

  mfvis tracks delete walk.mfvis 4
  mfvis tracks delete walk.mfvis 4 --frame 17

{_THEN}"""),
)
def delete(
    project: ProjectArgument,
    track: TrackArgument,
    frame: Annotated[
        int | None,
        typer.Option(min=0, help="Only in this frame: no box and no mask there.", show_default="the whole track"),
    ] = None,
) -> None:
    """Delete a whole track, boxes and masks, or take it out of one frame."""
    from mfvis_engine.annotation.verbs import DeleteHere, DeleteTrack

    with opened_to_change(project) as opened:
        say_done(opened.do(DeleteTrack(track) if frame is None else DeleteHere(track, frame)), project)


@app.command(
    "rename",
    epilog=flowing(f"""[bold]Example[/bold]

  mfvis tracks rename walk.mfvis 3 gecko

{_THEN}"""),
)
def rename(
    project: ProjectArgument,
    track: TrackArgument,
    category: Annotated[str, typer.Argument(metavar="CATEGORY", help="What the object is.", show_default=False)],
) -> None:
    """Say that a track is something else."""
    from mfvis_engine.annotation.verbs import RenameCategory

    with opened_to_change(project) as opened:
        say_done(opened.do(RenameCategory(track, category)), project)


@app.command(
    "end",
    epilog=flowing(f"""[bold]Example[/bold]

  mfvis tracks end walk.mfvis 3 --after 40

{_THEN}"""),
)
def end(
    project: ProjectArgument,
    track: TrackArgument,
    after: Annotated[
        int, typer.Option(metavar="FRAME", min=0, help="The last frame that may hold it.", show_default=False)
    ],
) -> None:
    """Say that the object has gone for good: no box and no mask after a frame."""
    from mfvis_engine.annotation.verbs import EndTrack

    with opened_to_change(project) as opened:
        say_done(opened.do(EndTrack(track, after)), project)


app.command("proposals", epilog=proposed_tracks.PROPOSALS_EPILOG)(proposed_tracks.list_proposals)
app.command("adopt", epilog=proposed_tracks.ADOPT_EPILOG)(proposed_tracks.adopt)
app.command("dismiss", epilog=proposed_tracks.DISMISS_EPILOG)(proposed_tracks.dismiss)
