"""Taking masks over from a run or a file: never over what a person edited or verified."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from mfvis_engine.annotation.mask_frame import FrameChange, MaskFrame
from mfvis_engine.annotation.mask_patch import Labels, label_table, labels_in
from mfvis_engine.annotation.mask_state import MaskOrigin, MaskState


@dataclass(frozen=True)
class FramePlan:
    """Which labels of one frame a merge replaces, and which keep all of their pixels.

    Attributes:
        replaced_ids: Tracks of the merge whose masks in this frame give way, or are not there.
        protected_ids: Labels of this frame that are a person's work, of the merge's tracks or others.
    """

    replaced_ids: tuple[int, ...]
    protected_ids: tuple[int, ...]


def plan_frame(current: Labels, states: Mapping[int, MaskState], merged_ids: Iterable[int]) -> FramePlan:
    """Decides what a merge may replace in one frame.

    Pixels that nothing is recorded of are taken for a person's: predictions are recorded together with their
    pixels, so they cannot be a machine's.

    Args:
        current: (H, W) track ids, 0 for background.
        states: The recorded states of this frame, by track id.
        merged_ids: The tracks of the merge.
    """
    unrecorded = {label for label in labels_in(current) if label not in states}
    protected = unrecorded | {track_id for track_id, state in states.items() if state.protected}
    replaced = tuple(track_id for track_id in merged_ids if track_id not in protected)
    return FramePlan(replaced, tuple(sorted(protected)))


def merge_masks(current: Labels, proposal: Labels, plan: FramePlan) -> Labels:
    """Puts the proposals in the place of the replaced tracks' pixels.

    A proposal takes background, replaced tracks' pixels and those of other predictions; never a protected pixel.

    Args:
        current: (H, W) track ids, 0 for background.
        proposal: (H, W) track ids, 0 for background.
        plan: Which labels give way.

    Returns:
        (H, W) the frame after the merge.
    """
    replaced = label_table(plan.replaced_ids)
    protected = label_table(plan.protected_ids)
    cleared = np.where(replaced[current], np.uint16(0), current)
    taken = replaced[proposal] & ~protected[cleared]
    return np.where(taken, proposal, cleared)


def merged_frame(
    frame: MaskFrame,
    proposal: Labels,
    merged_ids: tuple[int, ...],
    *,
    origin: MaskOrigin,
    run_id: str | None = None,
) -> FrameChange:
    """The change that takes the masks of `merged_ids` over from `proposal`, where no person's work is in the way.

    A prediction is recorded just where it has pixels afterwards, be it one of this merge or an earlier one.

    Args:
        frame: As it stands.
        proposal: (H, W) track ids, 0 for background.
        merged_ids: The tracks whose masks are to be the proposal's.
        origin: What is recorded of them.
        run_id: The run they are from, if any.
    """
    plan = plan_frame(frame.labels, frame.states, merged_ids)
    labels = merge_masks(frame.labels, proposal, plan)
    before, after = set(labels_in(frame.labels)), set(labels_in(labels))
    states = frame.states | {i: MaskState(i, frame.frame_index, origin, run_id) for i in plan.replaced_ids}
    recorded = {i: state for i, state in states.items() if state.protected or i in after}
    written = tuple(track_id for track_id in plan.replaced_ids if track_id in before | after)
    skipped = tuple(track_id for track_id in merged_ids if track_id not in plan.replaced_ids)
    return frame.changed(recorded, labels, written_ids=written, skipped_ids=skipped)
