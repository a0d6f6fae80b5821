"""The work, phase by phase; nothing is done but by mouse and keyboard."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from qtpy.QtWidgets import QMenu

from benchmarks.annotator.hand import Hand
from benchmarks.annotator.tally import Phase, Tally
from benchmarks.annotator.truth import Truth
from benchmarks.annotator.window import Window
from mfvis_engine.annotation import BoxXyxy
from mfvis_engine.annotation.mask_patch import LABEL_COUNT
from mfvis_engine.metrics import region_similarity
from mfvis_napari.session import Session

GOOD_J, BAD_J = 0.75, 0.6
GOOD_BOX = 0.9
"""A box that overlaps the true one so far needs no correction."""
TRAINING_S = 900


@dataclass(frozen=True)
class Pace:
    """How an annotator goes about it.

    Attributes:
        every: A box every so many frames.
        looks: Masks of the queue looked at, each time.
        paintings: Masks painted at most.
    """

    every: int = 10
    looks: int = 20
    paintings: int = 4


@dataclass(frozen=True)
class Looked:
    """What the head of the queue pointed at, and what was there.

    Attributes:
        item_js: J of each of its first masks.
        mask_js: J of every mask, in the order of track and frame.
    """

    item_js: tuple[float, ...]
    mask_js: tuple[float, ...]


class Annotator:
    """A person at a window, with one video.

    Attributes:
        looked: What the queue pointed at, each time.
        slips: Boxes that did not become what was meant.
    """

    def __init__(self, window: Window, truth: Truth, tally: Tally, pace: Pace) -> None:
        self._window, self._truth, self._tally, self._pace = window, truth, tally, pace
        self._dock = window.annotator
        self._hand = Hand(window.viewer, tally)
        self._track_ids: dict[int, int] = {}
        self._objects: dict[int, int] = {}
        self.looked: list[Looked] = []
        self.slips = 0

    @property
    def session(self) -> Session:
        """The open project."""
        assert self._dock.workspace.session is not None
        return self._dock.workspace.session

    def open_folder(self) -> None:
        """Opens the folder of pictures."""
        with self._tally.during(Phase.OPEN):
            self._window.picture("begin")
            self._choose(self._dock.project.more, "Open a folder")
            self._wait_open()

    def open_video(self) -> None:
        """Opens the video file."""
        with self._tally.during(Phase.OPEN):
            self._window.picture("begin")
            self._hand.press(self._dock.project.open_video)
            self._wait_open()

    def draw_boxes(self) -> None:
        """Every object, one after the other."""
        with self._tally.during(Phase.BOXES):
            for number in self._truth.objects:
                self._draw_track(number)
            self._window.picture("boxes")

    def train(self, phase: Phase) -> None:
        """Has the masks learned, and waits."""
        with self._tally.during(phase):
            endings: list[object] = []
            self._dock.trainer.ended.connect(endings.append)
            self._hand.key("T")
            self._window.rest(6)
            self._window.picture("training")
            self._window.wait(lambda: bool(endings), TRAINING_S)
            self._dock.trainer.ended.disconnect(endings.append)
            self._window.wait(self._is_surveyed)
            self._window.picture("trained")

    def review(self, phase: Phase, *, paints: bool) -> None:
        """Goes through the head of the queue; puts right what is bad, by one more box or by painting."""
        with self._tally.during(phase):
            self.looked.append(self._look_over())
            painted, is_next = 0, False
            for count in range(self._pace.looks):
                if not is_next and not self._goes_on("J"):
                    break
                is_next = False
                if count in (0, 4):
                    self._window.picture(f"look{count}")
                track_id, frame_index = self._current()
                j = self._j(track_id, frame_index)
                if j >= GOOD_J:
                    is_next = self._goes_on("A")
                    if not is_next:
                        break
                elif not paints:
                    with self._tally.during(Phase.MORE_BOXES):
                        self._put_box_right(track_id, frame_index)
                elif j < BAD_J and painted < self._pace.paintings:
                    painted += 1
                    with self._tally.during(Phase.PAINT):
                        self._paint(track_id, frame_index)
            self._window.picture("reviewed")

    def verify_all(self) -> None:
        """Approves the rest: all tracks are chosen in their list, and the whole video in the line below the queue."""
        with self._tally.during(Phase.VERIFY):
            table, line = self._dock.tracks.table, self._dock.review.range_line
            self._hand.press(table.viewport(), table.visualRect(table.model().index(0, 1)).center())
            self._hand.key("Ctrl+A")
            for box, value in ((line.first, 0), (line.last, self._truth.length - 1)):
                if box.value() != value:
                    self._hand.press(box.lineEdit())
                    self._hand.key("Ctrl+A")
                    self._hand.write(str(value))
            self._hand.press(line.button)
            self._window.picture("verified")

    def export(self) -> Path:
        """Writes the file, and waits for it; where it is."""
        with self._tally.during(Phase.EXPORT):
            export = self._dock.export
            self._hand.key("Ctrl+E")
            self._window.rest(0.2)
            self._window.picture("export")
            self._hand.key("Return")
            self._window.wait(lambda: export.result.isVisible() and not export._background.is_busy)
            self._window.picture("exported")
            return Path(export.form.place.text())

    def mean_j(self) -> float:
        """Of all masks as the project holds them, over the frames that each object is in."""
        return float(np.mean(self._look_over().mask_js))

    def labels(self, frame_index: int) -> NDArray[np.uint16]:
        """(H, W) as the project holds them."""
        return self.session.read_masks(frame_index)

    def as_objects(self, masks: list[NDArray[np.uint16]]) -> NDArray[np.uint16]:
        """(T, H, W) of masks (H, W) of track ids, as the ids of the objects in the ground truth."""
        table = np.zeros(LABEL_COUNT, np.uint16)
        for track_id, number in self._objects.items():
            table[track_id] = number
        return table[np.stack(masks)]

    def _wait_open(self) -> None:
        self._window.wait(lambda: self._dock.workspace.session is not None)
        self._window.picture("open")

    def _choose(self, menu: QMenu, text: str) -> None:
        """Opens a menu and clicks on an entry; what that does happens in the block of the click."""
        self._tally.count(clicks=2)
        next(action for action in menu.actions() if action.text().startswith(text)).trigger()

    def _go_to(self, frame_index: int) -> None:
        """By steps of ten and one, from here or from either end, whichever are fewest keys."""
        here, last = self.session.view.frame_index, self._truth.length - 1
        ways = [(_steps(frame_index - here), ""), (_steps(frame_index), "Home")]
        ways.append((_steps(frame_index - last), "End"))
        (tens, ones), start = min(ways, key=lambda way: abs(way[0][0]) + abs(way[0][1]) + bool(way[1]))
        for key in filter(None, [start, *_keys(tens, "Shift+F", "Shift+D"), *_keys(ones, "F", "D")]):
            self._hand.key(key)
        assert self.session.view.frame_index == frame_index

    def _draw_track(self, number: int) -> None:
        is_drawn = False
        for keyframe in self._truth.keyframes(number, self._pace.every):
            self._go_to(keyframe.frame_index)
            if keyframe.outside:
                self._hand.key("O")
            elif not is_drawn:
                is_drawn = True
                self._hand.key("N")
                self._hand.draw_box(keyframe.box_xyxy)
                track_id = self.session.view.track_id
                assert track_id is not None
                self._track_ids[number], self._objects[track_id] = track_id, number
                if number == self._truth.objects[0]:
                    self._window.picture("first_box")
            else:
                self._correct_box(self._track_ids[number], keyframe.frame_index, keyframe.box_xyxy)

    def _put_box_right(self, track_id: int, frame_index: int) -> None:
        box_xyxy = self._truth.box(self._objects[track_id], frame_index)
        if box_xyxy is None:
            self._hand.key("O")
        else:
            self._correct_box(track_id, frame_index, box_xyxy)

    def _correct_box(self, track_id: int, frame_index: int, box_xyxy: BoxXyxy) -> None:
        """Draws the box, in the place of one that is not right; where one is, says so."""
        shown = self.session.box(track_id, frame_index)
        if shown is not None and _iou(shown.box_xyxy, box_xyxy) >= GOOD_BOX:
            self._hand.key("K")
            return
        layers = self._dock.workspace.layers
        assert layers is not None
        if layers.boxes.layer.mode != "add_rectangle":
            self._hand.key("Shift+N")
        self._hand.draw_box(box_xyxy)
        found = self.session.box(track_id, frame_index)
        if found is None or _iou(found.box_xyxy, box_xyxy) < GOOD_BOX:
            self.slips += 1

    def _paint(self, track_id: int, frame_index: int) -> None:
        """Takes the mask away and draws its outline."""
        self._hand.key("Shift+Backspace")
        self._hand.key("B")
        self._hand.key("3")
        for number, outline in enumerate(self._truth.outlines(self._objects[track_id], frame_index)):
            self._hand.click_around(outline)
            if not number:
                self._window.picture("painted")
        self._hand.key("G")

    def _goes_on(self, key: str) -> bool:
        """Presses a key that goes to the next mask to look at; whether there is one."""
        told = len(self._window.told)
        self._hand.key(key)
        return len(self._window.told) == told

    def _current(self) -> tuple[int, int]:
        track_id = self.session.view.track_id
        assert track_id is not None
        return track_id, self.session.view.frame_index

    def _is_surveyed(self) -> bool:
        return not self._dock.review._findings.frames_left

    def _j(self, track_id: int, frame_index: int) -> float:
        return self._truth.j(self._objects[track_id], frame_index, self.labels(frame_index), track_id)

    def _look_over(self) -> Looked:
        items = [row.item for row in self._dock.review.model.rows if not row.settled][: self._pace.looks]
        truth, pairs = self._truth.clip.masks, []
        for frame_index, true in enumerate(truth):
            labels = self.labels(frame_index)
            pairs += [
                (track_id, frame_index, region_similarity(labels == track_id, true == number))
                for number, track_id in self._track_ids.items()
                if (true == number).any()
            ]
        item_js = tuple(self._j(item.track_id, item.frame_index) for item in items)
        return Looked(item_js, tuple(float(j) for _, _, j in sorted(pairs)))


def _steps(frames: int) -> tuple[int, int]:
    """(tens, ones) that make so many frames with the fewest keys."""
    tens = round(frames / 10)
    return tens, frames - 10 * tens


def _keys(count: int, forward: str, back: str) -> list[str]:
    return [forward if count > 0 else back] * abs(count)


def _iou(box_xyxy: BoxXyxy, other_xyxy: BoxXyxy) -> float:
    x0, y0 = max(box_xyxy[0], other_xyxy[0]), max(box_xyxy[1], other_xyxy[1])
    x1, y1 = min(box_xyxy[2], other_xyxy[2]), min(box_xyxy[3], other_xyxy[3])
    shared = max(x1 - x0, 0) * max(y1 - y0, 0)
    areas = [(x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in (box_xyxy, other_xyxy)]
    return shared / (sum(areas) - shared)
