"""What was found in a video as YouTube-VIS results."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mfvis_engine.formats.coco_vis import CocoVisResult
from mfvis_engine.formats.rle import Rle
from mfvis_engine.inference.vis.found import FoundTrack
from mfvis_engine.inference.vis.spool import SpooledFrame

RESULTS_OF_VIDEO = 10
"""The released code's."""


def youtube_vis_results(
    frames: Iterable[SpooledFrame],
    tracks: Sequence[FoundTrack],
    *,
    video_id: int,
    length: int,
    category_ids: Sequence[int],
    count: int = RESULTS_OF_VIDEO,
) -> tuple[CocoVisResult, ...]:
    """The `count` best pairs of track and class, the best first; a track may answer with several classes.

    Args:
        frames: Of the video, in any order.
        tracks: Its tracks.
        video_id: The video's, in the ground truth.
        length: Frames of the video.
        category_ids: The K classes', in the ground truth.
        count: Results at the most.
    """
    pairs = sorted(
        (-float(score), track.track_number, index) for track in tracks for index, score in enumerate(track.class_scores)
    )[:count]
    masks: dict[int, list[Rle | None]] = {number: [None] * length for _, number, _ in pairs}
    for frame in frames:
        for number, code in zip(frame.track_numbers.tolist(), frame.codes, strict=True):
            if number in masks:
                masks[number][frame.frame_index] = code
    return tuple(
        CocoVisResult(video_id, category_ids[index], -less, tuple(masks[number])) for less, number, index in pairs
    )
