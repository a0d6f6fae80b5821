"""What speaks for a look at a mask: as a number from 0 to 1, and in words."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.annotation import MaskCode
from mfvis_engine.review.evidence import Evidence, areas, shared_areas

_MIN_JUMP_PX = 16
"""A mask of a few pixels may double without meaning anything."""
_SAME_SIZE = 0.3
"""Areas whose logarithms to base 2 differ by less are taken for the same."""
_LINGER = 0.5
"""How much what speaks against a mask counts while its object is said to be hidden."""


@dataclass(frozen=True)
class Reason:
    """Something that speaks for a look.

    Attributes:
        needs: Gives (N, T) float, 0 where it does not hold, up to 1.
        words: Says it of a track, by its row, in a frame.
        is_change: Whether it compares with the frame before, so that either of the two may be wrong.
    """

    needs: Callable[[Evidence], NDArray[np.floating]]
    words: Callable[[Evidence, int, int], str]
    is_change: bool = False


def _ramp(values: NDArray[np.floating], at_zero: float, at_one: float) -> NDArray[np.floating]:
    """0 at `at_zero` and before, 1 at `at_one` and beyond, straight between; 0 for NaN."""
    found: NDArray[np.floating] = np.nan_to_num(np.clip((values - at_zero) / (at_one - at_zero), 0, 1))
    return found


def _while_hidden(evidence: Evidence) -> NDArray[np.floating]:
    return np.where(evidence.boxes.occluded, _LINGER, 1.0)


def _before(table: NDArray[np.generic]) -> NDArray[np.generic]:
    """(N, T): what the frame before holds; for the first frame, what it holds itself."""
    return np.concatenate([table[:, :1], table[:, :-1]], axis=1)


def _is_return(evidence: Evidence) -> NDArray[np.bool_]:
    """(N, T): the mask is as large as two frames ago, so that not this one is odd but the one between."""
    area_px = np.maximum(evidence.facts["area_px"], 1).astype(np.float32)
    found = np.zeros(area_px.shape, np.bool_)
    change = np.abs(np.log2(area_px[:, 2:] / area_px[:, :-2]))
    found[:, 2:] = (change < _SAME_SIZE) & evidence.has_mask[:, :-2] & ~evidence.verified[:, 1:-1]
    return found


def _box_needs(evidence: Evidence) -> NDArray[np.floating]:
    overlap = evidence.box_overlap
    by_machine = np.where(evidence.predicted, _ramp(overlap, 0.75, 0.15), 0)
    by_person = np.where(evidence.by_person & evidence.has_mask, _ramp(overlap, 0.3, 0), 0)
    needs: NDArray[np.floating] = (by_machine + by_person) * _while_hidden(evidence)
    return needs


def _box_words(evidence: Evidence, row: int, frame_index: int) -> str:
    box_xyxy = evidence.boxes_xyxy[row, frame_index]
    mask_xyxy = evidence.facts["box_xyxy"][row, frame_index].astype(np.float32)
    shared = shared_areas(box_xyxy, mask_xyxy)
    inside, covered = float(shared / areas(mask_xyxy)), float(shared / areas(box_xyxy))
    if inside < covered:
        return f"{1 - inside:.0%} of the mask lies beyond the box".replace("%", " %")
    return f"mask covers {covered:.0%} of the box".replace("%", " %")


def _no_mask_needs(evidence: Evidence) -> NDArray[np.floating]:
    nothing = ~evidence.has_mask & (evidence.facts["code"] == MaskCode.NONE)
    holds = evidence.boxes.present & ~evidence.boxes.occluded & nothing & evidence.facts["segmented"]
    return np.where(holds, 0.8, 0)


def _no_mask_words(evidence: Evidence, row: int, frame_index: int) -> str:
    return "box without a mask"


def _no_box_needs(evidence: Evidence) -> NDArray[np.floating]:
    return np.where(evidence.predicted & ~evidence.boxes.present, 0.6, 0)


def _no_box_words(evidence: Evidence, row: int, frame_index: int) -> str:
    return "mask without a box"


def _area_needs(evidence: Evidence) -> NDArray[np.floating]:
    area_px = evidence.facts["area_px"].astype(np.float32)
    before_px = np.asarray(_before(area_px), np.float32)
    box_px = areas(evidence.boxes_xyxy)
    by_box = np.nan_to_num(np.log2(np.maximum(box_px, 1) / np.maximum(_before(box_px), 1)))
    jump = np.abs(np.log2(np.maximum(area_px, 1) / np.maximum(before_px, 1)) - by_box)
    holds = evidence.predicted & (before_px > 0) & (np.abs(area_px - before_px) >= _MIN_JUMP_PX) & ~_is_return(evidence)
    needs: NDArray[np.floating] = np.where(holds, _ramp(jump, 0.6, 2.0), 0) * _while_hidden(evidence)
    return needs


def _area_words(evidence: Evidence, row: int, frame_index: int) -> str:
    area_px = evidence.facts["area_px"]
    return f"area jumps from {area_px[row, frame_index - 1]} to {area_px[row, frame_index]} px"


def _place_needs(evidence: Evidence) -> NDArray[np.floating]:
    expected = evidence.box_motion_overlap
    lost = np.where(np.isnan(expected), 0.7, expected) - evidence.facts["overlap_before"]
    needs = np.where(evidence.predicted & ~_is_return(evidence), _ramp(lost, 0.3, 0.8), 0)
    found: NDArray[np.floating] = 0.8 * needs * _while_hidden(evidence)
    return found


def _place_words(evidence: Evidence, row: int, frame_index: int) -> str:
    overlap = float(evidence.facts["overlap_before"][row, frame_index])
    return f"overlaps its mask a frame ago by only {overlap:.0%}".replace("%", " %")


def _came_needs(evidence: Evidence) -> NDArray[np.floating]:
    return np.where(evidence.predicted, _ramp(evidence.facts["came_share"], 0.4, 0.9), 0)


def _came_words(evidence: Evidence, row: int, frame_index: int) -> str:
    return f"was track {evidence.facts['came_id'][row, frame_index]}'s place a frame ago"


def _gone_needs(evidence: Evidence) -> NDArray[np.floating]:
    holds = evidence.boxes.present & ~evidence.by_person
    needs = np.where(holds, _ramp(evidence.facts["gone_share"], 0.4, 0.9), 0)
    found: NDArray[np.floating] = 0.9 * needs * _while_hidden(evidence)
    return found


def _gone_words(evidence: Evidence, row: int, frame_index: int) -> str:
    return f"track {evidence.facts['gone_id'][row, frame_index]} is now where it was a frame ago"


def _score_needs(evidence: Evidence) -> NDArray[np.floating]:
    return 0.9 * np.where(evidence.predicted, _ramp(evidence.facts["score"], 0.9, 0.7), 0)


def _score_words(evidence: Evidence, row: int, frame_index: int) -> str:
    return f"low confidence {evidence.facts['score'][row, frame_index]:.2f}"


def _touching_needs(evidence: Evidence) -> NDArray[np.floating]:
    return 0.4 * np.where(evidence.predicted, _ramp(evidence.facts["touching_share"], 0.2, 0.6), 0)


def _touching_words(evidence: Evidence, row: int, frame_index: int) -> str:
    facts = evidence.facts[row, frame_index]
    return f"{facts['touching_share']:.0%} of its outline touches track {facts['touched_id']}".replace("%", " %")


REASONS = (
    Reason(_box_needs, _box_words),
    Reason(_no_mask_needs, _no_mask_words),
    Reason(_no_box_needs, _no_box_words),
    Reason(_came_needs, _came_words, is_change=True),
    Reason(_gone_needs, _gone_words, is_change=True),
    Reason(_area_needs, _area_words, is_change=True),
    Reason(_place_needs, _place_words, is_change=True),
    Reason(_score_needs, _score_words),
    Reason(_touching_needs, _touching_words),
)
"""All of them; where two speak as loud, the one that stands first is said first."""

SAID_FROM = 0.15
"""A reason that speaks for less than this is not worth a word."""


def _together(by_reason: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, T) of (R, N, T)."""
    found: NDArray[np.float32] = 1 - np.prod(1 - by_reason, axis=0)
    return found


def _blame_on_before(needs: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, T): how much more the frame before needs a look than this one, so that a change between them is its doing."""
    blame = np.zeros_like(needs)
    blame[:, 1:] = np.clip(needs[:, :-1] - needs[:, 1:], 0, 1)
    return blame


@dataclass(frozen=True, eq=False)
class Needs:
    """How much N tracks need a look in T frames; where a person has approved, not at all.

    Attributes:
        by_reason: (R, N, T) float32, in the order of `REASONS`.
        total: (N, T) float32, 0 to 1: all reasons together, as chances of a mistake that are independent.
    """

    by_reason: NDArray[np.float32]
    total: NDArray[np.float32]

    @classmethod
    def of(cls, evidence: Evidence) -> "Needs":
        """What the evidence says."""
        open_ones = ~evidence.verified
        by_reason = np.stack([np.asarray(reason.needs(evidence) * open_ones, np.float32) for reason in REASONS])
        is_change = np.array([reason.is_change for reason in REASONS])
        by_reason[is_change] *= 1 - _blame_on_before(_together(by_reason[~is_change]))
        return cls(by_reason, _together(by_reason))

    def words(self, evidence: Evidence, row: int, frame_index: int) -> tuple[str, ...]:
        """What speaks for a look at one mask, the strongest first."""
        needs = self.by_reason[:, row, frame_index]
        order = np.argsort(-needs, kind="stable").tolist()
        return tuple(REASONS[place].words(evidence, row, frame_index) for place in order if needs[place] >= SAID_FROM)
