import zlib

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mfvis_engine.annotation.mask_patch import MaskPatch, frame_crc, labels_in, pack, unpack

LABELS = arrays(np.uint16, (4, 6), elements=st.sampled_from([0, 1, 2, 65535]))


@given(LABELS, LABELS)
def test_a_patch_does_and_undoes(before, after):
    patch = MaskPatch.between(before, after)
    if patch is None:
        np.testing.assert_array_equal(before, after)
        return
    np.testing.assert_array_equal(patch.applied(before), after)
    np.testing.assert_array_equal(patch.applied(after), before)
    assert (patch.crc_before, patch.crc_after) == (frame_crc(before), frame_crc(after))


def test_a_patch_holds_the_smallest_rectangle():
    before, after = np.zeros((5, 7), np.uint16), np.zeros((5, 7), np.uint16)
    after[1, 2], after[3, 5] = 7, 9
    patch = MaskPatch.between(before, after)
    assert (patch.top, patch.left, patch.height, patch.width) == (1, 2, 3, 4)
    assert unpack(patch.pixels, (3, 4)).tolist() == [[7, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 9]]
    assert patch.crc_before is None  # background alone


def test_the_crc_is_of_little_endian_rows():
    labels = np.array([[1, 2], [3, 65535]], np.uint16)
    assert frame_crc(labels) == frame_crc(labels.astype(">u2")) == zlib.crc32(b"\1\0\2\0\3\0\xff\xff")


def test_labels_are_counted_and_packed():
    labels = np.array([[0, 65535], [3, 3]], np.uint16)
    assert labels_in(labels) == (3, 65535)
    np.testing.assert_array_equal(unpack(pack(labels), (2, 2)), labels)
