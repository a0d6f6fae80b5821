import pytest

from mfvis_engine.annotation import InvalidFrameError, InvalidTrackIdError, MaskOrigin, MaskState


@pytest.mark.parametrize(
    ("origin", "verified", "protected"),
    [
        (MaskOrigin.PREDICTED, False, False),
        (MaskOrigin.PREDICTED, True, True),
        (MaskOrigin.NONE, True, True),
        (MaskOrigin.EDITED, False, True),
        (MaskOrigin.IMPORTED, False, True),
    ],
)
def test_what_a_person_did_is_protected(origin, verified, protected):
    assert MaskState(1, 0, origin, verified=verified).protected == protected


def test_a_state_is_parsed():
    assert MaskState(3, 2, "edited").origin is MaskOrigin.EDITED
    with pytest.raises(InvalidTrackIdError):
        MaskState(0, 2, MaskOrigin.EDITED)
    with pytest.raises(InvalidFrameError):
        MaskState(1, -1, MaskOrigin.EDITED)


@pytest.mark.parametrize("swapped", [False, True])
def test_a_union_keeps_what_a_person_did(swapped):
    edited = MaskState(1, 4, MaskOrigin.EDITED)
    predicted = MaskState(2, 4, MaskOrigin.PREDICTED, "run", verified=True)
    one, other = (predicted, edited) if swapped else (edited, predicted)
    assert one.united(other) == MaskState(one.track_id, 4, MaskOrigin.EDITED, verified=True)
