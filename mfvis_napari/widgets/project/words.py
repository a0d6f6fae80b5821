"""What is said of a project: short lines for the section."""

from datetime import datetime, timedelta
from pathlib import Path

from mfvis_engine.project import Project
from mfvis_engine.project.lock import LOCK, LockOwner


def video_line(project: Project) -> str:
    """Size, length and rate of its video: "60 frames, 640 x 360, 25 fps, 2.4 s"."""
    parts = [
        "1 frame" if project.length == 1 else f"{project.length} frames",
        f"{project.width} \N{MULTIPLICATION SIGN} {project.height}",
    ]
    if project.frame_rate:
        parts += [f"{project.frame_rate:.4g} fps", _duration(project.length / project.frame_rate)]
    return ", ".join(parts)


def saved_line(at: datetime | None) -> str:
    """That nothing waits to be saved, and when something was saved last."""
    return "All changes saved" if at is None else f"All changes saved, last at {at:%H:%M:%S}"


def read_only_line(path: Path) -> str:
    """Why a project is open for reading only, and what to do."""
    owner = LockOwner.read(path / LOCK)
    if owner is None or owner.is_gone:
        return "Open for reading only: its folder cannot be written."
    return f"Open for reading only: it is open in process {owner.pid} on {owner.host}. Close it there first."


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    return str(timedelta(seconds=round(seconds))).removeprefix("0:")
