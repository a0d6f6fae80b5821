"""All parts, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from qtpy.QtWidgets import QApplication

from benchmarks.gui.figures import Comparison, Figure
from benchmarks.gui.hands import Hands
from benchmarks.gui.material import Size, make_project
from benchmarks.gui.opening import measure_opening
from benchmarks.gui.playing import measure_playing
from benchmarks.gui.starting import measure_starting
from benchmarks.gui.streaming import measure_streaming
from benchmarks.gui.window import Picture, annotator, keep_apart, video_alone
from mfvis_engine.video import open_video

IN_ONE_WINDOW = ("scrub", "paint", "box", "play")


@dataclass(frozen=True)
class Plan:
    """What to measure, and how often.

    Attributes:
        size: Of the project that is worked in.
        parts: Of `benchmarks.gui.__main__.PARTS`.
        scrubs: Frames gone to, of each kind and round.
        strokes: Painted.
        boxes: Edited, each way.
        play_s: Seconds played.
        long_frames: Of the project that is opened.
        openings: How often that is.
        train_frames: Of the project that is trained in.
        train_steps: Of that training.
        starts: Of napari, each way.
    """

    size: Size = field(default_factory=Size)
    parts: tuple[str, ...] = (*IN_ONE_WINDOW, "open", "train", "start")
    scrubs: int = 40
    strokes: int = 12
    boxes: int = 40
    play_s: float = 6.0
    long_frames: int = 10_000
    openings: int = 3
    train_frames: int = 60
    train_steps: int = 30
    starts: int = 5


def measure(plan: Plan, folder: Path) -> Iterator[Comparison | Figure]:
    """Makes projects in `folder`, and measures all parts of a plan."""
    app = QApplication.instance() or QApplication([])
    keep_apart(folder)
    if set(IN_ONE_WINDOW) & set(plan.parts):
        yield from _in_one_window(plan, folder)
    if "open" in plan.parts:
        long = replace(plan.size, frames=plan.long_frames)
        path = make_project(long, folder / "long", masked_frames=min(PERIODS_WITH_MASKS, long.frames), verified=True)
        yield from measure_opening(path, long.frames, plan.openings)
    if "train" in plan.parts:
        path = make_project(replace(plan.size, frames=plan.train_frames), folder / "train", masked_frames=0)
        yield from measure_streaming(path, plan.train_steps)
    if "start" in plan.parts:
        yield from measure_starting(plan.starts)
    app.processEvents()


PERIODS_WITH_MASKS = 24


def _in_one_window(plan: Plan, folder: Path) -> Iterator[Comparison | Figure]:
    path = make_project(plan.size, folder / "work")
    with (
        open_video(path.parent / "clip.mp4") as video,
        annotator(path) as widget,
        video_alone(video, Picture(widget.workspace.viewer).size_px) as alone,
    ):
        hands = Hands(widget, alone, plan.size)
        if "scrub" in plan.parts:
            yield from hands.scrub(plan.scrubs)
        if "box" in plan.parts:
            yield from hands.edit_boxes(plan.boxes)
        if "play" in plan.parts:
            yield from measure_playing(widget, alone, plan.play_s)
        if "paint" in plan.parts:  # last: it adds a layer
            yield from hands.paint(plan.strokes)
        widget.window().hide()  # closing one window frees what another, drawn meanwhile, takes for its own
