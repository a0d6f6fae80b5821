"""The box layer without a window: `ViewerModel` is napari's viewer but for that."""

import numpy as np
import pytest
from napari.components import ViewerModel

from mfvis_engine.annotation import Keyframe
from mfvis_engine.annotation.verbs import EditMask, NewTrack, RenameCategory, SetBox, SetOccluded
from mfvis_engine.project import Project
from mfvis_napari.layers.box_layer import BoxLayer, BoxRefusedError
from mfvis_napari.layers.colors import color_of
from mfvis_napari.messages import Messages
from mfvis_napari.session import Session


class Said:
    def __init__(self, messages):
        self.texts = []
        messages.said.connect(lambda message: self.texts.append(message.text))


@pytest.fixture
def messages():
    return Messages()


@pytest.fixture
def said(messages):
    return Said(messages)


@pytest.fixture
def boxes(session, messages, said):
    layer = BoxLayer(ViewerModel(), session, messages)
    yield layer
    layer.close()


@pytest.fixture
def verbs(session):
    """What was done, in one line each."""
    found = []
    session.changed.connect(lambda done: found.append(done.summary))
    return found


def shown(boxes):
    """(x0, y0, x1, y1) of each shape."""
    return [(*data.min(axis=0)[::-1].tolist(), *data.max(axis=0)[::-1].tolist()) for data in boxes.layer.data]


def labels(boxes):
    return boxes.layer.text.values.tolist()


def hex_of(track_id):
    return "#{:02x}{:02x}{:02x}ff".format(*color_of(track_id))


def moved(boxes, position, shift_yx):
    """As a drag of a shape leaves it."""
    data = [np.array(one) for one in boxes.layer.data]
    data[position] = data[position] + shift_yx
    boxes.layer.data = data


def test_the_boxes_of_the_frame_in_view_are_shown(boxes, session):
    assert shown(boxes) == [(5, 5, 25, 25)]
    session.view.frame_index = 4
    assert shown(boxes) == [(25, 5, 45, 25), (10, 32, 30, 52)]
    assert labels(boxes) == ["1 cell", "2 dish"]
    session.view.frame_index = 11
    assert shown(boxes) == []


def test_boxes_lie_on_the_edges_of_pixels(boxes):
    np.testing.assert_array_equal(boxes.layer.data_to_world([5, 5]), [4.5, 4.5])


def test_interpolated_boxes_are_thinner(boxes, session):
    session.view.frame_index = 2
    interpolated, drawn = boxes.layer.edge_width
    assert interpolated < drawn


def test_changes_of_tracks_are_drawn(boxes, session):
    session.do(SetBox(1, 0, (1, 2, 11, 12)))
    assert shown(boxes) == [(1, 2, 11, 12)]
    session.do(RenameCategory(1, "worm"))
    session.do(SetOccluded(1, 0))
    assert labels(boxes) == ["1 worm · hidden"]
    for _ in session.undo():
        pass
    assert labels(boxes) == ["1 worm"]


def test_changes_of_masks_draw_nothing(boxes, session):
    before = boxes.layer.data[0]
    session.do(EditMask(0, 5, 5, np.ones((3, 3), np.uint16)))
    assert boxes.layer.data[0] is before


def test_our_own_drawing_is_no_verb(boxes, session, verbs):
    for frame_index in (3, 7, 0):
        session.view.frame_index = frame_index
        session.view.select([1, 2])
    assert verbs == []


def test_a_drawn_rectangle_is_a_new_track(boxes, session, verbs):
    boxes.layer.add_rectangles([[[30, 40], [50, 70]]])
    assert verbs == ["new track 3 (cell)"]
    assert session.annotations.track(3).keyframes == (Keyframe(0, (40, 30, 70, 50)),)
    assert session.view.track_ids == (3,)
    assert boxes.layer.mode == "select"
    assert boxes.layer.selected_data == {1}


def test_a_drawn_rectangle_is_the_selected_tracks_where_that_has_no_box(boxes, session, verbs):
    session.view.select([2])
    boxes.layer.add_rectangles([[[30, 40], [50, 70]]])
    assert verbs == ["set box of track 2 in frame 0"]
    assert session.box(2, 0).box_xyxy == (40, 30, 70, 50)


def test_a_drawn_rectangle_is_a_new_track_where_the_selected_one_has_a_box(boxes, session, verbs):
    session.view.select([1])
    boxes.layer.add_rectangles([[[30, 40], [50, 70]]])
    assert verbs == ["new track 3 (cell)"]


def test_other_shapes_are_the_boxes_around_them(boxes, session):
    boxes.layer.add_ellipses([[[30, 40], [30, 60], [50, 60], [50, 40]]])
    boxes.layer.add_polygons([[10, 50], [20, 60], [15, 75]])
    assert shown(boxes)[1:] == [(40, 30, 60, 50), (50, 10, 75, 20)]
    assert set(boxes.layer.shape_type) == {"rectangle"}


def test_drawn_boxes_are_cut_to_the_picture(boxes, session):
    boxes.layer.add_rectangles([[[40, 60], [99, 99]]])
    assert session.box(3, 0).box_xyxy == (60, 40, 80, 60)


@pytest.mark.parametrize("corners_yx", [[[30, 40], [31, 70]], [[-30, -30], [-10, -10]]], ids=["thin", "outside"])
def test_what_is_no_box_is_not_kept(boxes, verbs, said, corners_yx):
    boxes.begin_drawing()
    boxes.layer.add_rectangles([corners_yx])
    assert verbs == []
    assert "too small" in said.texts[0]
    assert shown(boxes) == [(5, 5, 25, 25)]
    assert boxes.layer.mode == "add_rectangle"  # for another try


def test_a_moved_box_on_the_line_is_a_keyframe(boxes, session, verbs):
    session.view.frame_index = 4
    moved(boxes, 0, (2, 3))
    assert verbs == ["set box of track 1 in frame 4"]
    assert session.annotations.track(1).keyframe(4).box_xyxy == (28, 7, 48, 27)


def test_a_moved_box_stays_in_the_picture(boxes, session):
    moved(boxes, 0, (-10, -15))
    assert session.box(1, 0).box_xyxy == (0, 0, 10, 15)
    assert shown(boxes) == [(0, 0, 10, 15)]


def test_a_box_that_was_moved_out_of_the_picture_is_put_back(boxes, verbs, said):
    moved(boxes, 0, (0, 200))
    assert verbs == []
    assert "put back" in said.texts[0]
    assert shown(boxes) == [(5, 5, 25, 25)]


def test_a_box_over_the_border_stays_as_it_is_until_it_is_moved(boxes, session, verbs):
    session.do(SetBox(1, 0, (-10, -10, 25, 25)))
    session.do(NewTrack(3, "cell", (Keyframe(0, (40, 30, 70, 50)),)))
    verbs.clear()
    moved(boxes, 1, (1, 1))
    assert verbs == ["set box of track 3 in frame 0"]
    assert session.box(1, 0).box_xyxy == (-10, -10, 25, 25)


def test_deleted_shapes_are_deleted_here(boxes, session, verbs):
    session.view.frame_index = 4
    boxes.layer.selected_data = {0, 1}
    boxes.layer.remove_selected()
    assert verbs == ["delete track 1 in frame 4", "delete track 2 in frame 4"]
    assert shown(boxes) == []
    assert session.box(1, 3) is not None


def test_pasted_shapes_are_taken_away(boxes, session, verbs):
    session.view.select([1])
    boxes.layer._copy_data()
    boxes.layer._paste_data()
    assert verbs == []
    assert shown(boxes) == [(5, 5, 25, 25)]
    assert session.view.track_ids == (1,)
    assert boxes.layer.selected_data == {0}


def test_the_selection_of_the_layer_is_that_of_the_session(boxes, session):
    session.view.frame_index = 4
    boxes.layer.selected_data = {1}
    assert session.view.track_ids == (2,)
    session.view.select([2, 1])
    assert boxes.layer.selected_data == {0, 1}
    boxes.layer.selected_data.clear()
    assert session.view.track_ids == ()


def test_the_selection_survives_frames_without_a_box(boxes, session):
    session.view.frame_index = 4
    session.view.select([2])
    session.view.frame_index = 0
    assert boxes.layer.selected_data == set()
    session.view.frame_index = 4
    assert boxes.layer.selected_data == {1}
    assert session.view.track_ids == (2,)


def test_the_next_box_is_drawn_in_the_colour_of_its_track(boxes, session):
    boxes.begin_drawing()
    assert str(boxes.layer.current_edge_color) == hex_of(3)
    boxes.begin_selecting()
    session.view.select([2])
    boxes.begin_drawing()
    assert str(boxes.layer.current_edge_color) == hex_of(2)


def test_boxes_that_are_only_read_cannot_be_edited(project_path, messages):
    project = Project.open(project_path, read_only=True)
    session = Session(project, project.video())
    boxes = BoxLayer(ViewerModel(), session, messages)
    assert not boxes.layer.editable
    with pytest.raises(BoxRefusedError, match="reading only"):
        boxes.begin_drawing()
    assert boxes.layer.mode == "pan_zoom"
    boxes.close()
    session.close()


def test_a_closed_layer_does_nothing(boxes, session, verbs):
    boxes.close()
    boxes.layer.add_rectangles([[[30, 40], [50, 70]]])
    session.view.frame_index = 4
    assert verbs == []
    assert len(boxes.layer.data) == 2
