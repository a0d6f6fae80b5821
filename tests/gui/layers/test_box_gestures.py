"""What the mouse does to boxes, without a window: napari is handed the events of a mouse."""

from types import SimpleNamespace

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.utils._proxies import ReadOnlyWrapper
from napari.utils.interactions import (
    mouse_double_click_callbacks,
    mouse_move_callbacks,
    mouse_press_callbacks,
    mouse_release_callbacks,
)

from mfvis_engine.annotation.verbs import DeleteTrack, SetBox
from mfvis_napari.layers.box_layer import BoxLayer
from mfvis_napari.messages import Messages


class Mouse:
    """On a layer, in pixel edges of the picture."""

    def __init__(self, layer):
        self.layer = layer
        self.is_down = False

    def press(self, x, y, *modifiers):
        self.is_down = True
        mouse_press_callbacks(self.layer, self._event("mouse_press", x, y, modifiers))

    def move(self, x, y):
        event = self._event("mouse_move", x, y)
        self.layer._value = self.layer.get_value(event.position, world=True)
        mouse_move_callbacks(self.layer, event)

    def release(self, x, y, *modifiers):
        self.is_down = False
        mouse_release_callbacks(self.layer, self._event("mouse_release", x, y, modifiers))

    def double_click(self, x, y):
        mouse_double_click_callbacks(self.layer, self._event("mouse_double_click", x, y))

    def click(self, x, y, *modifiers):
        self.move(x, y)
        self.press(x, y, *modifiers)
        self.release(x, y, *modifiers)

    def drag(self, *points_xy):
        self.press(*points_xy[0])
        for point in points_xy[1:]:
            self.move(*point)
        self.release(*points_xy[-1])

    def _event(self, kind, x, y, modifiers=()):
        event = SimpleNamespace(type=kind, modifiers=modifiers, is_dragging=self.is_down)
        event.position, event.pos = (y - 0.5, x - 0.5), np.array([x, y])
        return ReadOnlyWrapper(event)


@pytest.fixture
def messages():
    return Messages()


@pytest.fixture
def boxes(session, messages):
    layer = BoxLayer(ViewerModel(), session, messages)
    yield layer
    layer.close()


@pytest.fixture
def mouse(boxes):
    return Mouse(boxes.layer)


@pytest.fixture
def verbs(session):
    found = []
    session.changed.connect(lambda done: found.append(done.summary))
    return found


def box(session, track_id, frame_index=0):
    return pytest.approx(session.box(track_id, frame_index).box_xyxy, abs=0.01)


def test_a_box_is_drawn_and_can_be_moved_at_once(session, boxes, mouse, verbs):
    boxes.begin_drawing()
    mouse.drag((40, 30), (50, 40), (60, 55))
    assert verbs == ["new track 3 (cell)"]
    assert box(session, 3) == (40, 30, 60, 55)
    assert session.view.track_ids == (3,)
    mouse.drag((50, 45), (52, 45), (55, 47))
    assert verbs[1:] == ["set box of track 3 in frame 0"]
    assert box(session, 3) == (45, 32, 65, 57)


def test_a_click_draws_nothing(boxes, mouse, messages, verbs):
    texts = []
    messages.said.connect(lambda message: texts.append(message.text))
    boxes.begin_drawing()
    mouse.press(40, 30)
    mouse.release(40, 30)
    assert verbs == []
    assert "too small" in texts[0]
    assert len(boxes.layer.data) == 1


def test_a_drag_is_one_verb(session, mouse, verbs):
    mouse.drag((15, 15), (20, 20), (25, 20), (35, 25))
    assert verbs == ["set box of track 1 in frame 0"]
    assert box(session, 1) == (25, 15, 45, 35)
    assert session.view.track_ids == (1,)


def test_a_handle_resizes_a_box_which_stays_in_the_picture(session, mouse, verbs):
    mouse.click(15, 15)
    mouse.drag((25, 25), (30, 30), (45, 40))
    assert box(session, 1) == (5, 5, 45, 40)
    mouse.drag((5, 5), (2, 2), (-8, -8))
    assert box(session, 1) == (0, 0, 45, 40)
    assert len(verbs) == 2


def test_a_turned_box_is_the_one_around_it(session, boxes, mouse):
    session.do(SetBox(1, 0, (30, 20, 50, 40)))
    mouse.click(40, 30)
    handle_y, handle_x = boxes.layer._selected_box[9]
    mouse.drag((handle_x, handle_y), (60, 20), (70, 0))  # by 45 degrees
    side = 20 * 2**0.5
    x0, y0, x1, y1 = session.box(1, 0).box_xyxy
    assert (x1 - x0, y1 - y0) == pytest.approx((side, side), abs=0.1)
    assert boxes.layer.data[0][0, 0] == boxes.layer.data[0][3, 0]


def test_a_corner_alone_resizes_a_box(session, boxes, mouse):
    session.view.select([1])
    boxes.layer.mode = "direct"
    mouse.drag((25, 25), (22, 22), (20, 15))
    assert box(session, 1) == (5, 5, 20, 15)
    assert boxes.layer.shape_type == ["rectangle"]


def test_several_boxes_are_moved_together(session, mouse, verbs):
    session.view.frame_index = 4
    session.view.select([1, 2])
    mouse.drag((35, 15), (36, 16), (37, 18))
    assert box(session, 1, 4) == (27, 8, 47, 28)
    assert box(session, 2, 4) == (12, 35, 32, 55)
    assert len(verbs) == 2


def test_nothing_is_swapped_under_a_drag(session, boxes, mouse, verbs):
    mouse.press(15, 15)
    mouse.move(20, 20)
    session.do(SetBox(2, 0, (10, 40, 30, 50)))
    session.view.frame_index = 4
    assert len(boxes.layer.data) == 1
    mouse.move(25, 20)
    mouse.release(25, 20)
    assert verbs == ["set box of track 2 in frame 0", "set box of track 1 in frame 0"]
    assert box(session, 1) == (15, 10, 35, 30)
    assert len(boxes.layer.data) == 2
    assert session.annotations.track(1).keyframe(4) is None


def test_a_track_that_was_deleted_under_a_drag_is_not_brought_back(session, boxes, mouse, messages, verbs):
    texts = []
    messages.said.connect(lambda message: texts.append(message.text))
    mouse.press(15, 15)
    mouse.move(20, 20)
    session.do(DeleteTrack(1))
    mouse.release(20, 20)
    assert "no track has the id 1" in texts[0]
    assert boxes.layer.data == []


def test_clicks_select_tracks_in_their_order(session, mouse, verbs):
    session.view.frame_index = 4
    mouse.click(20, 40)
    assert session.view.track_ids == (2,)
    mouse.click(35, 15, "Control")
    assert session.view.track_ids == (2, 1)
    mouse.click(20, 40, "Control")
    assert session.view.track_ids == (1,)
    mouse.click(20, 40, "Shift")
    assert session.view.track_ids == (1, 2)
    mouse.click(70, 55, "Control")
    assert session.view.track_ids == (1, 2)
    mouse.click(70, 55)
    assert session.view.track_ids == ()
    assert verbs == []


def test_a_track_that_is_elsewhere_stays_selected_beside_one_more(session, boxes, mouse):
    session.view.select([2])
    mouse.click(15, 15, "Control")
    assert session.view.track_ids == (2, 1)
    assert boxes.layer.selected_data == {0}
    mouse.click(15, 15)
    assert session.view.track_ids == (1,)


def test_a_click_selects_while_panning_and_a_drag_pans(session, boxes, mouse, verbs):
    boxes.layer.mode = "pan_zoom"
    mouse.click(15, 15)
    assert session.view.track_ids == (1,)
    mouse.drag((70, 55), (60, 55), (50, 55))
    assert session.view.track_ids == (1,)
    assert verbs == []


def begin_polygon(boxes, mouse):
    boxes.layer.mode = "add_polygon"
    for point in ((40, 30), (60, 35), (50, 50)):
        mouse.click(*point)
    mouse.move(52, 51)


def test_a_polygon_is_the_box_around_it(session, boxes, mouse, verbs):
    begin_polygon(boxes, mouse)
    assert verbs == []
    mouse.double_click(50, 50)
    assert verbs == ["new track 3 (cell)"]
    assert box(session, 3) == (40, 30, 60, 50)
    assert boxes.layer.shape_type == ["rectangle"] * 2


def test_an_unfinished_polygon_becomes_a_box_where_it_was_drawn(session, boxes, mouse, verbs):
    begin_polygon(boxes, mouse)
    session.view.frame_index = 4
    assert verbs == ["new track 3 (cell)"]
    assert box(session, 3, 0) == (40, 30, 60, 50)
    assert len(boxes.layer.data) == 2
    assert boxes.layer.mode == "add_rectangle"  # here the same object has no box yet


def test_the_same_object_is_drawn_in_the_next_frames_without_a_key(session, boxes, mouse, verbs):
    boxes.begin_drawing()
    mouse.drag((40, 30), (50, 40), (60, 55))
    session.view.frame_index = 4
    mouse.drag((42, 30), (50, 40), (62, 55))
    session.view.frame_index = 2  # where it has a box now, that one is moved
    assert boxes.layer.mode == "select"
    session.view.frame_index = 6
    mouse.drag((44, 30), (50, 40), (64, 55))
    assert verbs == [
        "new track 3 (cell)",
        "set box of track 3 in frame 4",
        "set box of track 3 in frame 6",
    ]


@pytest.mark.parametrize("ends", ["begin_selecting", "other track"])
def test_drawing_on_ends_with_another_track_or_when_boxes_are_to_be_selected(session, boxes, mouse, ends):
    boxes.begin_drawing()
    mouse.drag((40, 30), (50, 40), (60, 55))
    if ends == "begin_selecting":
        boxes.begin_selecting()
    else:
        session.view.select([1])
    session.view.frame_index = 4
    assert boxes.layer.mode == "select"


def test_another_track_is_not_drawn_anew_because_the_last_one_could_be_drawn_on(session, boxes, mouse, verbs):
    boxes.begin_drawing()
    mouse.drag((40, 30), (50, 40), (60, 55))
    session.view.frame_index = 4
    assert boxes.layer.mode == "add_rectangle"
    session.view.select([1])  # which has a box here
    mouse.drag((35, 15), (36, 16), (37, 18))
    assert verbs[1:] == ["set box of track 1 in frame 4"]


def test_a_box_is_drawn_again_in_its_place(session, boxes, mouse, verbs):
    session.view.frame_index = 2  # between two keyframes
    session.view.select([1])
    boxes.begin_drawing(again=True)
    mouse.drag((40, 30), (50, 40), (60, 55))
    assert verbs == ["set box of track 1 in frame 2"]
    assert box(session, 1, 2) == (40, 30, 60, 55)
    boxes.begin_drawing()
    mouse.drag((5, 40), (10, 50), (20, 58))
    assert verbs[1:] == ["new track 3 (cell)"]
