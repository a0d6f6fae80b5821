"""Merging a run into the masks: never over what a person edited or verified."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.annotation import UnknownTrackError
from mfvis_engine.project.arrays import LABEL_COUNT, ZarrArray, label_table
from mfvis_engine.project.database import Database, MaskOrigin, MaskState
from mfvis_engine.project.runs import Run


@dataclass(frozen=True, eq=False)
class MergeReport:
    """What a merge did.

    Attributes:
        run_id: the run that was merged.
        written: (W, 2) int64 rows (track_id, frame_index): their masks are now the run's.
        skipped: (S, 2) int64 rows (track_id, frame_index): kept, as a person's work.
        unannotated_track_ids: tracks of the run that are not annotated any more; they were left out.
    """

    run_id: str
    written: NDArray[np.int64]
    skipped: NDArray[np.int64]
    unannotated_track_ids: tuple[int, ...]


@dataclass(frozen=True)
class FramePlan:
    """Which labels of one frame a merge replaces, and which keep all of their pixels.

    Attributes:
        replaced_ids: tracks of the merge whose masks in this frame are predictions or not there.
        protected_ids: labels of this frame that are a person's work, of the merge's tracks or others.
    """

    replaced_ids: tuple[int, ...]
    protected_ids: tuple[int, ...]


def merge_run(
    run: Run,
    masks: ZarrArray,
    database: Database,
    track_ids: Iterable[int] | None = None,
    frames: Iterable[int] | None = None,
) -> MergeReport:
    """Writes a run's proposals into `masks`; see `Project.merge_run`."""
    chosen = _chosen_tracks(run, track_ids)
    annotated = set(database.annotations().track_ids)
    merged = tuple(track_id for track_id in chosen if track_id in annotated)
    frame_indices = run.frames_done().tolist() if frames is None else sorted(set(map(int, frames)))
    written: list[tuple[int, int]] = []
    skipped: list[tuple[int, int]] = []
    for frame_index in frame_indices:
        plan = _merge_frame(run, masks, database, merged, frame_index)
        written += [(track_id, frame_index) for track_id in plan.replaced_ids]
        skipped += [(track_id, frame_index) for track_id in merged if track_id not in plan.replaced_ids]
    return MergeReport(run.run_id, _pairs(written), _pairs(skipped), tuple(i for i in chosen if i not in annotated))


def plan_frame(current: NDArray[np.uint16], states: Iterable[MaskState], merged_ids: Iterable[int]) -> FramePlan:
    """Decides what a merge may replace in one frame.

    Pixels that nothing is recorded of are taken for a person's: predictions are recorded before they are
    written, so they cannot be a machine's.

    Args:
        current: (H, W) track ids, 0 for background.
        states: the recorded states of this frame.
        merged_ids: the tracks of the merge.
    """
    origins = {state.track_id: state.origin for state in states}
    present = np.flatnonzero(np.bincount(current.ravel(), minlength=LABEL_COUNT)[1:]) + 1
    unrecorded = {label for label in present.tolist() if label not in origins}
    protected = unrecorded | {i for i, origin in origins.items() if origin is not MaskOrigin.PREDICTED}
    replaced = tuple(track_id for track_id in merged_ids if track_id not in protected)
    return FramePlan(replaced, tuple(sorted(protected)))


def merge_masks(current: NDArray[np.uint16], proposal: NDArray[np.uint16], plan: FramePlan) -> NDArray[np.uint16]:
    """Puts the proposals in the place of the replaced tracks' pixels.

    A proposal takes background, replaced tracks' pixels and those of other predictions; never a protected
    pixel.

    Args:
        current: (H, W) track ids, 0 for background.
        proposal: (H, W) track ids, 0 for background.
        plan: which labels give way.

    Returns:
        (H, W) the frame after the merge.
    """
    replaced = label_table(plan.replaced_ids)
    protected = label_table(plan.protected_ids)
    cleared = np.where(replaced[current], np.uint16(0), current)
    taken = replaced[proposal] & ~protected[cleared]
    return np.where(taken, proposal, cleared)


def _merge_frame(
    run: Run, masks: ZarrArray, database: Database, merged_ids: tuple[int, ...], frame_index: int
) -> FramePlan:
    proposal = run.read_masks(frame_index)
    current = np.asarray(masks[frame_index], np.uint16)
    plan = plan_frame(current, database.mask_states(frame_index), merged_ids)
    # Recorded before it is written: a crash between the two must not make a prediction look like a person's
    # work, and nothing of a person's is at stake in these masks.
    database.record_mask_states(
        MaskState(track_id, frame_index, MaskOrigin.PREDICTED, run.run_id) for track_id in plan.replaced_ids
    )
    result = merge_masks(current, proposal, plan)
    if not np.array_equal(result, current):
        masks[frame_index] = result
    return plan


def _chosen_tracks(run: Run, track_ids: Iterable[int] | None) -> tuple[int, ...]:
    known = run.info.track_ids
    chosen = known if track_ids is None else tuple(sorted(set(track_ids)))
    unknown = [track_id for track_id in chosen if track_id not in known]
    if unknown:
        raise UnknownTrackError(
            f"Run {run.run_id} has no proposals for the tracks {unknown}; its tracks are {list(known)}."
        )
    return chosen


def _pairs(rows: list[tuple[int, int]]) -> NDArray[np.int64]:
    return np.array(rows, np.int64).reshape(-1, 2)
