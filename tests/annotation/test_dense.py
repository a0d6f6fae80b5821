import numpy as np
import pytest

from mfvis_engine.annotation import (
    Annotations,
    DenseBoxes,
    InvalidDenseBoxesError,
    Keyframe,
    Track,
    interpolate,
)


@pytest.fixture
def dense():
    return interpolate(
        Annotations(
            (
                Track(7, "dog", (Keyframe(1, (0, 0, 2, 4)), Keyframe(3, (2, 2, 4, 6), occluded=True))),
                Track(3, "cat", (Keyframe(0, (5, 6, 7, 8.5)),)),
            )
        ),
        4,
    )


def test_the_table_has_a_row_a_box(dense):
    table = dense.to_frame()
    assert list(table.columns) == [
        "track_id",
        "frame_index",
        "x0",
        "y0",
        "x1",
        "y1",
        "origin",
        "occluded",
        "category",
    ]
    assert table.to_numpy().tolist() == [
        [3, 0, 5.0, 6.0, 7.0, 8.5, "drawn", False, "cat"],
        [7, 1, 0.0, 0.0, 2.0, 4.0, "drawn", False, "dog"],
        [7, 2, 1.0, 1.0, 3.0, 5.0, "interpolated", False, "dog"],
        [7, 3, 2.0, 2.0, 4.0, 6.0, "drawn", True, "dog"],
    ]


def test_the_table_of_no_boxes_has_the_same_columns(dense):
    empty = interpolate(Annotations(), 3).to_frame()
    assert list(empty.columns) == list(dense.to_frame().columns)
    assert len(empty) == 0


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("boxes_xyxy", np.zeros((2, 5, 4), np.float32), r"boxes_xyxy is float32 \(2, 5, 4\)"),
        ("boxes_xyxy", np.zeros((2, 4, 4)), "must be float32"),
        ("origin", np.zeros((2, 4), np.int64), "must be uint8"),
        ("occluded", np.zeros((1, 4), bool), r"must be bool \(2, 4\)"),
        ("categories", ("cat",), "1 categories for 2 tracks"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(dense, name, value, message):
    fields = {field: getattr(dense, field) for field in ("track_ids", "boxes_xyxy", "origin", "occluded")}
    fields |= {"categories": dense.categories, name: value}
    with pytest.raises(InvalidDenseBoxesError, match=message):
        DenseBoxes(**fields)
