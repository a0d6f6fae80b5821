"""What a project's masks cost a person, beside what polygons would have cost."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from mfvis_engine.annotation import Annotations, KeyframeOrigin, MaskState, Work, WorkKind
from mfvis_engine.annotation.mask_patch import labels_in
from mfvis_engine.project import MaskOrigin, Project
from mfvis_engine.report.published import BOX, POLYGON

REPAIRS = ("merge_tracks", "split_track", "swap_tracks", "end_track", "delete_here")
"""Verbs that put right who is who, and when."""

_GIVEN = (KeyframeOrigin.DRAWN, KeyframeOrigin.IMPORTED)
"""Origins of boxes that somebody drew, here or elsewhere."""


@dataclass(frozen=True)
class Spent:
    """A person's seconds on one kind of work.

    Attributes:
        recorded_seconds: As the project kept them, pauses cut off.
        unrecorded_count: Pieces of work of which no time was kept.
        estimated_seconds: What those took by published figures.
    """

    recorded_seconds: float
    unrecorded_count: int
    estimated_seconds: float

    @property
    def seconds(self) -> float:
        """Recorded and estimated together."""
        return self.recorded_seconds + self.estimated_seconds


@dataclass(frozen=True)
class CostReport:
    """A project in boxes, masks and seconds.

    Masks are pairs of track and frame that have a pixel.

    Attributes:
        name: Of the project.
        frame_count: Frames of the video.
        track_count: Tracks.
        keyframes_by_origin: How many boxes each origin has, outside marks left out.
        outside_count: Keyframes that say the object has left.
        masks_by_origin: How many masks each origin has.
        verified_count: Masks that a person has looked at and approved.
        repair_count: Tracks merged, split, swapped, ended, or taken out of a frame; not counting what was undone.
        boxes: Time on boxes; of those without a record, 7 s each.
        corrections: Time on editing masks; of those without a record, as long as a polygon each, which is the most a
            correction can reasonably take.
        review_seconds: Time on looking, recorded.
    """

    name: str
    frame_count: int
    track_count: int
    keyframes_by_origin: tuple[tuple[KeyframeOrigin, int], ...]
    outside_count: int
    masks_by_origin: tuple[tuple[MaskOrigin, int], ...]
    verified_count: int
    repair_count: int
    boxes: Spent
    corrections: Spent
    review_seconds: float

    @property
    def drawn_count(self) -> int:
        """Boxes that were drawn in this project."""
        return dict(self.keyframes_by_origin)[KeyframeOrigin.DRAWN]

    @property
    def given_count(self) -> int:
        """Boxes that somebody drew, here or elsewhere."""
        return sum(count for origin, count in self.keyframes_by_origin if origin in _GIVEN)

    @property
    def corrected_count(self) -> int:
        """Masks that a person edited."""
        return dict(self.masks_by_origin)[MaskOrigin.EDITED]

    @property
    def mask_count(self) -> int:
        """All masks."""
        return sum(count for _, count in self.masks_by_origin)

    @property
    def obtained_count(self) -> int:
        """Masks that the boxes gave, corrected or not; imported ones are left out."""
        counts = dict(self.masks_by_origin)
        return counts[MaskOrigin.PREDICTED] + counts[MaskOrigin.EDITED]

    @property
    def seconds(self) -> float:
        """What a person spent, as far as it is known or can be estimated."""
        return self.boxes.seconds + self.corrections.seconds + self.review_seconds

    @property
    def estimated_seconds(self) -> float:
        """The part of `seconds` that is an estimate."""
        return self.boxes.estimated_seconds + self.corrections.estimated_seconds

    @property
    def polygon_seconds(self) -> float:
        """What drawing the obtained masks as polygons would have taken."""
        return self.obtained_count * POLYGON.seconds

    @property
    def ratio(self) -> float | None:
        """How many times as long polygons would have taken; None where there are no masks, or no time was spent."""
        return self.polygon_seconds / self.seconds if self.obtained_count and self.seconds else None


def cost_report(project: Project) -> CostReport:
    """Counts a project's boxes, masks and seconds; reads every frame of its masks once.

    Raises:
        ProjectDamagedError: A frame of masks, or a row of the log or of the work, cannot be read.
    """
    annotations, work = project.annotations(), project.work()
    masks = tuple(_masks(project))
    return CostReport(
        name=project.name,
        frame_count=project.length,
        track_count=len(annotations.tracks),
        keyframes_by_origin=_keyframes_by_origin(annotations),
        outside_count=sum(keyframe.outside for track in annotations.tracks for keyframe in track.keyframes),
        masks_by_origin=_masks_by_origin(masks),
        verified_count=sum(state.verified for state in masks),
        repair_count=sum(entry.verb in REPAIRS and not entry.undone for entry in project.log()),
        boxes=_spent(work, WorkKind.BOX, _given_boxes(annotations), BOX.seconds),
        corrections=_spent(work, WorkKind.MASK, _edited_masks(masks), POLYGON.seconds),
        review_seconds=sum(one.active_seconds for one in work if one.kind is WorkKind.REVIEW),
    )


def _masks(project: Project) -> Iterator[MaskState]:
    """The recorded states of the masks that have a pixel."""
    states = project.mask_states()
    shown: dict[int, frozenset[int]] = {}
    for frame_index in sorted({state.frame_index for state in states}):
        shown[frame_index] = frozenset(labels_in(project.read_masks(frame_index)))
    return (state for state in states if state.track_id in shown[state.frame_index])


def _keyframes_by_origin(annotations: Annotations) -> tuple[tuple[KeyframeOrigin, int], ...]:
    counts = Counter(
        keyframe.origin for track in annotations.tracks for keyframe in track.keyframes if not keyframe.outside
    )
    return tuple((origin, counts[origin]) for origin in KeyframeOrigin)


def _masks_by_origin(masks: tuple[MaskState, ...]) -> tuple[tuple[MaskOrigin, int], ...]:
    counts = Counter(state.origin for state in masks)
    return tuple((origin, counts[origin]) for origin in MaskOrigin if origin is not MaskOrigin.NONE)


def _given_boxes(annotations: Annotations) -> set[tuple[int, int]]:
    """Track and frame of every box that somebody drew."""
    return {
        (track.track_id, keyframe.frame_index)
        for track in annotations.tracks
        for keyframe in track.keyframes
        if keyframe.origin in _GIVEN and not keyframe.outside
    }


def _edited_masks(masks: tuple[MaskState, ...]) -> set[tuple[int, int]]:
    """Track and frame of every mask that a person edited."""
    return {(state.track_id, state.frame_index) for state in masks if state.origin is MaskOrigin.EDITED}


def _spent(work: tuple[Work, ...], kind: WorkKind, pieces: set[tuple[int, int]], seconds_each: float) -> Spent:
    recorded = [one for one in work if one.kind is kind]
    unrecorded = pieces - {(one.track_id, one.frame_index) for one in recorded}
    return Spent(
        sum(one.active_seconds for one in recorded),
        len(unrecorded),
        len(unrecorded) * seconds_each,
    )
