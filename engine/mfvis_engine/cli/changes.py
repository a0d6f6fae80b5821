"""What the commands that change a project share: opening it, and saying what was done."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mfvis_engine.cli.terminal import say, say_command, warn

if TYPE_CHECKING:
    from mfvis_engine.project import Done, MergeReport, Project


@contextmanager
def opened_to_change(path: Path) -> Iterator["Project"]:
    """Opens a project for writing, and warns of what had to be put right.

    Raises:
        ProjectError: As `Project.open`.
    """
    from mfvis_engine.project import Project

    with Project.open(path) as project:
        for repair in project.repairs:
            warn(f"{repair[:1].upper()}{repair[1:].rstrip('.')}.")
        yield project


def say_done(done: "Done", project: Path) -> None:
    """Prints what a change did, and how it is undone."""
    if done.log_id is None:
        say(f"Nothing to change: {done.summary}.")
        return
    frames = f", with the masks of {counted(len(done.frames), 'frame')}" if len(done.frames) else ""
    say(f"Done: {done.summary}{frames}.")
    say_undo(project)


def warn_left_out(merge: "MergeReport") -> None:
    """Names the tracks of a run that were left out when it was merged, and why."""
    for track_ids, why in (
        (merge.unannotated_track_ids, "they are not annotated any more"),
        (merge.reidentified_track_ids, "they are other objects than when the run was made"),
    ):
        if track_ids:
            warn(f"Left out, since {why}: tracks {', '.join(map(str, track_ids))}.")


def say_undo(project: Path) -> None:
    """Names the command that takes the last change back."""
    say_command("Undo with", "mfvis", "undo", project)


def sized(size_bytes: int) -> str:
    """A size on the disk: "812 kB", "13.4 MB"."""
    return f"{size_bytes / 1e3:.0f} kB" if size_bytes < 1e6 else f"{size_bytes / 1e6:.1f} MB"


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun: "1 frame", "12 frames"."""
    return f"{number} {noun if number == 1 else plural or f'{noun}s'}"
