"""Where one more box would help most: where the masks look wrong, far from any box that was drawn."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.annotation import Annotations
from mfvis_engine.review.evidence import Evidence
from mfvis_engine.review.reasons import Needs
from mfvis_engine.review.survey import Survey

HALFWAY_FRAMES = 8
"""So far from a keyframe a box counts half of what it would count very far away."""
_QUIET = 0.05
"""What a frame counts in which nothing looks wrong: a long way without a keyframe is a risk in itself."""


@dataclass(frozen=True)
class BoxHint:
    """A frame in which a track could do with a box.

    Attributes:
        track_id: The track.
        frame_index: The frame, from 0.
        value: How much it would help, above 0, below 1.
        reason: In words.
    """

    track_id: int
    frame_index: int
    value: float
    reason: str


def next_box(survey: Survey, annotations: Annotations, track_ids: Collection[int] | None = None) -> BoxHint | None:
    """The frame where one more box would help most; None where every box is given, or every mask approved.

    Args:
        survey: Up to date.
        annotations: The tracks as they stand.
        track_ids: Which of them; all by default.
    """
    evidence = Evidence.of(survey, annotations)
    hints = box_hints(evidence, Needs.of(evidence))
    return next((hint for hint in hints if track_ids is None or hint.track_id in track_ids), None)


def box_hints(evidence: Evidence, needs: Needs) -> tuple[BoxHint, ...]:
    """For each track that could do with a box the best frame, the track that would gain most first."""
    given = evidence.boxes.given
    if not given.size:
        return ()
    distance = _frames_to_nearest(given)
    settled = evidence.verified | (evidence.by_person & evidence.has_mask)
    candidates = evidence.boxes.present & ~given & ~settled
    weight = distance / (distance + HALFWAY_FRAMES)
    values = np.where(candidates, (_QUIET + (1 - _QUIET) * needs.total) * weight, 0)
    best = values.argmax(axis=1)
    hints = [
        BoxHint(
            int(evidence.boxes.track_ids[row]),
            int(frame_index),
            float(values[row, frame_index]),
            _words(evidence, needs, row, int(frame_index), int(distance[row, frame_index])),
        )
        for row, frame_index in enumerate(best.tolist())
        if values[row, frame_index] > 0
    ]
    return tuple(sorted(hints, key=lambda hint: (-hint.value, hint.track_id)))


def _frames_to_nearest(given: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(N, T): how far the nearest given box is; far beyond the end where a track has none."""
    length = given.shape[1]
    frames = np.arange(length)
    before = np.maximum.accumulate(np.where(given, frames, -length), axis=1)
    after = np.minimum.accumulate(np.where(given, frames, 2 * length)[:, ::-1], axis=1)[:, ::-1]
    return np.minimum(frames - before, after - frames).astype(np.float64)


def _words(evidence: Evidence, needs: Needs, row: int, frame_index: int, distance: int) -> str:
    far = f"{distance} {'frame' if distance == 1 else 'frames'} from the nearest keyframe"
    said = needs.words(evidence, row, frame_index)
    return f"{said[0]}, {far}" if said else far
