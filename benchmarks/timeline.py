"""The timeline with 100 tracks x 10 000 frames, a mask in every one: what each movement costs the window.

    python -m benchmarks.timeline [--frames 10000] [--tracks 100] [--repeats 30] [--json FILE]

Needs a display (Xvfb will do). Milliseconds of processor time of the window's thread, median and worst of the repeats,
until all that was asked to be painted is painted: in a dock of 1200 x 165 pixels, and in one so high that every row is
in sight.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tifffile
from napari.components import ViewerModel
from numpy.typing import NDArray
from qtpy.QtCore import QPointF, Qt
from qtpy.QtWidgets import QApplication

from benchmarks.interpolation import random_annotations
from mfvis_engine.annotation import VERIFIED_BIT
from mfvis_engine.project import Done, Project
from mfvis_napari.session import MaskTable, Session
from mfvis_napari.widgets.timeline import Timeline
from mfvis_napari.widgets.timeline.canvas import RULER_PX
from mfvis_napari.widgets.timeline.pixels import ROW_PX
from mfvis_napari.workspace import Workspace

DOCK_WIDTH, DOCK_HEIGHT = 1200, 165
UPDATE_S = 0.008
"""Qt paints what it is asked to after a few milliseconds, together."""


@dataclass(frozen=True)
class Row:
    """One figure in milliseconds: what, in which window, and what was aimed at, where something was."""

    what: str
    window: str
    median_ms: float
    worst_ms: float
    aim_ms: float | None = None


class DenseMasks(MaskTable):
    """A mask of some origin in every frame of every track, changing every few frames."""

    def __init__(self, session: Session, seed: int = 0) -> None:
        super().__init__(session.project)
        random = np.random.default_rng(seed)
        shape = len(session.annotations.tracks), session.view.length
        codes = random.choice(np.array([1, 2, 3, 1 | VERIFIED_BIT], np.uint8), shape)
        held = random.random(shape) < 0.9
        held[:, 0] = False
        since = np.maximum.accumulate(np.where(held, 0, np.arange(shape[1])), axis=1)
        self._dense: dict[int, NDArray[np.uint8]] = dict(
            zip(session.annotations.track_ids, np.take_along_axis(codes, since, 1), strict=True)
        )

    def codes(self, track_id: int) -> NDArray[np.uint8]:
        """(T,) of one track."""
        return self._dense[track_id]


def measure(frames: int, tracks: int, repeats: int, folder: Path) -> Iterator[Row]:
    """Makes a project in `folder`, opens it in two windows, and measures."""
    workspace = Workspace(ViewerModel())
    session = _session(frames, tracks, folder)
    workspace.session = session
    heights = {"dock": DOCK_HEIGHT, "all rows": RULER_PX + (tracks + 2) * ROW_PX}
    for window, height in heights.items():
        timeline = Timeline(workspace)
        timeline.resize(DOCK_WIDTH, height)
        opened = _milliseconds(timeline.show)
        yield Row("first picture", window, opened, opened)
        for what, work, aim_ms in _movements(timeline, session, repeats):
            each = [_milliseconds(work) for _ in range(repeats)]
            yield Row(what, window, float(np.median(each)), max(each), aim_ms)
        timeline.close()
    session.close()


def _movements(
    timeline: Timeline, session: Session, repeats: int
) -> Iterator[tuple[str, Callable[[], None], float | None]]:
    canvas, view, random = timeline.canvas, session.view, np.random.default_rng(1)
    track_ids = session.annotations.track_ids
    no_pairs = np.zeros((0, 2), np.int64)

    def go() -> None:
        view.frame_index = int(random.integers(view.length))

    def scrub() -> None:
        for x in random.integers(canvas.head_px, canvas.width(), 5):  # as many as come while a frame is drawn
            canvas.move_to(QPointF(float(x), 5.0))

    def change_all() -> None:
        session.changed.emit(Done(1, "all", track_ids, np.arange(view.length), no_pairs, no_pairs))

    def zoom() -> None:
        canvas.zoom(float(random.choice([0.7, 1.4])), 400.0)

    def scroll() -> None:
        canvas.scroll_to(int(random.integers(canvas.hidden_rows_px + 1)))

    yield "cursor move", go, 4
    canvas.press(QPointF(canvas.head_px + 5.0, 5.0), Qt.KeyboardModifier.NoModifier)
    yield "scrub, five mouse moves", scrub, None
    canvas.release()
    yield "change of every row in sight", change_all, 25
    yield "zoom step", zoom, 30
    canvas.fit()
    if canvas.hidden_rows_px:
        yield "scroll", scroll, None


def _session(frames: int, tracks: int, folder: Path) -> Session:
    tifffile.imwrite(folder / "clip.tif", np.zeros((frames, 16, 16), np.uint8), photometric="minisblack")
    with Project.create(folder / "walk.mfvis", folder / "clip.tif") as project:
        project.replace_annotations(random_annotations(frames, tracks, min(50, frames // 2)))
        path = project.path
    project = Project.open(path)
    session = Session(project, project.video())
    session.masks = DenseMasks(session)
    return session


def _milliseconds(work: Callable[[], None]) -> float:
    """The time that `work` takes the window's thread, with all that follows of it; waiting is not counted."""
    began = time.thread_time()
    work()
    for _ in range(3):  # a timer's turn, the painting that it asks for, and what that asks for
        time.sleep(UPDATE_S)
        QApplication.processEvents()
    spent_s = time.thread_time() - began
    return 1000 * spent_s


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=10_000)
    parser.add_argument("--tracks", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=30)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    app = QApplication.instance() or QApplication([])
    print(f"{options.tracks} tracks x {options.frames} frames, {DOCK_WIDTH} pixels wide")
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for row in measure(options.frames, options.tracks, options.repeats, Path(folder)):
            aim = "" if row.aim_ms is None else f"  (aim: below {row.aim_ms:g})"
            print(f"{row.what:32}{row.window:12}{row.median_ms:9.2f} ms, worst {row.worst_ms:7.2f}{aim}", flush=True)
            rows.append(dataclasses.asdict(row))
    app.processEvents()
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
