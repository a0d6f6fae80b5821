"""A walk through the masks of a file before they are taken: do they fit the video, and what boxes are around them?"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mfvis_engine.annotation import Annotations, BoxXyxy, Keyframe, KeyframeOrigin, Track
from mfvis_engine.formats.errors import FormatError
from mfvis_engine.formats.label_images import Labels

TOLERANCE_PX = 0.5
"""How far the edge of a box may lie from the straight line that stands for it."""

VideoShape: TypeAlias = tuple[int, int, int]
"""(frames, height, width) of a video."""


@dataclass(frozen=True, eq=False)
class MaskSurvey:
    """The masks of a file.

    Attributes:
        frame_count: How many frames the file has masks for, empty ones counted.
        track_ids: (M,) int64, the label of each mask.
        frames: (M,) int64, its frame, ascending.
        boxes_xyxy: (M, 4) int64, the tight box around it, in pixel edges.
    """

    frame_count: int
    track_ids: NDArray[np.int64]
    frames: NDArray[np.int64]
    boxes_xyxy: NDArray[np.int64]

    def tracks(self, category_of: Callable[[int], str], *, bridge_gaps: bool = False) -> Annotations:
        """Tracks whose boxes are those of the masks to half a pixel, with few keyframes.

        Args:
            category_of: Gives the category of a track id.
            bridge_gaps: Interpolate over frames without a mask instead of taking the object to be outside in them.
        """
        tracks = []
        for track_id in np.unique(self.track_ids).tolist():
            is_own = self.track_ids == track_id
            keyframes = _keyframes(self.frames[is_own], self.boxes_xyxy[is_own], bridge_gaps=bridge_gaps)
            tracks.append(Track(track_id, category_of(track_id), keyframes))
        return Annotations(tuple(tracks))


def survey_masks(label_masks: Iterable[Labels]) -> MaskSurvey:
    """Walk through masks, frame by frame; raises what reading them raises.

    Args:
        label_masks: Frames of (H, W) track ids, 0 for background.
    """
    rows = [np.zeros((0, 6), np.int64)]
    frame_count = 0
    for frame_index, labels in enumerate(label_masks):
        rows.append(_rows(frame_index, labels))
        frame_count += 1
    table = np.concatenate(rows)
    return MaskSurvey(frame_count, table[:, 0], table[:, 1], table[:, 2:])


def fitting(path: Path, label_masks: Iterable[Labels], shape: VideoShape) -> Iterator[Labels]:
    """The masks as they come, or FormatError at the first that does not fit a video of (frames, height, width)."""
    for frame_index, labels in enumerate(label_masks):
        if frame_index >= shape[0]:
            raise FormatError(
                f"{path.name} has masks for more frames than the video's {shape[0]}: were they made for another video?"
            )
        height, width = labels.shape
        check_size(path, height, width, shape)
        yield labels


def check_size(path: Path, height: int, width: int, shape: VideoShape) -> None:
    """FormatError where masks of (height, width) do not fit a video of (frames, height, width)."""
    if (height, width) != shape[1:]:
        raise FormatError(
            f"{path.name} has masks of {height} x {width} (height x width), but the video is {shape[1]} x {shape[2]}: "
            f"make them at the video's size"
        )


def keyframe_places(
    frames: NDArray[np.integer], boxes_xyxy: NDArray[np.integer], tolerance_px: float = TOLERANCE_PX
) -> NDArray[np.intp]:
    """Which of a track's boxes must be keyframes for straight lines between them to stand for all others.

    Ramer, Douglas and Peucker: the box farthest from the line between two keyframes becomes one, until none is too far.

    Args:
        frames: (N,) ascending, N at least 1.
        boxes_xyxy: (N, 4).
        tolerance_px: The farthest an edge may lie from its line.

    Returns:
        (K,) ascending, the first and the last among them.
    """
    places = {0, len(frames) - 1}
    spans = [(0, len(frames) - 1)]
    while spans:
        first, last = spans.pop()
        if last - first < 2:
            continue
        inner = slice(first + 1, last)
        way = (frames[inner] - frames[first]) / (frames[last] - frames[first])
        line = boxes_xyxy[first] + way[:, None] * (boxes_xyxy[last] - boxes_xyxy[first])
        distance = np.abs(boxes_xyxy[inner] - line).max(axis=1)
        farthest = int(distance.argmax())
        if distance[farthest] > tolerance_px:
            middle = first + 1 + farthest
            places.add(middle)
            spans += [(first, middle), (middle, last)]
    return np.array(sorted(places), np.intp)


def _rows(frame_index: int, labels: Labels) -> NDArray[np.int64]:
    """(n, 6) of track id, frame, x0, y0, x1, y1 for the masks of a frame."""
    found = enumerate(ndimage.find_objects(labels), start=1)
    rows = [
        (track_id, frame_index, place[1].start, place[0].start, place[1].stop, place[0].stop)
        for track_id, place in found
        if place is not None
    ]
    return np.array(rows, np.int64).reshape(-1, 6)


def _keyframes(frames: NDArray[np.int64], boxes_xyxy: NDArray[np.int64], *, bridge_gaps: bool) -> tuple[Keyframe, ...]:
    """Keyframes of one track, thinned within each stretch without a gap."""
    starts = [0, *(np.flatnonzero(np.diff(frames) > 1) + 1).tolist(), len(frames)]
    keyframes: list[Keyframe] = []
    for start, stop in pairwise(starts):
        if keyframes and not bridge_gaps:
            last = keyframes[-1]
            keyframes.append(replace(last, frame_index=last.frame_index + 1, outside=True))
        places = keyframe_places(frames[start:stop], boxes_xyxy[start:stop]) + start
        keyframes += map(_keyframe, frames[places].tolist(), boxes_xyxy[places].tolist())
    return tuple(keyframes)


def _keyframe(frame_index: int, box_xyxy: BoxXyxy) -> Keyframe:
    return Keyframe(frame_index, box_xyxy, origin=KeyframeOrigin.IMPORTED)
