"""Tracks that a model found and a person has not judged yet, and what a person said of them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from mfvis_engine.annotation.errors import InvalidBoxError, InvalidScoreError
from mfvis_engine.annotation.tracks import Keyframe, KeyframeOrigin, Track


@dataclass(frozen=True, slots=True)
class ProposedTrack:
    """An object that nobody annotated, as a run proposes it.

    Attributes:
        track_id: Its label in the masks of the run, 1..65535; the id it gets when it is adopted, if that is free then.
        category: What the model takes it for.
        score: How sure the model is that it is one, 0 to 1.
        keyframes: Its boxes, sorted by frame. Given in any order and with any origin; the origin is `PREDICTED`, and
            attributes are dropped.

    Raises:
        InvalidScoreError: The score is outside 0..1.
        InvalidBoxError: No keyframe says where the object is.
        AnnotationError: As `Track` raises it.
    """

    track_id: int
    category: str
    score: float
    keyframes: tuple[Keyframe, ...]

    def __post_init__(self) -> None:
        checked = Track(self.track_id, self.category, tuple(map(_predicted, self.keyframes)))
        score = float(self.score)
        if not (math.isfinite(score) and 0 <= score <= 1):
            raise InvalidScoreError(f"the score of proposed track {checked.track_id} is {score}: give 0 to 1")
        if all(keyframe.outside for keyframe in checked.keyframes):
            raise InvalidBoxError(f"proposed track {checked.track_id} is nowhere: give it a box in a frame at least")
        object.__setattr__(self, "track_id", checked.track_id)
        object.__setattr__(self, "score", score)
        object.__setattr__(self, "keyframes", checked.keyframes)

    def adopted_as(self, track_id: int) -> Track:
        """The track that it becomes under an id."""
        return Track(track_id, self.category, self.keyframes)


@dataclass(frozen=True)
class Verdicts:
    """What a person said of the tracks that a run proposes, as things stand.

    Attributes:
        adopted: The track that a proposal has become, by the proposal's id. A track that was merged into another one is
            that; where the track was deleted, the proposal is open again.
        dismissed: Proposals that are not wanted.
    """

    adopted: Mapping[int, int] = field(default_factory=dict)
    dismissed: frozenset[int] = frozenset()

    def is_open(self, track_id: int) -> bool:
        """Whether nothing was said of a proposal yet."""
        return track_id not in self.adopted and track_id not in self.dismissed


def _predicted(keyframe: Keyframe) -> Keyframe:
    return Keyframe(
        keyframe.frame_index, keyframe.box_xyxy, keyframe.outside, keyframe.occluded, KeyframeOrigin.PREDICTED
    )
