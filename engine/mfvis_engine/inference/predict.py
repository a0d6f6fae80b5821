"""Masks for every frame of a video whose boxes are known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from mfvis_engine.annotation import DenseBoxes
from mfvis_engine.inference.paste import FrameCanvas
from mfvis_engine.inference.views import FrameView, segment_frames
from mfvis_engine.models.box_prompted import PromptedNet
from mfvis_engine.models.crops import mask_limit
from mfvis_engine.models.device import Device
from mfvis_engine.video import VideoSource


@dataclass(frozen=True)
class FrameMasks:
    """The masks of one frame.

    Attributes:
        frame_index: From 0.
        labels: (H, W) uint16 track ids, 0 background.
        scores: (N,) float32 in the order of the boxes' tracks: mean probability over the mask, 0 where it is empty.
    """

    frame_index: int
    labels: NDArray[np.uint16]
    scores: NDArray[np.float32]


def predict_video(
    net: PromptedNet, video: VideoSource, boxes: DenseBoxes, device: Device, frames: Sequence[int] | None = None
) -> Iterator[FrameMasks]:
    """Masks of the frames, in order; memory does not grow with their number.

    Args:
        net: On `device`.
        video: T frames.
        boxes: Boxes of N tracks in T frames.
        device: Where the network is.
        frames: Which frames, in which order; all of them, ascending, if not given.
    """
    wanted = range(video.length) if frames is None else frames
    for view, logits in segment_frames(net, video, boxes, wanted, device):
        yield _masks(view, logits, boxes, video)


def _masks(view: FrameView, logits: NDArray[np.float32], boxes: DenseBoxes, video: VideoSource) -> FrameMasks:
    canvas = FrameCanvas.empty(video.height, video.width)
    for mask_logits, row, window, drawn in zip(logits, view.rows, view.windows, view.crops.drawn, strict=True):
        limit = mask_limit(boxes.boxes_xyxy[row, view.frame_index], exact=bool(drawn))
        canvas.paste(mask_logits, window, limit, int(boxes.track_ids[row]))
    return FrameMasks(view.frame_index, canvas.labels, _scores(canvas, boxes.track_ids))


def _scores(canvas: FrameCanvas, track_ids: NDArray[np.int64]) -> NDArray[np.float32]:
    """Mean probability of each track's pixels."""
    labelled = canvas.labels > 0
    labels = canvas.labels[labelled]
    probability = expit(canvas.best_logit[labelled])
    longest = int(track_ids.max(initial=0)) + 1
    total = np.bincount(labels, probability, minlength=longest)[track_ids]
    count = np.bincount(labels, minlength=longest)[track_ids]
    return np.asarray(total / np.maximum(count, 1), np.float32)
