"""What the YouTube-VIS evaluator compares: tracks of masks, true and found."""

from __future__ import annotations

from dataclasses import dataclass

from mfvis_engine.metrics.run_lengths import RunLengths


@dataclass(frozen=True)
class Video:
    """A video's size: `length` frames of `height` x `width` pixels."""

    video_id: int
    height: int
    width: int
    length: int


@dataclass(frozen=True)
class TruthTrack:
    """One object of the ground truth.

    Attributes:
        annotation_id: from 1.
        video_id: the video it is in.
        category_id: its category.
        is_crowd: it may be matched by any number of results, and none of them counts.
        mean_area: pixels, the mean of the file's `areas` over the frames where they are neither null nor 0.
        masks: one per frame of the video, None where the object is absent.
    """

    annotation_id: int
    video_id: int
    category_id: int
    is_crowd: bool
    mean_area: float
    masks: tuple[RunLengths | None, ...]


@dataclass(frozen=True)
class ResultTrack:
    """One object found.

    Attributes:
        video_id: the video it is in.
        category_id: its category.
        score: confidence, any scale; larger is surer.
        mean_area: pixels, the mean over the frames where the mask is not empty.
        masks: one per frame of the video, None where the object is absent.
    """

    video_id: int
    category_id: int
    score: float
    mean_area: float
    masks: tuple[RunLengths | None, ...]


@dataclass(frozen=True)
class GroundTruth:
    """All that is true: videos, the categories that count, and the tracks in file order."""

    videos: tuple[Video, ...]
    category_ids: tuple[int, ...]
    tracks: tuple[TruthTrack, ...]
