"""`mfvis info`: what is in a project."""

from typing import TYPE_CHECKING

from mfvis_engine.cli.arguments import ProjectArgument
from mfvis_engine.cli.terminal import say_facts, say_next, say_table, warn

if TYPE_CHECKING:
    from mfvis_engine.actions.description import ProjectDescription

EPILOG = """[bold]Example[/bold]

  mfvis info walk.mfvis

[bold]Then[/bold] do what its last line proposes.
"""


def info(project: ProjectArgument) -> None:
    """Show what is in a project: video, tracks, runs, masks.

    Changes nothing.
    """
    from mfvis_engine.actions.description import describe
    from mfvis_engine.project import Project

    with Project.open(project, read_only=True) as opened:
        found = describe(opened)
    say_facts(_facts(found))
    if found.tracks:
        rows = [(t.track_id, t.category, t.keyframe_count, t.frame_count) for t in found.tracks]
        say_table(("track", "category", "keyframes", "frames with a box"), rows)
    if found.runs:
        runs = [
            (run.run_id, run.status.value, len(run.track_ids), run.frames_done, run.reason or "") for run in found.runs
        ]
        say_table(("run", "status", "tracks", "frames done", "reason"), runs)
    if found.video_problem:
        warn(found.video_problem)
    _say_next(found, str(project))


def _facts(found: "ProjectDescription") -> list[tuple[str, str]]:
    video = found.video
    rate = f"{video.frame_rate:.4g} frames a second" if video.frame_rate else "frame rate not known"
    masks = ", ".join(f"{count} {origin.value}" for origin, count in found.mask_counts)
    return [
        ("Project", str(found.path)),
        ("Video", str(found.video_path)),
        ("Size", f"{video.length} frames of {video.width} x {video.height}, {rate}"),
        ("Tracks", str(len(found.tracks))),
        ("Runs", str(len(found.runs))),
        ("Masks", f"{masks}; {found.verified_count} verified (tracks x frames)"),
    ]


def _say_next(found: "ProjectDescription", project: str) -> None:
    if not found.tracks:
        say_next("mfvis", "boxes", "import", project, "BOXES.csv")
    elif not any(count for _, count in found.mask_counts):
        say_next("mfvis", "segment", project)
    else:
        say_next("mfvis", "export", project, f"{found.path.stem}.json")
