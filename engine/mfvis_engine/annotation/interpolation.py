"""From keyframes to a box in every frame where the object is there."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.annotation.dense import BoxOrigin, DenseBoxes
from mfvis_engine.annotation.errors import InvalidFrameError
from mfvis_engine.annotation.tracks import Annotations, KeyframeOrigin, Track

BOX_ORIGINS = {
    KeyframeOrigin.DRAWN: BoxOrigin.DRAWN,
    KeyframeOrigin.INTERPOLATED: BoxOrigin.INTERPOLATED,
    KeyframeOrigin.IMPORTED: BoxOrigin.IMPORTED,
    KeyframeOrigin.PREDICTED: BoxOrigin.PREDICTED,
}
"""What a keyframe's origin is called in dense boxes."""


def interpolate(annotations: Annotations, length: int) -> DenseBoxes:
    """The boxes of every track in every frame.

    Between two keyframes the box moves on the straight line from one to the other. A keyframe with
    `outside` ends the presence: no box in its frame nor after it, until the next keyframe; on the way to it
    the box moves towards the box it holds. There is none before the first keyframe and none after the last.
    (CVAT, whose keyframes these are, lets the last box stand until the end of the video.)
    `occluded` holds from its keyframe until the next.

    Args:
        annotations: N tracks with any number of keyframes.
        length: T, the number of frames of the video.

    Returns:
        Boxes of shape (N, T, 4).

    Raises:
        InvalidFrameError: `length` is negative, or a keyframe lies past the end of the video.
    """
    if length < 0:
        raise InvalidFrameError(f"a video cannot have {length} frames: give 0 or more")
    for track in annotations.tracks:
        _check_fits(track, length)
    spans = _Spans.of(annotations, length)
    shape = (len(annotations.tracks), length)
    return DenseBoxes(
        track_ids=np.array(annotations.track_ids, dtype=np.int64),
        boxes_xyxy=spans.boxes_xyxy().reshape(*shape, 4),
        origin=spans.origin().reshape(shape),
        occluded=np.repeat(spans.occluded, spans.lengths).reshape(shape),
        categories=tuple(track.category for track in annotations.tracks),
    )


def _check_fits(track: Track, length: int) -> None:
    if track.keyframes and track.keyframes[-1].frame_index >= length:
        raise InvalidFrameError(
            f"track {track.track_id} has a keyframe in frame {track.keyframes[-1].frame_index}, but the "
            f"video has {length} frames, counted from 0: remove the keyframe, or open the video the boxes "
            f"were drawn on"
        )


@dataclass(frozen=True, eq=False)
class _Spans:
    """The N * T cells of all tracks, track after track, cut into S spans at the keyframes.

    A track gives a span without a box up to its first keyframe, one for each keyframe, and one without a
    box from the frame after the last keyframe. Spans may be empty. Dense arrays are then repeats of spans.
    """

    starts: NDArray[np.int64]  # (S,) first cell
    lengths: NDArray[np.int64]  # (S,) in frames
    has_box: NDArray[np.bool_]  # (S,)
    boxes_start: NDArray[np.float64]  # (S, 4), NaN where the span has no box
    boxes_step: NDArray[np.float64]  # (S, 4) per frame
    occluded: NDArray[np.bool_]  # (S,)
    origin_at_start: NDArray[np.uint8]  # (S,) of BoxOrigin

    @classmethod
    def of(cls, annotations: Annotations, length: int) -> "_Spans":
        no_box = (np.nan,) * 4
        starts, boxes, has_box, occluded, origins = [], [], [], [], []
        for row, track in enumerate(annotations.tracks):
            frames = [keyframe.frame_index for keyframe in track.keyframes]
            after_last = frames[-1] + 1 if frames else 0
            starts += [row * length + frame for frame in (0, *frames, after_last)]
            boxes += [no_box, *(keyframe.box_xyxy for keyframe in track.keyframes), no_box]
            has_box += [False, *(not keyframe.outside for keyframe in track.keyframes), False]
            occluded += [False, *(keyframe.occluded for keyframe in track.keyframes), False]
            origins += [0, *(BOX_ORIGINS[keyframe.origin] for keyframe in track.keyframes), 0]
        ends = np.array([*starts, len(annotations.tracks) * length], dtype=np.int64)
        lengths = np.diff(ends)
        keys_xyxy = np.array([*boxes, no_box], dtype=np.float64).reshape(-1, 4)
        step = np.diff(keys_xyxy, axis=0) / np.maximum(lengths, 1)[:, None]
        with_box = np.array(has_box, dtype=bool)
        return cls(
            starts=ends[:-1],
            lengths=lengths,
            has_box=with_box,
            boxes_start=np.where(with_box[:, None], keys_xyxy[:-1], np.nan),
            boxes_step=np.nan_to_num(step),
            occluded=np.array(occluded, dtype=bool) & with_box,
            origin_at_start=np.array(origins, dtype=np.uint8),
        )

    def boxes_xyxy(self) -> NDArray[np.float32]:
        """(N * T, 4) float32, rounded once: a keyframe put on the line changes no box by more than its last digit."""
        frames_since_start = np.arange(self.lengths.sum()) - np.repeat(self.starts, self.lengths)
        boxes_xyxy = np.repeat(self.boxes_step, self.lengths, axis=0)
        boxes_xyxy *= frames_since_start[:, None]
        boxes_xyxy += np.repeat(self.boxes_start, self.lengths, axis=0)
        return boxes_xyxy.astype(np.float32)

    def origin(self) -> NDArray[np.uint8]:
        """(N * T,) uint8 of `BoxOrigin`."""
        of_span = np.where(self.has_box, BoxOrigin.INTERPOLATED, BoxOrigin.ABSENT).astype(np.uint8)
        origin: NDArray[np.uint8] = np.repeat(of_span, self.lengths)
        origin[self.starts[self.has_box]] = self.origin_at_start[self.has_box]
        return origin
