import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pycocotools import mask as coco_mask

from mfvis_engine.formats import FormatError, Rle
from mfvis_engine.formats.label_runs import encode_labels, label_mask

frames = hnp.arrays(
    st.sampled_from([np.uint8, np.uint16, np.int32, np.int64]),
    hnp.array_shapes(min_dims=2, max_dims=2, max_side=12),
    elements=st.sampled_from([0, 1, 2, 7, 120]),
)


@settings(max_examples=200)
@given(frames)
def test_every_code_is_pycocotools_own(labels):
    found = dict(encode_labels(labels))
    assert list(found) == [label for label in np.unique(labels) if label]
    for label, mask in found.items():
        code = coco_mask.encode(np.asfortranarray(labels == label).view(np.uint8))
        assert mask == Rle(*labels.shape, code["counts"])


@pytest.mark.parametrize("transform", [np.asfortranarray, lambda labels: labels[::-1, ::2], lambda labels: labels.T])
def test_the_order_in_memory_does_not_matter(transform):
    labels = transform(np.random.default_rng(0).integers(0, 4, (31, 46)).astype(np.uint16))
    assert dict(encode_labels(labels)) == {label: Rle.encode(labels == label) for label in (1, 2, 3)}


def test_large_labels_and_full_frames():
    full = np.full((3, 4), 65_535, np.uint16)
    assert [(label, mask.uncompressed_counts()) for label, mask in encode_labels(full)] == [(65_535, [0, 12])]


def test_frames_without_labels_or_pixels_give_nothing():
    for shape in ((5, 6), (0, 6), (5, 0)):
        assert not list(encode_labels(np.zeros(shape, np.uint16)))


@pytest.mark.parametrize(("shape", "dtype"), [((2, 3, 4), np.uint16), ((3,), np.uint16), ((3, 4), np.float32)])
def test_what_is_no_label_mask_is_refused(shape, dtype):
    with pytest.raises(FormatError, match=re.escape(f"not {shape} of {np.dtype(dtype)}")):
        list(encode_labels(np.zeros(shape, dtype)))


def test_later_masks_lie_on_top():
    first, second = np.zeros((2, 3), bool), np.zeros((2, 3), bool)
    first[0], second[:, 1] = True, True
    labels = label_mask([(300, Rle.encode(first)), (7, Rle.encode(second))], 2, 3)
    np.testing.assert_array_equal(labels, [[300, 7, 300], [0, 7, 0]])
    assert labels.dtype == np.uint16


@pytest.mark.parametrize("density", [0, 0.01, 0.5, 1])
def test_masks_are_painted_where_they_decode(density):
    mask = np.random.default_rng(0).random((7, 11)) < density
    np.testing.assert_array_equal(label_mask([(9, Rle.encode(mask))], 7, 11), mask * 9)
