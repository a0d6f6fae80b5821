"""Playing a video: how many of its frames are shown a second."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.gui.figures import Figure
from benchmarks.gui.material import FRAME_RATE
from benchmarks.gui.window import Picture, settle
from mfvis_napari.player import Player
from mfvis_napari.session import View
from mfvis_napari.widgets.main import MaskFreeVis


def measure_playing(widget: MaskFreeVis, alone: Picture, seconds: float) -> Iterator[Figure]:
    """Plays from the first frame, in the window of an annotator and in one with the video alone."""
    workspace = widget.workspace
    session = workspace.session
    assert session is not None
    session.view.frame_index = 0
    settle(0.2)
    ours = _shown_a_second(workspace.player, Picture(workspace.viewer), seconds)
    view, player = View(session.view.length), Player()
    view.frame_changed.connect(alone.show_frame)
    alone.show_frame(0)
    player.load(view, FRAME_RATE)
    floor = _shown_a_second(player, alone, seconds)
    yield Figure(f"play at {FRAME_RATE:g} frames a second: frames shown, video alone", floor, "a second")
    yield Figure(f"play at {FRAME_RATE:g} frames a second: frames shown", ours, "a second")


def _shown_a_second(player: Player, picture: Picture, seconds: float) -> float:
    before = picture.drawn_count
    player.toggle()
    settle(seconds)
    shown = picture.drawn_count - before
    player.stop()
    settle()
    return shown / seconds
