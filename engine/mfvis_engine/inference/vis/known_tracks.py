"""What was found in a video whose boxes are known: which found track is which known one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.annotation import DenseBoxes
from mfvis_engine.errors import MfvisError
from mfvis_engine.inference.vis.found import FoundTrack, VisFrame
from mfvis_engine.inference.vis.label_image import KeptTrack
from mfvis_engine.inference.vis.similarity import assign
from mfvis_engine.models.crops import mask_limit, tight_box
from mfvis_engine.project.free_ids import free_ids


class KnownTracksError(MfvisError):
    """Found tracks and known ones are not of one video."""


class FoundBoxes(Protocol):
    """The boxes of one frame's objects, such as a `VisFrame`'s or a `SpooledFrame`'s."""

    @property
    def frame_index(self) -> int:
        """From 0."""

    @property
    def track_numbers(self) -> NDArray[np.int64]:
        """(M,) int64."""

    @property
    def boxes_xyxy(self) -> NDArray[np.float32]:
        """(M, 4) float32."""


_Placed = tuple[int, int, NDArray[np.bool_]]
"""Id, row in the frame, mask (H, W)."""


@dataclass(frozen=True)
class KnownTrackSettings:
    """When a found track is a known one.

    Attributes:
        min_box_iou: Mean IoU of their boxes, at the least.
        class_weight: Of the agreement of the classes beside that IoU, where the model has a class of that name.
    """

    min_box_iou: float = 0.3
    class_weight: float = 0.2


@dataclass(frozen=True)
class Claim:
    """A found track that is a known one.

    Attributes:
        row: Of the known track in its boxes.
        track_number: Of the found one.
    """

    row: int
    track_number: int


@dataclass(frozen=True)
class KnownMatches:
    """Which found track is which known one.

    A known track may be found in pieces. Of the claims on one row, the first that is seen in a frame is it there.

    Attributes:
        boxes: The known tracks.
        claims: The best of each known track first, then those found on a known track besides.
        new_numbers: Found tracks that are none of them; they get ids that no known track has, in this order.
    """

    boxes: DenseBoxes
    claims: tuple[Claim, ...]
    new_numbers: tuple[int, ...]

    def new_id(self, track_number: int) -> int:
        """The id of a new track."""
        return self._new_ids[track_number]

    @cached_property
    def _new_ids(self) -> Mapping[int, int]:
        ids = free_ids(set(self.boxes.track_ids.tolist()), len(self.new_numbers))
        return dict(zip(self.new_numbers, ids, strict=True))

    def kept(self, tracks: Iterable[FoundTrack], min_new_score: float) -> tuple[KeptTrack, ...]:
        """The tracks of `apply_known`'s frames that label images show: the known, and new ones that are sure enough."""
        score = {track.track_number: track.score for track in tracks}
        best: dict[int, float] = {}
        for claim in self.claims:
            track_id = int(self.boxes.track_ids[claim.row])
            best[track_id] = max(best.get(track_id, 0.0), score[claim.track_number])
        sure = [number for number in self.new_numbers if score[number] >= min_new_score]
        best |= {self.new_id(number): score[number] for number in sure}
        return tuple(KeptTrack(track_id, track_id, value) for track_id, value in best.items())


def match_known(
    frames: Iterable[FoundBoxes],
    tracks: Sequence[FoundTrack],
    boxes: DenseBoxes,
    class_names: Sequence[str],
    settings: KnownTrackSettings | None = None,
) -> KnownMatches:
    """Gives each known track the found one that lies on it: Hungarian, by the mean box IoU over the known one's frames.

    A found track that is nobody's, but lies on a known one over its own frames, is a piece of that one.

    Args:
        frames: Of the whole video, in any order.
        tracks: Found in it.
        boxes: The N known tracks.
        class_names: The K classes that the found tracks' scores are of.
        settings: What is enough.

    Raises:
        KnownTracksError: A frame lies outside the known tracks' video.
    """
    settings = settings or KnownTrackSettings()
    overlap = _overlaps(frames, tracks, boxes)
    over_known = overlap / np.maximum(boxes.present.sum(1), 1)[:, None]
    over_found = overlap / np.asarray([track.frame_count for track in tracks], np.float64)
    similarity = _with_classes(over_known, tracks, boxes, class_names, settings.class_weight)
    similarity[over_known < settings.min_box_iou] = -1
    claims = [Claim(row, tracks[column].track_number) for row, column in assign(similarity, 0.0)]
    claimed, new = {claim.track_number for claim in claims}, []
    for column, track in enumerate(tracks):
        if track.track_number in claimed:
            continue
        if len(over_found) and over_found[:, column].max() >= settings.min_box_iou:
            claims.append(Claim(int(over_found[:, column].argmax()), track.track_number))
        else:
            new.append(track.track_number)
    return KnownMatches(boxes, tuple(claims), tuple(new))


def apply_known(frame: VisFrame, matches: KnownMatches) -> VisFrame:
    """A frame whose track numbers are ids of the known tracks, their masks clipped to the boxes, and of the new ones.

    A known track that is absent from the frame, or was not found in it, has no mask.

    Args:
        frame: As it was predicted.
        matches: Of its video.
    """
    placed = [*_known_masks(frame, matches), *_new_masks(frame, matches)]
    masks = np.stack([mask for _, _, mask in placed]) if placed else frame.masks[:0]
    return VisFrame(
        frame_index=frame.frame_index,
        track_numbers=np.asarray([track_id for track_id, _, _ in placed], np.int64),
        masks=masks,
        scores=frame.scores[[row for _, row, _ in placed]],
        boxes_xyxy=np.asarray([tight_box(mask) for mask in masks], np.float32).reshape(-1, 4),
    )


def box_iou(one_xyxy: NDArray[np.floating], other_xyxy: NDArray[np.floating]) -> NDArray[np.float64]:
    """IoU (N, M) of boxes (N, 4) and (M, 4); 0 for a box of NaN."""
    one, other = one_xyxy.astype(np.float64)[:, None], other_xyxy.astype(np.float64)[None]
    sides = np.minimum(one[..., 2:], other[..., 2:]) - np.maximum(one[..., :2], other[..., :2])
    shared = np.maximum(sides, 0).prod(-1)
    area = [(boxes[..., 2:] - boxes[..., :2]).prod(-1) for boxes in (one, other)]
    return np.asarray(np.nan_to_num(shared / np.maximum(area[0] + area[1] - shared, 1e-12)), np.float64)


def _known_masks(frame: VisFrame, matches: KnownMatches) -> Iterator[_Placed]:
    """Of the known tracks that were found in the frame and are there, each once."""
    boxes, at = matches.boxes, frame.frame_index
    present, given = boxes.present[:, at], boxes.given[:, at]
    row_of = {number: row for row, number in enumerate(frame.track_numbers.tolist())}
    done: set[int] = set()
    for claim in matches.claims:
        row = row_of.get(claim.track_number)
        if row is None or claim.row in done or not present[claim.row]:
            continue
        limit = mask_limit(boxes.boxes_xyxy[claim.row, at], exact=bool(given[claim.row]))
        clipped = _clipped(frame.masks[row], limit)
        if clipped.any():
            done.add(claim.row)
            yield int(boxes.track_ids[claim.row]), row, clipped


def _new_masks(frame: VisFrame, matches: KnownMatches) -> Iterator[_Placed]:
    for row, number in enumerate(frame.track_numbers.tolist()):
        if number in matches.new_numbers:
            yield matches.new_id(number), row, frame.masks[row]


def _overlaps(frames: Iterable[FoundBoxes], tracks: Sequence[FoundTrack], boxes: DenseBoxes) -> NDArray[np.float64]:
    """(N, M) sums of the box IoU over all frames."""
    column_of = {track.track_number: column for column, track in enumerate(tracks)}
    total = np.zeros((len(boxes.track_ids), len(tracks)))
    for frame in frames:
        if frame.frame_index >= boxes.length:
            raise KnownTracksError(
                f"Frame {frame.frame_index} was predicted, but boxes are known for {boxes.length} frames. "
                f"Predict the video that the boxes belong to."
            )
        rows = [row for row, number in enumerate(frame.track_numbers.tolist()) if number in column_of]
        columns = [column_of[int(frame.track_numbers[row])] for row in rows]
        total[:, columns] += box_iou(boxes.boxes_xyxy[:, frame.frame_index], frame.boxes_xyxy[rows])
    return total


def _with_classes(
    box_similarity: NDArray[np.float64],
    tracks: Sequence[FoundTrack],
    boxes: DenseBoxes,
    class_names: Sequence[str],
    weight: float,
) -> NDArray[np.float64]:
    """Box IoU, with the found tracks' part of their best score that is the known class's where the model has it."""
    similarity = box_similarity.copy()
    for row, category in enumerate(boxes.categories):
        if category in class_names and tracks:
            index = list(class_names).index(category)
            agreement = np.asarray([track.class_scores[index] / max(track.score, 1e-12) for track in tracks])
            similarity[row] = (1 - weight) * box_similarity[row] + weight * agreement
    return similarity


def _clipped(mask: NDArray[np.bool_], limit_xyxy: NDArray[np.float64]) -> NDArray[np.bool_]:
    """The pixels whose centres lie in the limit."""
    x0, y0, x1, y1 = (max(0, int(edge)) for edge in np.rint(limit_xyxy))
    clipped = np.zeros_like(mask)
    clipped[y0:y1, x0:x1] = mask[y0:y1, x0:x1]
    return clipped
