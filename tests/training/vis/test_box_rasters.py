import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from mfvis_engine.losses import Shadows
from mfvis_engine.training.vis.box_rasters import BoxRasters

GRID_HW = (6, 10)


def _drawn(*box_xyxy, present=True):
    return BoxRasters.of_boxes(torch.tensor(box_xyxy), torch.tensor(present), GRID_HW)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (4, 12, [0, 1, 1, 0, 0, 0, 0, 0, 0, 0]),  # on the edges of grid pixels
        (6, 12, [0, 0.5, 1, 0, 0, 0, 0, 0, 0, 0]),  # half of the two pixels in the middle, 5..7
        (5.5, 11.5, [0, 0.75, 1, 0, 0, 0, 0, 0, 0, 0]),  # edges within pixels
        (7, 13, [0, 0, 1, 0, 0, 0, 0, 0, 0, 0]),  # what is outside of the middle does not show
        (3, 5, [0, 1, 0, 0, 0, 0, 0, 0, 0, 0]),  # between two middles: where its own middle is
        (1, 1, [1, 0, 0, 0, 0, 0, 0, 0, 0, 0]),  # zero width
        (39.5, 40, [0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),  # at the border
        (40, 41, [0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),  # beyond it
        (-8, 60, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]),  # larger than the frame
    ],
)
def test_a_box_along_one_axis(low, high, expected):
    raster = _drawn(low, 0.0, high, 24.0)
    torch.testing.assert_close(raster.columns, torch.tensor(expected, dtype=torch.float32))
    assert raster.rows.tolist() == [1] * 6


@given(st.lists(st.integers(0, 36), min_size=2, max_size=2), st.lists(st.integers(4, 40), min_size=2, max_size=2))
def test_boxes_of_whole_pixels_are_the_resized_filled_masks(corner, size):
    (x0, y0), (width, height) = corner, size
    x1, y1 = min(x0 + width, 40), min(y0 + height, 24)
    if y0 > 20:
        y0, y1 = 20, 24
    full = torch.zeros(1, 1, 24, 40)
    full[..., y0:y1, x0:x1] = 1
    small = F.interpolate(full, size=GRID_HW, mode="bilinear")[0, 0]
    raster = _drawn(float(x0), float(y0), float(x1), float(y1))
    if min(x1 - x0, y1 - y0) >= 4:
        torch.testing.assert_close(raster.rows[:, None] * raster.columns, small)
        assert torch.equal(raster.covers, small > 0)
        torch.testing.assert_close(raster.area, small.sum())


def test_every_box_covers_something():
    random = torch.rand(200, 2, generator=torch.Generator().manual_seed(0)) * torch.tensor([40.0, 24.0])
    boxes = torch.cat((random, random + 0.5), dim=-1)
    assert (BoxRasters.of_boxes(boxes, torch.ones(200, dtype=torch.bool), GRID_HW).area == 1).all()


def test_absent_objects_cover_nothing():
    raster = _drawn(0.0, 0.0, 0.0, 0.0, present=False)
    assert raster.area == 0
    assert not raster.covers.any()


def test_the_rectangle_around_a_mask():
    logits = torch.full((3, 6, 10), -1.0)
    logits[0, 1, 2] = logits[0, 4, 7] = 1  # two pixels
    logits[1, 5, 0] = 1  # one
    rectangle = BoxRasters.around_masks(Shadows.of(logits))
    assert rectangle.columns[0].nonzero()[:, 0].tolist() == [2, 3, 4, 5, 6, 7]
    assert rectangle.rows[0].nonzero()[:, 0].tolist() == [1, 2, 3, 4]
    assert rectangle.area.tolist() == [24, 1, 0]


def test_sampling_between_pixels_is_that_of_the_filled_rectangle():
    raster = _drawn(6.0, 2.0, 23.0, 15.0)
    points = torch.rand(500, 2, generator=torch.Generator().manual_seed(1))
    dense = (raster.rows[:, None] * raster.columns)[None, None]
    expected = F.grid_sample(dense, 2 * points[None, None] - 1, align_corners=False)[0, 0, 0]
    assert 0 < (expected > 0).sum() < 500
    torch.testing.assert_close(raster.sampled(points), expected)
