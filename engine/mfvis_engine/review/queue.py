"""The masks that most need a look, worst first, spread over tracks and frames."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.annotation import Annotations
from mfvis_engine.review.evidence import Evidence
from mfvis_engine.review.reasons import Needs
from mfvis_engine.review.survey import Survey

MIN_NEED = 0.2
"""Less is not worth a look."""
NEAR_FRAMES = 3
"""Frames of one track that are at most so far apart and have the same main reason count as one."""
MAX_ITEMS = 500


@dataclass(frozen=True)
class ReviewItem:
    """A mask to look at, standing for those of neighbouring frames with the same main reason.

    Attributes:
        track_id: The track.
        frame_index: The frame, from 0: the worst of its stretch.
        need: Above 0, up to 1.
        reasons: In words, the strongest first; at least one.
        first_frame: Where its stretch begins.
        last_frame: Where it ends, included.
        frame_count: How many masks of the stretch need a look.
    """

    track_id: int
    frame_index: int
    need: float
    reasons: tuple[str, ...]
    first_frame: int
    last_frame: int
    frame_count: int


@dataclass(frozen=True)
class ReviewQueue:
    """What to look at.

    Attributes:
        items: Worst first; at most `MAX_ITEMS`.
        total: How many there are, those that are not listed too.
    """

    items: tuple[ReviewItem, ...] = ()
    total: int = 0


def review_queue(survey: Survey, annotations: Annotations) -> ReviewQueue:
    """Ranks the masks that nobody has verified.

    Args:
        survey: Up to date.
        annotations: The tracks as they stand.
    """
    evidence = Evidence.of(survey, annotations)
    return ranked(evidence, Needs.of(evidence))


def ranked(evidence: Evidence, needs: Needs) -> ReviewQueue:
    """`review_queue` of what has been judged already."""
    main = needs.by_reason.argmax(axis=0) if needs.total.size else np.zeros(needs.total.shape, np.intp)
    rows, frames = np.nonzero(needs.total >= MIN_NEED)
    if not len(rows):
        return ReviewQueue()
    order = np.lexsort((frames, main[rows, frames], rows))
    rows, frames = rows[order], frames[order]
    starts = _starts(rows, main[rows, frames], frames)
    worst = _worst(needs.total[rows, frames], starts)
    ends = np.append(starts[1:], len(rows)) - 1
    values = needs.total[rows[worst], frames[worst]]
    by_need = np.lexsort((rows[worst], frames[worst], -values))
    items = tuple(
        ReviewItem(
            track_id=int(evidence.boxes.track_ids[rows[worst[place]]]),
            frame_index=int(frames[worst[place]]),
            need=float(values[place]),
            reasons=needs.words(evidence, int(rows[worst[place]]), int(frames[worst[place]])),
            first_frame=int(frames[starts[place]]),
            last_frame=int(frames[ends[place]]),
            frame_count=int(ends[place] - starts[place] + 1),
        )
        for place in by_need[:MAX_ITEMS].tolist()
    )
    return ReviewQueue(items, len(starts))


def _starts(rows: NDArray[np.intp], main: NDArray[np.intp], frames: NDArray[np.intp]) -> NDArray[np.intp]:
    """Where in the sorted masks each stretch begins."""
    breaks = (np.diff(rows) != 0) | (np.diff(main) != 0) | (np.diff(frames) > NEAR_FRAMES)
    return np.concatenate([[0], np.flatnonzero(breaks) + 1]).astype(np.intp)


def _worst(values: NDArray[np.float32], starts: NDArray[np.intp]) -> NDArray[np.intp]:
    """The place of the first largest value of each stretch."""
    stretch = np.zeros(len(values), np.intp)
    stretch[starts[1:]] = 1
    order = np.lexsort((np.arange(len(values)), -values, np.cumsum(stretch)))
    return order[starts]
