"""An annotator who knows the true boxes and masks, and corrects what is worst, one thing at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.clips import Clip, annotate
from mfvis_engine.annotation import Annotations, DenseBoxes, Keyframe, interpolate
from mfvis_engine.jobs.proposals import FrameProposals
from mfvis_engine.metrics import region_similarity


@dataclass(frozen=True)
class Place:
    """A track in a frame, from 0."""

    track_id: int
    frame_index: int


@dataclass(frozen=True)
class Correction:
    """What was put right, and how far off it was: intersection over union with the truth, of box or mask."""

    place: Place
    iou_before: float


class Annotator:
    """Draws boxes and masks as they are in truth."""

    def __init__(self, clip: Clip) -> None:
        """Of this clip."""
        self._clip = clip
        self._boxes = interpolate(annotate(clip, 1), len(clip.masks))

    def first_boxes(self) -> Annotations:
        """Boxes where each track comes and goes, and no other."""
        return annotate(self._clip, len(self._clip.masks))

    def worst_box(self, annotations: Annotations) -> Correction:
        """Where a box between keyframes is farthest from the true one."""
        guess = interpolate(annotations, len(self._clip.masks))
        iou = np.where(self._boxes.present, box_iou(guess.boxes_xyxy, self._boxes.boxes_xyxy), np.inf)
        row, frame_index = np.unravel_index(int(iou.argmin()), iou.shape)
        place = Place(int(self._boxes.track_ids[row]), int(frame_index))
        return Correction(place, float(iou[row, frame_index]))

    def with_box(self, annotations: Annotations, place: Place) -> Annotations:
        """These annotations with the true box drawn in one more place."""
        track = annotations.track(place.track_id)
        return annotations.with_track(track.with_keyframe(Keyframe(place.frame_index, self._true_box(place))))

    def worst_mask(self, labels: NDArray[np.uint16]) -> Correction:
        """Where masks (T, H, W) have the most pixels that are wrong, missing ones counted."""
        truth, most, worst = self._clip.masks, -1, Place(0, 0)
        for track_id in self._clip.track_ids:
            wrong = np.count_nonzero((labels == track_id) != (truth == track_id), axis=(1, 2))
            if wrong.max() > most:
                most, worst = int(wrong.max()), Place(track_id, int(wrong.argmax()))
        found, true = labels[worst.frame_index], truth[worst.frame_index]
        return Correction(worst, float(region_similarity(found == worst.track_id, true == worst.track_id)))

    def true_mask(self, place: Place) -> FrameProposals:
        """The true mask of one track in one frame, as a person's."""
        labels = self._clip.masks[place.frame_index].astype(np.uint16)
        return FrameProposals.of(place.frame_index, labels, np.array([place.track_id]), np.ones(1, np.float32))

    def _true_box(self, place: Place) -> tuple[float, float, float, float]:
        x0, y0, x1, y1 = self._boxes.boxes_xyxy[row_of(self._boxes, place.track_id), place.frame_index].tolist()
        return x0, y0, x1, y1


def row_of(boxes: DenseBoxes, track_id: int) -> int:
    """The row of a track."""
    return int(np.flatnonzero(boxes.track_ids == track_id)[0])


def drawn_count(annotations: Annotations) -> int:
    """Boxes that were drawn; to say that a track has left takes none."""
    return sum(not keyframe.outside for track in annotations.tracks for keyframe in track.keyframes)


def box_iou(boxes_xyxy: NDArray[np.floating], others_xyxy: NDArray[np.floating]) -> NDArray[np.float64]:
    """Intersection over union of boxes (..., 4), pair by pair: (...); 0 where one is NaN."""
    upper_left = np.maximum(boxes_xyxy[..., :2], others_xyxy[..., :2])
    lower_right = np.minimum(boxes_xyxy[..., 2:], others_xyxy[..., 2:])
    common = (lower_right - upper_left).clip(0).prod(-1)
    areas = [(boxes[..., 2:] - boxes[..., :2]).prod(-1) for boxes in (boxes_xyxy, others_xyxy)]
    return np.nan_to_num(np.asarray(common / (areas[0] + areas[1] - common), np.float64))
