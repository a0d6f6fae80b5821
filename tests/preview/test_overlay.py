import numpy as np
import pytest

from mfvis_engine.annotation.palette import track_color
from mfvis_engine.preview import FrameView, ShownBox, draw_overlay
from mfvis_engine.preview.overlay import FILL_OPACITY

SIZE = 100
GREY = 90


def view(labels=None, boxes=()):
    pixels = np.full((SIZE, SIZE, 3), GREY, np.uint8)
    return FrameView(0, pixels, np.zeros((SIZE, SIZE), np.uint16) if labels is None else labels, boxes)


def square(track_id, top=40, left=40, side=40):
    labels = np.zeros((SIZE, SIZE), np.uint16)
    labels[top : top + side, left : left + side] = track_id
    return labels


def test_without_masks_and_boxes_the_frame_stays_as_it_is():
    assert np.array_equal(draw_overlay(view(), width=SIZE, height=SIZE), view().pixels)


def test_a_mask_is_half_transparent_inside_and_opaque_at_its_outline():
    picture = draw_overlay(view(square(3)), width=SIZE, height=SIZE)
    color = np.array(track_color(3))
    assert picture[60, 60] == pytest.approx(GREY + FILL_OPACITY * (color - GREY), abs=1)
    assert picture[79, 60].tolist() == color.tolist()
    assert picture[80, 60].tolist() == [GREY] * 3


def test_touching_masks_have_an_outline_between_them():
    labels = square(1) + square(2, left=80, side=20)
    picture = draw_overlay(view(labels), width=SIZE, height=SIZE)
    assert tuple(picture[50, 79].tolist()) == track_color(1)
    assert tuple(picture[50, 80].tolist()) == track_color(2)


def test_a_drawn_box_is_solid_and_lies_on_its_pixels():
    box = ShownBox(4, (10, 40, 90, 90), is_drawn=True)
    picture = draw_overlay(view(boxes=(box,)), width=SIZE, height=SIZE)
    assert (picture[40:90, 89] == track_color(4)).all()
    assert (picture[89, 10:90] == track_color(4)).all()
    assert (picture[40:90, 90] == GREY).all()
    assert (picture[90, 10:90] == GREY).all()


def test_an_interpolated_box_is_dashed_with_whole_corners():
    box = ShownBox(4, (10, 40, 90, 90), is_drawn=False)
    picture = draw_overlay(view(boxes=(box,)), width=SIZE, height=SIZE)
    edge = (picture[89, 10:90] == track_color(4)).all(axis=1)
    assert edge[0]
    assert edge[-1]
    assert 0.3 < edge.mean() < 0.8


@pytest.mark.parametrize(("labels", "boxes"), [(None, (ShownBox(7, (20, 50, 60, 90), True),)), (square(7), ())])
def test_a_plate_with_the_id_stands_above_the_box_or_else_the_mask(labels, boxes):
    left, top = (20, 50) if boxes else (40, 40)
    picture = draw_overlay(view(labels, boxes), width=SIZE, height=SIZE)
    assert tuple(picture[top - 2, left].tolist()) == track_color(7)


def test_a_box_that_reaches_over_the_border_can_be_drawn():
    box = ShownBox(1, (-500, -20, 900, 30), is_drawn=False)
    assert draw_overlay(view(boxes=(box,)), width=SIZE, height=SIZE).shape == (SIZE, SIZE, 3)


def test_masks_and_boxes_grow_with_the_picture():
    box = ShownBox(5, (40, 40, 80, 80), is_drawn=True)
    picture = draw_overlay(view(square(5), (box,)), width=300, height=200)
    assert picture.shape == (200, 300, 3)
    assert (picture[159, 120:240] == track_color(5)).all()
    assert picture[120, 180] == pytest.approx(GREY + FILL_OPACITY * (np.array(track_color(5)) - GREY), abs=1)
    assert picture[180, 180].tolist() == [GREY] * 3
