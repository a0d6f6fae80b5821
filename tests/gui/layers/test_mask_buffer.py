"""The array that napari paints into."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfvis_napari.layers.mask_buffer import FRAMES_KEPT, MaskBuffer

LENGTH, HEIGHT, WIDTH = 5, 6, 8


class Saved:
    """Frames as a project holds them."""

    def __init__(self, length=LENGTH):
        self.frames = np.zeros((length, HEIGHT, WIDTH), np.uint16)
        self.frames[:, 1, 1] = np.arange(length) + 1
        self.reads = []
        self.edits = 0

    def read(self, frame_index):
        self.reads.append(frame_index)
        return self.frames[frame_index].copy()

    def count(self):
        self.edits += 1

    def buffer(self):
        return MaskBuffer(self.frames.shape, self.read, self.count)


@pytest.fixture
def saved():
    return Saved()


@pytest.mark.parametrize(
    "key",
    [
        2,
        -1,
        (3, slice(1, 4), slice(2, 5)),
        (np.int64(1), slice(None), slice(None)),
        slice(1, 3),
        (slice(None), 1, 1),
        (slice(4, 4), slice(None), slice(None)),
        (np.array([0, 0, 4]), np.array([1, 2, 1]), np.array([1, 3, 1])),
        (np.array([2]), np.array([1, 5]), np.array([1, 7])),
    ],
    ids=str,
)
def test_it_reads_what_numpy_reads(saved, key):
    np.testing.assert_array_equal(saved.buffer()[key], saved.frames[key])


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ((2, slice(1, 4), slice(2, 5)), 7),
        ((2, slice(0, 2), slice(0, 2)), np.array([[1, 2], [3, 4]])),
        ((slice(2, 3), slice(1, 4), slice(2, 5)), 7),
        ((slice(0, 2), slice(0, 1), slice(0, 2)), np.array([[[1, 2]], [[3, 4]]])),
        ((np.array([0, 0, 4]), np.array([1, 2, 1]), np.array([1, 3, 1])), 9),
        ((np.array([0, 4]), np.array([1, 1]), np.array([1, 1])), np.array([8, 9])),
    ],
    ids=str,
)
def test_it_paints_what_numpy_paints(saved, key, value):
    buffer, expected = saved.buffer(), saved.frames.copy()
    expected[key] = value

    buffer[key] = value

    np.testing.assert_array_equal(buffer[:], expected)
    assert saved.edits == 1


def test_a_frame_past_the_end_is_refused(saved):
    with pytest.raises(IndexError):
        saved.buffer()[LENGTH]


def test_what_is_read_can_be_changed_without_painting(saved):
    buffer = saved.buffer()
    buffer[0][:] = 5
    region = np.asarray(buffer[0, 0:2, 0:2])
    region[:] = 5

    assert not buffer.painted_frames
    np.testing.assert_array_equal(buffer[0], saved.frames[0])


def test_painted_is_the_smallest_rectangle_that_changed(saved):
    buffer = saved.buffer()
    buffer[1, 2:4, 3:7] = 4
    buffer[1, 5, 0] = 0  # was 0

    (painted,) = buffer.painted()

    assert (painted.frame_index, painted.top, painted.left) == (1, 2, 3)
    np.testing.assert_array_equal(painted.labels, np.full((2, 4), 4))


def test_painting_back_leaves_nothing_to_hand_in(saved):
    buffer = saved.buffer()
    buffer[1, 2, 2] = 4
    buffer[1, 2, 2] = 0

    assert not list(buffer.painted())
    assert not buffer.painted_frames


def test_a_painted_frame_stays_until_it_is_settled(saved):
    buffer = saved.buffer()
    buffer[1, 2, 2] = 4
    buffer.forget([0, 1])
    assert buffer[1][2, 2] == 4

    saved.frames[1, 2, 2] = 4
    buffer.settle(1)
    buffer.forget([1])

    assert buffer[1][2, 2] == 4
    assert saved.reads.count(1) == 2


def test_forgotten_frames_are_read_anew(saved):
    buffer = saved.buffer()
    _ = buffer[2]
    saved.frames[2] = 9
    assert buffer[2].max() == 3

    buffer.forget([2])

    assert buffer[2].min() == 9


def test_a_given_up_frame_is_as_it_was_saved(saved):
    buffer = saved.buffer()
    buffer[1, 2, 2] = 4
    buffer.revert(1)

    assert not buffer.painted_frames
    np.testing.assert_array_equal(buffer[1], saved.frames[1])


def test_only_some_frames_are_kept_but_no_painted_one_goes():
    saved = Saved(length=FRAMES_KEPT + 10)
    buffer = saved.buffer()
    buffer[0, 0, 0] = 3
    for frame_index in range(saved.frames.shape[0]):
        _ = buffer[frame_index]

    assert buffer[0][0, 0] == 3
    saved.reads.clear()
    _ = buffer[1]
    _ = buffer[saved.frames.shape[0] - 1]
    assert saved.reads == [1]


@given(
    st.lists(
        st.tuples(
            st.integers(0, LENGTH - 1),
            st.integers(0, HEIGHT - 1),
            st.integers(0, WIDTH - 1),
            st.integers(1, 4),
            st.integers(0, 5),
        ),
        max_size=12,
    )
)
def test_handing_in_what_was_painted_makes_saved_what_is_shown(strokes):
    saved = Saved()
    buffer = saved.buffer()
    for frame_index, row, column, size, label in strokes:
        buffer[frame_index, row : row + size, column : column + size] = label
    shown = buffer[:]

    for painted in buffer.painted():
        height, width = painted.labels.shape
        saved.frames[painted.frame_index, painted.top : painted.top + height, painted.left : painted.left + width] = (
            painted.labels
        )
        buffer.settle(painted.frame_index)

    np.testing.assert_array_equal(saved.frames, shown)
    assert not buffer.painted_frames
