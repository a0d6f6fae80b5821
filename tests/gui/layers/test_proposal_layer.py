"""The proposals are drawn as lines along the edges of masks."""

import numpy as np

from mfvis_napari.layers.proposal_layer import outlines


def test_of_a_mask_its_edge_is_left_and_of_the_background_nothing():
    labels = np.zeros((12, 14), np.uint16)
    labels[2:10, 3:11] = 7
    lines = outlines(labels, 2)
    expected = labels.copy()
    expected[4:8, 5:9] = 0
    np.testing.assert_array_equal(lines, expected)


def test_masks_that_touch_each_have_a_line():
    labels = np.repeat(np.array([[1] * 6 + [2] * 6], np.uint16), 3, axis=0)
    np.testing.assert_array_equal(outlines(labels, 1)[1], [0] * 5 + [1, 2] + [0] * 5)


def test_the_border_of_the_picture_is_no_edge():
    assert not outlines(np.full((5, 5), 3, np.uint16), 2).any()
