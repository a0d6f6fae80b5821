"""Opening a long project: until its first picture."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.gui.figures import Figure
from benchmarks.gui.window import Picture, annotator, settle

OPEN_AIM_S = 3


def measure_opening(project_path: Path, frames: int, repeats: int) -> Iterator[Figure]:
    """Opens the project in a window that is there, and closes it again, several times."""
    seconds, closing = [], []
    with annotator() as widget:
        picture = Picture(widget.workspace.viewer)
        for _ in range(repeats):
            seconds.append(picture.milliseconds(lambda: widget.workspace.open_project(project_path)) / 1000)
            settle(1.0)
            closing.append(picture.milliseconds(widget.workspace.close_project) / 1000)
            settle(0.5)
    yield Figure(
        f"open a project of {frames} frames, until its first picture: worst of {repeats}", max(seconds), "s", OPEN_AIM_S
    )
    yield Figure("  the same, median", float(np.median(seconds)), "s")
    yield Figure("  close it, median", float(np.median(closing)), "s")
