"""What can be measured on the masks of one frame and the one before."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mfvis_engine.annotation.mask_patch import LABEL_COUNT, Labels

FACT = np.dtype(
    [
        ("area_px", np.int32),
        ("box_xyxy", np.int32, 4),
        ("overlap_before", np.float32),
        ("came_id", np.uint16),
        ("came_share", np.float32),
        ("gone_id", np.uint16),
        ("gone_share", np.float32),
        ("touching_share", np.float32),
        ("touched_id", np.uint16),
        ("code", np.uint8),
        ("score", np.float32),
        ("segmented", np.bool_),
    ]
)
"""The facts of one track in one frame; all 0 where there is nothing.

- `area_px`: pixels of the mask.  `box_xyxy`: the tight box around it, in pixel edges.
- `overlap_before`: intersection over union with the track's own mask in the frame before; NaN where one is missing.
- `came_id`, `came_share`: the other track that lay here a frame ago, and on which share of this mask; 0 where none lay
  on more of it than the track itself.
- `gone_id`, `gone_share`: the other track that lies now where this one lay a frame ago, and on which share of that; 0
  where none lies on more of it than the track itself.
- `touching_share`, `touched_id`: the share of its outline that borders on other tracks, and which one most.
- `code`: the `MaskCode`, with `VERIFIED_BIT`.  `score`: that of the run it is from; NaN where unknown.
- `segmented`: whether a run has looked for the track in this frame.
"""


@dataclass(frozen=True, eq=False)
class FrameFacts:
    """The facts of one frame, as far as its pixels tell them.

    Attributes:
        track_ids: (n,) int64 ascending: the tracks with a mask in this frame or the one before.
        facts: (n,) of `FACT`, without `code`, `score` and `segmented`.
    """

    track_ids: NDArray[np.int64]
    facts: NDArray[np.void]


def frame_facts(labels: Labels, before: Labels) -> FrameFacts:
    """Measures the masks of a frame.

    Args:
        labels: (H, W) track ids, 0 for background.
        before: The same of the frame before; all 0 for the first frame.
    """
    shared_px, track_ids = _shared_px(labels, before)
    facts = np.zeros(len(track_ids), FACT)
    facts["area_px"] = shared_px[:, 1:].sum(axis=0)
    facts["box_xyxy"] = _tight_boxes(labels, track_ids)
    _put_motion(facts, track_ids, shared_px)
    _put_contacts(facts, track_ids, labels)
    return FrameFacts(track_ids, facts)


def _shared_px(labels: Labels, before: Labels) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(n + 1, n + 1) pixels by track before and track now, background first; and the (n,) tracks."""
    now_px, then_px = _pixel_counts(labels), _pixel_counts(before)
    track_ids = np.flatnonzero((now_px + then_px)[1:]).astype(np.int64) + 1
    rows = np.zeros(LABEL_COUNT, np.int32)
    rows[track_ids] = np.arange(1, len(track_ids) + 1)
    side = len(track_ids) + 1
    changed = labels != before
    pairs = rows[before[changed]] * side + rows[labels[changed]]
    shared_px = np.bincount(pairs, minlength=side * side).reshape(side, side)
    unchanged_px = now_px[track_ids] - shared_px[:, 1:].sum(axis=0)
    shared_px[range(1, side), range(1, side)] = unchanged_px
    return shared_px, track_ids


def _pixel_counts(labels: Labels) -> NDArray[np.int64]:
    return np.bincount(labels.ravel(), minlength=LABEL_COUNT)


def _tight_boxes(labels: Labels, track_ids: NDArray[np.int64]) -> NDArray[np.int32]:
    boxes_xyxy = np.zeros((len(track_ids), 4), np.int32)
    places = ndimage.find_objects(labels)
    for row, track_id in enumerate(track_ids.tolist()):
        place = places[track_id - 1] if track_id <= len(places) else None
        if place is not None:
            boxes_xyxy[row] = place[1].start, place[0].start, place[1].stop, place[0].stop
    return boxes_xyxy


def _put_motion(facts: NDArray[np.void], track_ids: NDArray[np.int64], shared_px: NDArray[np.int64]) -> None:
    """Puts in how each mask lies to the masks of the frame before."""
    if not len(track_ids):
        return
    now_px, then_px = shared_px[:, 1:].sum(axis=0), shared_px[1:, :].sum(axis=1)
    inner = shared_px[1:, 1:]
    own_px = np.diagonal(inner)
    union_px = now_px + then_px - own_px
    in_both = (now_px > 0) & (then_px > 0)
    facts["overlap_before"] = np.where(in_both, own_px / np.maximum(union_px, 1), np.nan)
    others = inner * ~np.eye(len(track_ids), dtype=np.bool_)
    for name, table, whole_px in (("came", others.T, now_px), ("gone", others, then_px)):
        most = table.argmax(axis=1)
        most_px = table.max(axis=1)
        is_taken = (most_px > own_px) & (whole_px > 0)
        facts[f"{name}_id"] = np.where(is_taken, track_ids[most], 0)
        facts[f"{name}_share"] = np.where(is_taken, most_px / np.maximum(whole_px, 1), 0)


def _put_contacts(facts: NDArray[np.void], track_ids: NDArray[np.int64], labels: Labels) -> None:
    """Puts in where masks border on each other."""
    if not len(track_ids):
        return
    row_of = np.zeros(LABEL_COUNT, np.int32)
    row_of[track_ids] = np.arange(1, len(track_ids) + 1)
    side = len(track_ids) + 1
    edges = np.zeros((side, side), np.int64)
    for one, other in ((labels[1:], labels[:-1]), (labels[:, 1:], labels[:, :-1])):
        differs = one != other
        pairs = row_of[one[differs]] * side + row_of[other[differs]]
        edges += np.bincount(pairs, minlength=side * side).reshape(side, side)
    edges += edges.T
    outline = edges[1:].sum(axis=1)
    touching = edges[1:, 1:]
    facts["touching_share"] = touching.sum(axis=1) / np.maximum(outline, 1)
    facts["touched_id"] = np.where(touching.any(axis=1), track_ids[touching.argmax(axis=1)], 0)
