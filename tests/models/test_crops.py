import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfvis_engine.models.crops import GUESS_MARGIN, CropWindow, box_coverage, mask_limit


def noise(height, width, channels=3, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, channels), np.uint8)


def test_the_whole_frame_at_its_own_size_is_read_exactly():
    frame = noise(32, 32)
    assert np.array_equal(CropWindow(0, 0, 32, 32).read(frame, 32), frame)


def test_whole_pixel_shift_reads_the_neighbouring_pixels():
    frame = noise(40, 40)
    assert np.array_equal(CropWindow(3, 5, 35, 37).read(frame, 32), frame[5:37, 3:35])


def test_halving_averages_squares_of_pixels():
    frame = noise(64, 64)
    expected = frame.reshape(32, 2, 32, 2, 3).mean((1, 3))
    assert np.abs(CropWindow(0, 0, 64, 64).read(frame, 32) - expected).max() <= 1


def test_outside_the_frame_the_border_is_repeated():
    frame = noise(16, 16)
    crop = CropWindow(-16, 0, 0, 16).read(frame, 16)
    assert np.array_equal(crop, np.repeat(frame[:, :1], 16, axis=1))


@pytest.mark.parametrize("shape", [(1, 1), (1, 20), (20, 1)])
def test_frames_of_one_row_or_column_are_read(shape):
    frame = np.full((*shape, 3), 77, np.uint8)
    assert (CropWindow(-3, -3, 9, 9).read(frame, 8) == 77).all()


boxes = st.tuples(*[st.floats(-50, 500)] * 2, *[st.floats(0.5, 400)] * 2).map(
    lambda b: np.asarray([b[0], b[1], b[0] + b[2], b[1] + b[3]])
)


@given(boxes, st.floats(1.0, 3.0))
def test_the_window_holds_the_box_and_is_not_thin(box, context):
    window = CropWindow.around(box[None], context)
    assert window.x0 <= box[0] + 1e-6
    assert window.y1 >= box[3] - 1e-6
    assert min(window.width, window.height) >= 0.6 * max(window.width, window.height) - 1e-6


@given(boxes, boxes)
def test_boxes_to_the_crop_and_back(around, box):
    window = CropWindow.around(around[None])
    assert np.allclose(window.box_to_frame(window.box_to_crop(box, 128), 128), box, atol=1e-6)


@given(st.tuples(*[st.floats(0, 20)] * 2, *[st.floats(0, 12)] * 2))
def test_coverage_sums_to_the_area(b):
    box = np.asarray([[b[0], b[1], b[0] + b[2], b[1] + b[3]]])
    assert box_coverage(box, 32).sum() == pytest.approx(b[2] * b[3], abs=1e-3)


def test_no_boxes_give_no_planes():
    assert box_coverage(np.empty((0, 4)), 8).shape == (0, 8, 8)


def test_a_mask_may_leave_a_guessed_box_by_a_part_of_each_side_and_a_drawn_one_not_at_all():
    box = np.asarray([0.0, 0, 10, 20])
    assert np.array_equal(mask_limit(box, exact=True), box)
    assert np.allclose(mask_limit(box, exact=False), [-10 * GUESS_MARGIN, -20 * GUESS_MARGIN, 11.2, 22.4])
