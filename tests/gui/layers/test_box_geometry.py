import numpy as np
import pytest

from mfvis_napari.layers.box_geometry import bounding_box_xyxy, clipped_xyxy, edited_box_xyxy, is_too_small

SQUARE_YX = np.array([[10, 20], [30, 20], [30, 40], [10, 40]], np.float32)


def test_the_box_around_vertices_is_x_first():
    assert bounding_box_xyxy(np.array([[5, 1], [2, 9], [3, 4]])) == (1, 2, 9, 5)


def test_a_box_is_given_to_a_hundredth_of_a_pixel():
    assert bounding_box_xyxy(np.array([[0.12345, 1 / 3], [2, 9]], np.float32)) == (0.33, 0.12, 9, 2)


@pytest.mark.parametrize(
    ("after_yx", "box_xyxy"),
    [
        pytest.param(SQUARE_YX + np.array([1, 2]), (22, 11, 42, 31), id="moved"),
        pytest.param([[15, 25], [30, 20], [30, 40], [10, 40]], (25, 15, 40, 30), id="one corner dragged inwards"),
        pytest.param([[0, 0], [30, 20], [30, 40], [10, 40]], (0, 0, 40, 30), id="one corner dragged outwards"),
        pytest.param([[20, 14], [36, 30], [20, 46], [4, 30]], (14, 4, 46, 36), id="turned"),
        pytest.param([[0, 30], *SQUARE_YX.tolist()], (20, 0, 40, 30), id="a vertex more"),
    ],
)
def test_the_box_that_an_edit_means(after_yx, box_xyxy):
    assert edited_box_xyxy(SQUARE_YX, np.array(after_yx, np.float32)) == box_xyxy


@pytest.mark.parametrize(
    ("box_xyxy", "clipped"),
    [
        pytest.param((1, 2, 3, 4), (1, 2, 3, 4), id="inside"),
        pytest.param((-5, -6, 3, 4), (0, 0, 3, 4), id="over the corner"),
        pytest.param((70, 50, 99, 99), (70, 50, 80, 60), id="over the other corner"),
        pytest.param((80, 2, 90, 4), None, id="beside"),
        pytest.param((2, -9, 4, 0), None, id="above"),
    ],
)
def test_a_box_is_cut_to_the_picture(box_xyxy, clipped):
    assert clipped_xyxy(box_xyxy, 80, 60) == clipped


def test_a_click_is_no_box():
    assert is_too_small((0, 0, 2.9, 50))
    assert not is_too_small((0, 0, 3, 3))
