import numpy as np
import pytest

from mfvis_engine.annotation import (
    InvalidFrameError,
    InvalidLabelsError,
    MaskOrigin,
    MaskState,
    UnknownTrackError,
)
from mfvis_engine.annotation.verbs import ClearMask, EditMask, Unverify, Verify

from .scene import HEIGHT, LENGTH, WIDTH


def test_painting_and_erasing_are_edits_and_losing_to_another_is_not(scene):
    scene.paint(1, 3, [0, 1])
    scene.paint(2, 3, [2, 3])
    scene.paint(3, 3, [4, 5])
    (change,) = scene.do(EditMask(3, 0, 0, np.array([[1, 1, 1, 2, 3, 0]])))
    assert scene.pixels[3, 0].tolist() == [1, 1, 1, 2, 3, 0]
    assert scene.state(1, 3) == MaskState(1, 3, MaskOrigin.EDITED)  # gained
    assert scene.state(2, 3).origin is MaskOrigin.PREDICTED  # lost to 1, whose pixel is protected
    assert scene.state(3, 3) == MaskState(3, 3, MaskOrigin.EDITED)  # erased
    assert change.track_ids == (1, 2, 3)


def test_an_edit_of_a_rectangle_leaves_the_rest(scene):
    scene.paint(2, 3, [0])
    scene.do(EditMask(3, 1, 2, np.ones((2, 3), int)))
    expected = np.zeros((HEIGHT, WIDTH))
    expected[:, 0] = 2
    expected[1:3, 2:5] = 1
    np.testing.assert_array_equal(scene.pixels[3], expected)
    assert scene.state(2, 3).origin is MaskOrigin.PREDICTED


def test_an_edit_that_changes_nothing_is_none(scene):
    scene.paint(2, 3, [0])
    assert scene.do(EditMask(3, 0, 0, scene.pixels[3])) == []


@pytest.mark.parametrize(
    ("verb", "error", "message"),
    [
        (lambda: EditMask(LENGTH, 0, 0, np.ones((1, 1), int)), InvalidFrameError, "Frame 12 is outside"),
        (
            lambda: EditMask(0, 0, 4, np.ones((1, 3), int)),
            InvalidLabelsError,
            "3 columns from 4 reaches over the frame",
        ),
        (lambda: EditMask(0, -1, 0, np.ones((1, 3), int)), InvalidLabelsError, "1 rows from -1"),
        (
            lambda: EditMask(0, 0, 0, np.full((1, 2), 99)),
            UnknownTrackError,
            "No track has the ids 99 that were painted",
        ),
        (lambda: EditMask(0, 0, 0, np.full((1, 2), 2**16)), InvalidLabelsError, "whole numbers, 0 to 65535"),
        (lambda: EditMask(0, 0, 0, np.full((1, 2), -1)), InvalidLabelsError, "whole numbers"),
        (lambda: EditMask(0, 0, 0, np.full((1, 2), 0.5)), InvalidLabelsError, "float64"),
        (lambda: EditMask(0, 0, 0, np.full(2, 1)), InvalidLabelsError, r"\(2,\)"),
    ],
)
def test_an_edit_that_does_not_fit_is_refused(scene, verb, error, message):
    with pytest.raises(error, match=message):
        scene.do(verb())
    assert not scene.pixels.any()


def test_a_cleared_mask_stays_empty_for_machines(scene):
    scene.paint(1, 3, [0])
    scene.paint(1, 5, [0])
    scene.paint(2, 3, [1])
    scene.do(ClearMask((1,), 0, 4))
    assert scene.pixels[3, 0].tolist() == [0, 2, 0, 0, 0, 0]
    assert scene.state(1, 3) == MaskState(1, 3, MaskOrigin.EDITED)
    assert scene.state(1, 5).origin is MaskOrigin.PREDICTED


def test_a_mask_that_is_handed_back_may_be_predicted_again(scene):
    scene.paint(1, 3, [0], MaskOrigin.EDITED, None, verified=True)
    scene.do(ClearMask((1,), 3, 3, hand_back=True))
    assert not scene.states
    assert not scene.pixels.any()


def test_verifying_is_a_flag_and_unverifying_takes_it_back(scene):
    scene.paint(1, 3, [0])
    scene.paint(2, 4, [0], MaskOrigin.EDITED, None)
    before = dict(scene.states)
    changes = scene.do(Verify((1, 2), 3, 4))
    assert all(change.patch is None for change in changes)
    assert scene.state(1, 3) == MaskState(1, 3, MaskOrigin.PREDICTED, "run", verified=True)
    assert scene.state(2, 4) == MaskState(2, 4, MaskOrigin.EDITED, verified=True)
    assert scene.state(2, 3) == MaskState(2, 3, MaskOrigin.NONE, verified=True)  # there is none, and that is right
    assert scene.do(Verify((1, 2), 3, 4)) == []
    scene.do(Unverify((1, 2), 0, 11))
    assert scene.states == before


def test_an_edit_keeps_the_approval(scene):
    scene.paint(1, 3, [0], verified=True)
    scene.do(EditMask(3, 0, 0, np.array([[1, 1]])))
    assert scene.state(1, 3) == MaskState(1, 3, MaskOrigin.EDITED, verified=True)


@pytest.mark.parametrize("verb", [ClearMask, Verify, Unverify])
def test_ranges_are_checked(scene, verb):
    with pytest.raises(InvalidFrameError, match="The last frame 2 lies before the first, 3"):
        scene.do(verb((1,), 3, 2))
    with pytest.raises(InvalidFrameError, match="Frame 12"):
        scene.do(verb((1,), 3, 12))
    with pytest.raises(UnknownTrackError):
        scene.do(verb((99,), 3, 4))
