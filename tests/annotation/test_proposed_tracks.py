import pytest

from mfvis_engine.annotation import (
    AnnotationError,
    InvalidBoxError,
    InvalidScoreError,
    Keyframe,
    KeyframeOrigin,
    ProposedTrack,
    Track,
)
from mfvis_engine.annotation.proposed_tracks import Verdicts

BOX = (0, 0, 4, 4)


def test_its_keyframes_are_predictions_in_order():
    given = (Keyframe(3, BOX, attributes=(("pose", "flat"),)), Keyframe(1, BOX, occluded=True))
    track = ProposedTrack(5, "cell", 1, given)
    assert track.keyframes == (
        Keyframe(1, BOX, occluded=True, origin=KeyframeOrigin.PREDICTED),
        Keyframe(3, BOX, origin=KeyframeOrigin.PREDICTED),
    )
    assert track.adopted_as(9) == Track(9, "cell", track.keyframes)
    assert isinstance(track.score, float)


@pytest.mark.parametrize("score", [-0.1, 1.1, float("nan")])
def test_a_score_is_from_0_to_1(score):
    with pytest.raises(InvalidScoreError, match="give 0 to 1"):
        ProposedTrack(5, "cell", score, (Keyframe(0, BOX),))


@pytest.mark.parametrize("keyframes", [(), (Keyframe(0, BOX, outside=True),)])
def test_it_is_somewhere(keyframes):
    with pytest.raises(InvalidBoxError, match="nowhere"):
        ProposedTrack(5, "cell", 0.5, keyframes)


@pytest.mark.parametrize(("track_id", "category"), [(0, "cell"), (5, "")])
def test_it_is_checked_as_a_track(track_id, category):
    with pytest.raises(AnnotationError):
        ProposedTrack(track_id, category, 0.5, (Keyframe(0, BOX),))


def test_a_proposal_is_open_until_something_was_said_of_it():
    told = Verdicts({5: 9}, frozenset({6}))
    assert [track_id for track_id in (5, 6, 7, 9) if told.is_open(track_id)] == [7, 9]
