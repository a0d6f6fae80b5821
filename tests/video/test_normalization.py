import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mfvis_engine.video import Normalization, VideoError
from mfvis_engine.video.normalization import measure_normalization, sample_indices, to_rgb8


def test_known_values():
    values = np.array([-5, 100, 150, 200, 9000])
    assert Normalization(100, 200).apply(values).tolist() == [0, 0, 128, 255, 255]


def test_values_that_are_no_numbers():
    values = np.array([np.nan, np.inf, -np.inf, 0.5], np.float32)
    assert Normalization(0, 1).apply(values).tolist() == [0, 255, 0, 128]


@given(hnp.arrays(np.uint16, 20), st.integers(0, 60000), st.integers(1, 5000))
def test_order_of_values_is_kept(values, low, span):
    shown = Normalization(low, low + span).apply(np.sort(values)).astype(int)
    assert (np.diff(shown) >= 0).all()


def test_percentiles_leave_out_the_rarest_values():
    frame = np.full((100, 100), 500, np.uint16)
    frame[:50] = 1500
    frame[0, :5] = 65535
    assert measure_normalization([frame]) == Normalization(500, 1500)


@pytest.mark.parametrize("value", [0, 7, -3.5, 65535])
def test_constant_frames_become_black(value):
    frame = np.full((4, 4), value, np.float32)
    normalization = measure_normalization([frame])
    assert normalization.low == value
    assert not normalization.apply(frame).any()


def test_rare_spots_on_a_constant_ground_are_seen():
    frame = np.zeros((100, 100), np.float32)
    frame[3, 4] = 2
    assert measure_normalization([frame]) == Normalization(0, 2)


def test_frames_without_a_number():
    assert measure_normalization([np.full((2, 2), np.nan)]) == Normalization(0, 1)


@pytest.mark.parametrize(("low", "high"), [(1, 1), (2, 1), (0, np.inf), (np.nan, 1)])
def test_impossible_limits(low, high):
    with pytest.raises(VideoError, match="low < high"):
        Normalization(low, high)


@pytest.mark.parametrize(("length", "expected"), [(1, [0]), (3, [0, 1, 2]), (31, list(range(0, 31, 2)))])
def test_sample_is_spread_and_bounded(length, expected):
    assert sample_indices(length) == expected


@pytest.mark.parametrize("shape", [(3, 5), (3, 5, 1), (3, 5, 3), (3, 5, 4)])
def test_rgb8_shape(shape):
    pixels = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    picture = to_rgb8(pixels, None)
    assert picture.shape == (3, 5, 3)
    np.testing.assert_array_equal(picture[..., 0], pixels.reshape(3, 5, -1)[..., 0])
    assert not np.shares_memory(picture, pixels)


def test_rgb8_of_booleans():
    assert to_rgb8(np.array([[True, False]]), None)[0, :, 1].tolist() == [255, 0]
