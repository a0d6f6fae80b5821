import numpy as np
import pytest

from mfvis_engine.video import VideoError
from mfvis_engine.video.axes import parse_axes


@pytest.mark.parametrize(
    ("names", "shape", "length", "picture_shape"),
    [
        ("YX", (4, 5), 1, (4, 5)),
        ("tyx", (7, 4, 5), 7, (4, 5)),
        ("ZYX", (7, 4, 5), 7, (4, 5)),  # a time-lapse saved as a Z stack
        ("TYXS", (7, 4, 5, 3), 7, (4, 5, 3)),
        ("TSYX", (7, 4, 4, 5), 7, (4, 5, 4)),
        ("TCZYX", (7, 1, 1, 4, 5), 7, (4, 5)),
        ("TCYX", (1, 3, 4, 5), 1, (4, 5, 3)),
        ("TZYX", (1, 9, 4, 5), 9, (4, 5)),
        ("XYT", (5, 4, 7), 7, (4, 5)),
    ],
)
def test_roles(names, shape, length, picture_shape):
    axes = parse_axes(names, shape, "the stack")
    assert (axes.length, axes.height, axes.width) == (length, 4, 5)
    values = np.arange(np.prod(shape)).reshape(shape)
    pictures = [axes.picture(values[axes.selection(index)]) for index in range(length)]
    assert {picture.shape for picture in pictures} == {picture_shape}
    assert sorted(np.concatenate(pictures, None).tolist()) == list(range(values.size))


@pytest.mark.parametrize(
    ("names", "shape", "message"),
    [
        ("TZYX", (2, 3, 4, 5), "T=2, Z=3, Y=4, X=5"),
        ("TCYX", (2, 2, 4, 5), "one channel"),
        ("CYX", (5, 4, 5), "one channel"),
        ("TCYXS", (2, 3, 4, 5, 3), "3 or 4 colours"),
        ("TCZ", (2, 3, 4), "one Y and one X"),
        ("YX", (2, 3, 4), "one Y and one X"),
        ("TYX", (0, 3, 4), "is empty"),
    ],
)
def test_what_is_no_video(names, shape, message):
    with pytest.raises(VideoError, match=message):
        parse_axes(names, shape, "the stack")
