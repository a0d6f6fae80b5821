"""Synthetic videos as videos to train from."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.training.synthetic_videos.materials import Split, Textures
from mfvis_engine.training.synthetic_videos.silhouettes import CLASS_NAMES
from mfvis_engine.training.synthetic_videos.video import SyntheticVideo, SyntheticVideoSettings, make_video
from mfvis_engine.training.vis.labelled_video import LabelledSet, LabelledVideo


def labelled_set(
    settings: SyntheticVideoSettings, seed: int, count: int, *, with_masks: bool, split: Split = Split.TRAIN
) -> LabelledSet:
    """Videos 0 to `count` - 1 in memory, about 1.2 MB each as they are by default.

    Args:
        settings: What the videos are like.
        seed: From 0.
        count: How many.
        with_masks: Whether the masks may be learned from; otherwise only the boxes.
        split: Which of the two sorts of videos.
    """
    textures = Textures.of(split)
    videos = (make_video(settings, textures, seed, index) for index in range(count))
    return LabelledSet(CLASS_NAMES, tuple(labelled_video(video, with_masks=with_masks) for video in videos))


def labelled_video(video: SyntheticVideo, *, with_masks: bool) -> LabelledVideo:
    """A video with its boxes, and masks if wanted; all frames are annotated."""
    present = video.present

    def read_frame(frame_index: int) -> NDArray[np.uint8]:
        frame: NDArray[np.uint8] = video.frames_rgb[frame_index]
        return frame

    def read_masks(frame_index: int) -> Mapping[int, NDArray[np.bool_]]:
        rows = np.flatnonzero(present[:, frame_index]) if with_masks else ()
        return {int(row): video.labels[frame_index] == row + 1 for row in rows}

    length, height, width = video.labels.shape
    return LabelledVideo(
        name=video.name,
        size_hw=(height, width),
        read_frame=read_frame,
        class_index=video.class_index,
        boxes_xyxy=video.boxes_xyxy,
        annotated=np.ones(length, np.bool_),
        read_masks=read_masks,
    )
