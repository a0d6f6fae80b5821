"""YouTube-VIS AP of a model on synthetic videos."""

from collections.abc import Iterator

import numpy as np

from mfvis_engine.inference.vis import MaskSpool, VisInferenceSettings, predict_tracks, youtube_vis_results
from mfvis_engine.metrics import (
    GroundTruth,
    ResultTrack,
    RunLengths,
    TruthTrack,
    Video,
    YoutubeVisScores,
    evaluate_youtube_vis,
)
from mfvis_engine.models.device import Device
from mfvis_engine.models.video_mask2former import VideoMask2Former
from mfvis_engine.training.synthetic_videos import CLASS_NAMES, SyntheticVideo
from mfvis_engine.video import ArrayVideo


def score(
    model: VideoMask2Former, videos: tuple[SyntheticVideo, ...], settings: VisInferenceSettings, device: Device
) -> YoutubeVisScores:
    """The scores of a model on videos."""
    return evaluate_youtube_vis(_truth(videos), tuple(_results(model, videos, settings, device)))


def _truth(videos: tuple[SyntheticVideo, ...]) -> GroundTruth:
    described, tracks = [], []
    for video_id, video in enumerate(videos, start=1):
        length, height, width = video.labels.shape
        described.append(Video(video_id, height, width, length))
        for row, masks in enumerate(video.masks):
            shown = video.present[row]
            coded = tuple(RunLengths.from_mask(mask) if seen else None for mask, seen in zip(masks, shown, strict=True))
            area = float(np.mean(masks[shown].sum((1, 2))))
            category_id = int(video.class_index[row]) + 1
            tracks.append(TruthTrack(len(tracks) + 1, video_id, category_id, False, area, coded))
    return GroundTruth(tuple(described), tuple(range(1, len(CLASS_NAMES) + 1)), tuple(tracks))


def _results(
    model: VideoMask2Former, videos: tuple[SyntheticVideo, ...], settings: VisInferenceSettings, device: Device
) -> Iterator[ResultTrack]:
    category_ids = range(1, len(CLASS_NAMES) + 1)
    for video_id, video in enumerate(videos, start=1):
        with MaskSpool() as spool:
            prediction = predict_tracks(model, ArrayVideo(video.frames_rgb), settings, device)
            for frame in prediction:
                spool.append(frame)
            found = youtube_vis_results(
                spool,
                prediction.tracks,
                video_id=video_id,
                length=len(video.frames_rgb),
                category_ids=category_ids,
            )
        for result in found:
            masks = tuple(code and RunLengths(code.height, code.width, code.counts) for code in result.masks)
            areas = [mask.area for mask in masks if mask is not None and mask.area]
            if areas:
                yield ResultTrack(video_id, result.category_id, result.score, float(np.mean(areas)), masks)
