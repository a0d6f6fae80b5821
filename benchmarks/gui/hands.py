"""What a person does with the mouse: in the window of an annotator and in one with the video alone, in turns."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from napari.layers import Labels

from benchmarks.gui.figures import Comparison
from benchmarks.gui.material import PERIOD, Size, all_labels, box_xyxy
from benchmarks.gui.window import Picture, settle
from mfvis_engine.annotation.verbs import SetBox
from mfvis_napari.widgets.main import MaskFreeVis

ROUNDS = 3
SCRUB_AIM_MS, STROKE_AIM_MS, BOX_AIM_MS = 20, 3, 15
_BRUSH_PX = 30
_SEGMENTS = 12
_MOVES = 4


class Hands:
    """The two windows, and what is done in both."""

    def __init__(self, widget: MaskFreeVis, alone: Picture, size: Size) -> None:
        session, layers = widget.workspace.session, widget.workspace.layers
        assert session is not None
        assert layers is not None
        self._widget, self._session, self._layers = widget, session, layers
        self._ours, self._alone = Picture(widget.workspace.viewer), alone
        self._size, self._random = size, np.random.default_rng(0)

    def scrub(self, count: int) -> Iterator[Comparison]:
        """Goes to frames: along the video as one drags the slider, and anywhere."""
        along = (7 * np.arange(count) + 3) % self._size.frames
        yield self._scrubbed("scrub, every 7th frame", along.tolist())
        one_by_one = (np.arange(count) + self._size.frames // 3) % self._size.frames
        yield self._scrubbed("scrub, frame by frame", one_by_one.tolist())
        yield self._scrubbed("scrub, anywhere", self._random.integers(self._size.frames, size=count).tolist())

    def paint(self, strokes: int) -> Iterator[Comparison]:
        """Paints strokes over an object, beside the same over labels in memory in the same viewer."""
        ours, plain = self._layers.masks.layer, self._plain_labels()
        of_period = all_labels(self._size)
        alone_ms: list[float] = []
        ours_ms: list[float] = []
        ends: tuple[list[float], list[float]] = ([], [])
        for number in range(strokes):
            index, frame_index = number % self._size.tracks, (11 * number) % self._size.frames
            plain.data[frame_index] = of_period[frame_index % PERIOD]
            self._session.view.select([1 + index])
            self._ours.show_frame(frame_index)
            both = ((plain, alone_ms, ends[0]), (ours, ours_ms, ends[1]))
            for layer, times, end in both if number % 2 else both[::-1]:
                plain.visible, ours.visible = layer is plain, layer is ours
                self._ours.viewer.layers.selection.active = layer
                layer.mode, layer.brush_size, layer.selected_label = "paint", _BRUSH_PX, 1 + index
                settle(0.1)
                segments, last = self._stroke(self._ours, index, frame_index)
                times += segments
                end.append(last)
        plain.visible, ours.visible = False, True
        yield Comparison.of("paint, a segment of a stroke", alone_ms, ours_ms, STROKE_AIM_MS)
        yield Comparison.of("paint, end of the stroke: it is saved", *ends, None)

    def edit_boxes(self, count: int) -> Iterator[Comparison]:
        """Moves boxes; beside it the video alone is only drawn."""
        alone_ms: list[float] = []
        done_ms: list[float] = []
        for number in range(count):
            frame_index, index = (13 * number + 1) % self._size.frames, number % self._size.tracks
            self._go_to(frame_index)
            alone_ms.append(self._alone.milliseconds(self._redraw_alone))
            verb = SetBox(1 + index, frame_index, self._nudged(index, frame_index, 3))
            done_ms.append(self._ours.milliseconds(lambda verb=verb: self._session.do(verb)))
        yield Comparison.of("set a box by a verb", alone_ms, done_ms, BOX_AIM_MS)
        self._layers.boxes.begin_selecting()
        alone_ms, moved_ms, ended_ms = [], [], []
        for number in range(count):
            frame_index, index = (17 * number + 2) % self._size.frames, number % self._size.tracks
            self._go_to(frame_index)
            alone_ms.append(self._alone.milliseconds(self._redraw_alone))
            moves, end = self._drag(index, frame_index)
            moved_ms += moves
            ended_ms.append(end)
        yield Comparison.of("drag a box, a move of the mouse", alone_ms, moved_ms, None)
        yield Comparison.of("drag a box, its end: it is saved", alone_ms, ended_ms, BOX_AIM_MS)

    def _scrubbed(self, what: str, frames: list[int]) -> Comparison:
        """In turns, the one that begins changing from frame to frame."""
        alone_ms, ours_ms = [], []
        for _ in range(ROUNDS):
            for number, frame_index in enumerate(frames):
                both = ((self._alone, alone_ms), (self._ours, ours_ms))
                for picture, times in both if number % 2 else both[::-1]:
                    if picture.viewer.dims.current_step[0] != frame_index:
                        times.append(picture.milliseconds(lambda p=picture, f=frame_index: p.show_frame(f)))
        return Comparison.of(what, alone_ms, ours_ms, SCRUB_AIM_MS)

    def _plain_labels(self) -> Labels:
        """Labels in memory, in the same viewer; from now on, since a layer of the project must stay in view."""
        size, viewer = self._size, self._ours.viewer
        labels = np.zeros((size.frames, size.height, size.width), np.uint16)  # memory is taken where it is written
        layer = viewer.add_labels(labels, opacity=0.5, multiscale=False, visible=False)
        viewer.layers.move(viewer.layers.index(layer), 1)
        settle()
        return layer

    def _stroke(self, picture: Picture, index: int, frame_index: int) -> tuple[list[float], float]:
        """Milliseconds of each segment, and of the release."""
        x0, y0, x1, y1 = box_xyxy(self._size, index, frame_index)
        y = (y0 + y1) / 2
        picture.press(x0, y)
        settle()
        xs = np.linspace(x0, x1, _SEGMENTS + 1)[1:].tolist()
        segments = [picture.milliseconds(lambda x=x: picture.move(x, y)) for x in xs]
        return segments, picture.quiet_milliseconds(lambda: picture.release(x1, y))

    def _drag(self, index: int, frame_index: int) -> tuple[list[float], float]:
        """Milliseconds of each move with a box in hand, and of the release."""
        box = self._session.box(1 + index, frame_index)
        assert box is not None
        x0, y0, x1, y1 = box.box_xyxy
        x, y = (x0 + x1) / 2, (y0 + y1) / 2
        self._ours.press(x, y)
        settle()
        places = [(x + 2 * step, y + step) for step in range(1, _MOVES + 1)]
        moves = [self._ours.milliseconds(lambda place=place: self._ours.move(*place)) for place in places]
        return moves, self._ours.milliseconds(lambda: self._ours.release(*places[-1]))

    def _go_to(self, frame_index: int) -> None:
        for picture in (self._alone, self._ours):
            picture.show_frame(frame_index)
        settle()

    def _redraw_alone(self) -> None:
        self._alone.viewer.window._qt_viewer.canvas._scene_canvas.update()

    def _nudged(self, index: int, frame_index: int, by_px: float) -> tuple[float, float, float, float]:
        x0, y0, x1, y1 = box_xyxy(self._size, index, frame_index)
        return x0 + by_px, y0, x1 + by_px, y1
