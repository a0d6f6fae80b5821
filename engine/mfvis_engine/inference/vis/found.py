"""What was found in a video: the masks of its frames, and its tracks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class VisFrame:
    """The M objects seen in one frame; their masks may overlap.

    Attributes:
        frame_index: From 0.
        track_numbers: (M,) int64, from 1.
        masks: (M, H, W) bool at the video's size, none empty.
        scores: (M,) float32, mean probability over the mask.
        boxes_xyxy: (M, 4) float32 in pixel edges, around the masks.
    """

    frame_index: int
    track_numbers: NDArray[np.int64]
    masks: NDArray[np.bool_]
    scores: NDArray[np.float32]
    boxes_xyxy: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class FoundTrack:
    """One object of a video.

    Attributes:
        track_number: From 1.
        class_index: The class of the best score.
        score: That score.
        class_scores: (K,) float32, the mean over the windows that it was found in.
        first_frame: Index of the first frame that it is seen in.
        last_frame: Index of the last.
        frame_count: Frames that it is seen in.
    """

    track_number: int
    class_index: int
    score: float
    class_scores: NDArray[np.float32]
    first_frame: int
    last_frame: int
    frame_count: int


def strong_tracks(tracks: Iterable[FoundTrack], min_score: float) -> tuple[FoundTrack, ...]:
    """The tracks with a score of at least `min_score`."""
    return tuple(track for track in tracks if track.score >= min_score)
