import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage

from mfvis_engine.metrics import boundary_f, region_similarity
from mfvis_engine.metrics.davis import MaskShapeError

EMPTY = np.zeros((480, 854), dtype=np.bool_)


def rectangle(top, left, height, width, shape=EMPTY.shape):
    mask = np.zeros(shape, dtype=np.bool_)
    mask[top : top + height, left : left + width] = True
    return mask


def mask_pairs(side=24):
    shape = st.tuples(st.integers(2, side), st.integers(2, side))
    return shape.flatmap(lambda size: st.tuples(hnp.arrays(np.bool_, size), hnp.arrays(np.bool_, size)))


def boundary_f_by_dilation(prediction, truth, radius):
    """F straight from its definition: compares neighbours, and dilates with a disk for the tolerance."""
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    disk = x**2 + y**2 <= radius**2

    def boundary(mask):
        padded = np.pad(mask, ((0, 1), (0, 1)), mode="edge")
        return (mask != padded[:-1, 1:]) | (mask != padded[1:, :-1]) | ((mask != padded[1:, 1:]) & inner(mask))

    def inner(mask):
        return np.pad(np.ones(np.subtract(mask.shape, 1), dtype=np.bool_), ((0, 1), (0, 1)))

    found, true = boundary(prediction), boundary(truth)
    if not found.any() or not true.any():
        return float(found.any() == true.any())
    precision = (found & ndimage.binary_dilation(true, disk)).sum() / found.sum()
    recall = (true & ndimage.binary_dilation(found, disk)).sum() / true.sum()
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def test_region_similarity_is_intersection_over_union():
    truth = rectangle(100, 100, 50, 50)
    assert region_similarity(truth, truth) == 1.0
    assert region_similarity(rectangle(100, 125, 50, 50), truth) == pytest.approx(1 / 3)
    assert region_similarity(rectangle(300, 100, 50, 50), truth) == 0.0


@pytest.mark.parametrize("measure", [region_similarity, boundary_f])
def test_empty_against_empty_is_right_and_against_anything_wrong(measure):
    assert measure(EMPTY, EMPTY) == 1.0
    assert measure(rectangle(100, 100, 50, 50), EMPTY) == 0.0
    assert measure(EMPTY, rectangle(100, 100, 50, 50)) == 0.0


def left_part(width):
    """A mask whose boundary is one column of pixels, at `width` - 1."""
    return rectangle(0, 0, 480, width)


@pytest.mark.parametrize(("shift", "expected"), [(0, 1.0), (8, 1.0), (-8, 1.0), (9, 0.0), (-9, 0.0)])
def test_boundary_f_forgives_eight_pixels_at_480p(shift, expected):
    # 0.008 of the diagonal of 480 x 854 is 7.84.
    assert boundary_f(left_part(400 + shift), left_part(400)) == expected


def test_boundary_f_is_the_harmonic_mean_of_precision_and_recall():
    band = rectangle(0, 100, 480, 300)  # two columns of boundary, one of them also that of the left part
    assert boundary_f(left_part(400), band) == pytest.approx(2 * 1.0 * 0.5 / (1.0 + 0.5))


def test_the_pictures_rim_is_no_boundary():
    assert boundary_f(np.ones_like(EMPTY), np.ones_like(EMPTY)) == 1.0
    assert boundary_f(np.ones_like(EMPTY), rectangle(100, 100, 50, 50)) == 0.0


@settings(max_examples=200)
@given(mask_pairs(), st.sampled_from([0.001, 0.05, 0.1, 0.3]))
def test_boundary_f_equals_its_definition(pair, tolerance):
    prediction, truth = pair
    radius = math.ceil(tolerance * math.hypot(*truth.shape))
    expected = boundary_f_by_dilation(prediction, truth, radius)
    assert boundary_f(prediction, truth, tolerance=tolerance) == pytest.approx(expected, abs=1e-12)


@given(mask_pairs())
@pytest.mark.parametrize("measure", [region_similarity, boundary_f])
def test_both_measures_are_symmetric_and_know_no_axis(measure, pair):
    prediction, truth = pair
    value = measure(prediction, truth)
    assert 0.0 <= value <= 1.0
    assert measure(truth, prediction) == pytest.approx(value, abs=1e-12)
    assert measure(prediction.T, truth.T) == pytest.approx(value, abs=1e-12)
    assert measure(truth, truth) == 1.0


@given(mask_pairs(), st.integers(1, 20), st.integers(1, 20))
def test_where_in_the_picture_does_not_matter(pair, down, right):
    height, width = pair[0].shape
    near, far = ([np.pad(mask, ((y, 50 - y - height), (x, 50 - x - width))) for mask in pair]
                 for y, x in ((1, 1), (down, right)))  # fmt: skip
    assert region_similarity(*far) == region_similarity(*near)
    assert boundary_f(*far) == pytest.approx(boundary_f(*near), abs=1e-12)


@pytest.mark.parametrize("measure", [region_similarity, boundary_f])
@pytest.mark.parametrize("shape", [(480, 853), (1, 480, 854)])
def test_masks_of_two_shapes_are_refused(measure, shape):
    with pytest.raises(MaskShapeError, match=r"cannot be compared\. Give the masks of one object in one frame"):
        measure(np.zeros(shape, dtype=np.bool_), EMPTY)
