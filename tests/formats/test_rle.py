import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pycocotools import mask as coco_mask

from mfvis_engine.formats import Rle, RleError

masks = hnp.arrays(bool, hnp.array_shapes(min_dims=2, max_dims=2, max_side=40), elements=st.booleans())


def test_runs_go_down_the_columns_and_zeros_come_first():
    mask = np.array([[0, 1, 1], [0, 1, 0]])
    assert Rle.encode(mask).uncompressed_counts() == [2, 3, 1]
    assert Rle.encode(1 - mask).uncompressed_counts() == [0, 2, 3, 1]


def test_area_and_box_are_those_of_the_pixels():
    mask = np.zeros((8, 10), np.uint16)
    mask[2:5, 3:9] = 40_000  # any value that is not 0, also one whose low byte could be lost
    rle = Rle.encode(mask)
    assert (rle.height, rle.width, rle.area(), rle.box_xywh()) == (8, 10, 18, (3, 2, 6, 3))


def test_values_that_vanish_in_eight_bits_are_still_the_object():
    assert Rle.encode(np.array([[256, 0]])).area() == 1


@settings(max_examples=50)
@given(masks)
def test_every_spelling_gives_the_mask_back(mask):
    rle = Rle.encode(mask)
    height, width = mask.shape
    np.testing.assert_array_equal(rle.decode(), mask)
    assert Rle.from_uncompressed(height, width, rle.uncompressed_counts()) == rle
    assert Rle.from_compressed(height, width, rle.compressed_counts()) == rle
    assert rle.area() == mask.sum()


@settings(max_examples=50)
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools' own
@given(masks)
def test_pycocotools_reads_both_spellings(mask):
    rle = Rle.encode(mask)
    size = list(mask.shape)
    compressed = {"size": size, "counts": rle.compressed_counts()}
    uncompressed = {"size": size, "counts": rle.uncompressed_counts()}
    np.testing.assert_array_equal(coco_mask.decode(compressed), mask)
    np.testing.assert_array_equal(coco_mask.decode(coco_mask.frPyObjects(uncompressed, *size)), mask)


def test_long_runs_survive():
    mask = np.zeros((3000, 4000), bool)
    mask[-1, -1] = True
    assert Rle.encode(mask).uncompressed_counts() == [11_999_999, 1]


@given(st.binary(max_size=12))
def test_a_broken_code_is_an_error_and_never_a_wrong_mask(code):
    try:
        rle = Rle.from_compressed(6, 7, code)
    except RleError:
        return
    assert sum(rle.uncompressed_counts()) == 42
    assert rle.decode().sum() == rle.area()


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ([1, 2], "the runs add up to 3 pixels, but a mask of 6 x 7 (height x width) has 42"),
        ([43], "the runs add up to 43 pixels"),
        ([], "the runs add up to 0 pixels"),
        ([-1, 43], "holds a run of -1 pixels"),
        ([2**70], "the runs add up to"),
    ],
)
def test_runs_must_add_up_to_the_size(counts, message):
    with pytest.raises(RleError, match=re.escape(message)):
        Rle.from_uncompressed(6, 7, counts)


@pytest.mark.parametrize("code", ["", "groß", "o", "016000000000", "\x7f\x7f"])
def test_a_damaged_code_is_refused(code):
    with pytest.raises(RleError):
        Rle.from_compressed(6, 7, code)


def test_a_size_without_pixels_is_refused():
    with pytest.raises(RleError, match="a mask of -6 x -7"):
        Rle.from_uncompressed(-6, -7, [42])


def test_only_one_frame_is_encoded_at_a_time():
    with pytest.raises(RleError, match=re.escape("not (2, 3, 4)")):
        Rle.encode(np.zeros((2, 3, 4)))
