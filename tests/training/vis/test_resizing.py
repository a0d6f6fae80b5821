import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mfvis_engine.training.vis.resizing import Resizing


@pytest.mark.parametrize(
    ("from_hw", "short", "longest", "expected"),
    [
        ((720, 1280), 360, None, (360, 640)),
        ((1280, 720), 360, None, (640, 360)),  # upright
        ((100, 1000), 50, 300, (30, 300)),  # the long side decides
        ((128, 192), 128, 1333, (128, 192)),
        ((2, 1000), 1, 100, (1, 100)),  # never without rows
    ],
)
def test_short_side_and_its_limit(from_hw, short, longest, expected):
    assert Resizing.to_short_side(from_hw, short, longest, flipped=False).to_hw == expected


def test_frames_shrink_by_means_and_are_mirrored():
    frames = np.zeros((1, 4, 4, 3), np.uint8)
    frames[0, :2, :2] = 200
    small = Resizing((4, 4), (2, 2), flipped=True).frames(frames)
    assert small.shape == (1, 3, 2, 2)
    assert small[0, 0, 0, 1] > small[0, 0, 0, 0]
    assert small[0, :, 1].max() < 60


def test_same_size_is_the_same_picture():
    frames = np.random.default_rng(0).integers(0, 256, (2, 5, 7, 3), np.uint8)
    same = Resizing((5, 7), (5, 7)).frames(frames)
    assert same.is_contiguous()
    assert np.array_equal(same.permute(0, 2, 3, 1).numpy(), frames)


def test_boxes_by_hand():
    boxes = np.array([[10, 20, 30, 40], [-5, 0, 5, 10], [np.nan] * 4, [99.6, 0, 120, 10], [200, 0, 210, 9]], np.float32)
    placed, present = Resizing((50, 100), (100, 200), flipped=True).boxes(boxes)
    assert present.tolist() == [True, True, False, False, False]  # the last two: 0.8 px are left, nothing is left
    assert np.allclose(placed, [[140, 40, 180, 80], [190, 0, 200, 20], [0] * 4, [0] * 4, [0] * 4])
    assert placed.dtype == np.float32


@given(
    x=st.integers(0, 50),
    y=st.integers(0, 30),
    width=st.integers(8, 30),
    height=st.integers(8, 30),
    short=st.integers(20, 120),
    flipped=st.booleans(),
)
def test_box_of_the_resized_mask_is_the_resized_box(x, y, width, height, short, flipped):
    mask = np.zeros((64, 96), np.bool_)
    mask[y : y + height, x : x + width] = True
    resizing = Resizing.to_short_side((64, 96), short, None, flipped=flipped)
    box, present = resizing.boxes(np.array([x, y, min(96, x + width), min(64, y + height)], np.float32))
    rows, columns = torch.nonzero(resizing.mask(mask), as_tuple=True)
    tight = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    assert present
    assert np.abs(box - np.array(tight, np.float32)).max() <= 1
