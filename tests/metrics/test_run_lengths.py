import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pycocotools import mask as coco_mask

from mfvis_engine.metrics import RunLengths, RunLengthsError

masks = hnp.arrays(np.bool_, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=40))


def runs_of(mask: np.ndarray) -> list[int]:
    """Run lengths of a mask, straight from the definition: by columns, zeros first."""
    runs, value = [0], False
    for pixel in mask.flatten(order="F"):
        if pixel != value:
            runs.append(0)
            value = pixel
        runs[-1] += 1
    return runs


# pycocotools 2.0.11 answers numpy 2 with the signature of numpy 1.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@given(masks)
def test_plain_and_compressed_runs_are_the_mask(mask):
    height, width = mask.shape
    encoded = RunLengths.from_mask(mask)
    assert RunLengths.from_runs(height, width, runs_of(mask)) == encoded
    assert RunLengths.from_compressed(height, width, encoded.counts) == encoded
    assert encoded.area == mask.sum()
    assert np.array_equal(coco_mask.decode(encoded.to_coco()), mask)


def test_long_runs_are_read():
    mask = np.zeros((2160, 3840), dtype=np.bool_)
    mask[1000:, 2000:] = True
    encoded = RunLengths.from_mask(mask)
    assert RunLengths.from_compressed(2160, 3840, encoded.counts).area == 1160 * 1840


@given(masks.filter(lambda mask: mask.size > 1), st.data())
def test_runs_of_another_size_are_refused(mask, data):
    height, width = mask.shape
    other_height = data.draw(st.integers(1, 60).filter(lambda value: value != height))
    with pytest.raises(RunLengthsError, match=rf"cover {height * width} pixels.*has {other_height * width}"):
        RunLengths.from_compressed(other_height, width, RunLengths.from_mask(mask).counts)


@pytest.mark.parametrize(
    "counts",
    [
        b"",
        b"P",  # the number goes on, the text does not
        b"\x05",  # below the alphabet
        "\N{LATIN SMALL LETTER E WITH ACUTE}".encode(),  # above it
        b"oooooooooooo0",  # a number of 65 bits
    ],
)
def test_text_that_is_no_mask_is_refused(counts):
    with pytest.raises(RunLengthsError, match="is not a compressed COCO mask"):
        RunLengths.from_compressed(4, 4, counts)


def test_negative_runs_are_refused():
    with pytest.raises(RunLengthsError, match="Encode the mask again"):
        RunLengths.from_runs(4, 4, [10, -2, 8])
