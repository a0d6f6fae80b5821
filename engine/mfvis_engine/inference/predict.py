"""Masks for every frame of a video whose boxes are known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from mfvis_engine.annotation import BoxOrigin, DenseBoxes
from mfvis_engine.inference.paste import FrameCanvas
from mfvis_engine.models.box_prompted import PromptedNet
from mfvis_engine.models.crops import CropWindow
from mfvis_engine.models.device import Device
from mfvis_engine.models.prompted import FrameBoxes, PromptedCrops, read_crops
from mfvis_engine.models.segment import segment_crops
from mfvis_engine.training.tubes import GUESS_MARGIN, enlarged
from mfvis_engine.video import VideoSource

#: Frames segmented together; bounds memory and fills the network's batches.
_FRAMES_AT_ONCE = 8


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
    net: PromptedNet, video: VideoSource, boxes: DenseBoxes, device: Device, frames: range | None = None
) -> Iterator[FrameMasks]:
    """Masks of the frames, in order; memory does not grow with their number.

    Args:
        net: On `device`.
        video: T frames.
        boxes: Boxes of N tracks in T frames.
        device: Where the network is.
        frames: Which frames; all of them if not given.
    """
    wanted = range(video.length) if frames is None else frames
    for start in range(0, len(wanted), _FRAMES_AT_ONCE):
        yield from _predict_frames(net, video, boxes, device, wanted[start : start + _FRAMES_AT_ONCE])


def _predict_frames(
    net: PromptedNet, video: VideoSource, boxes: DenseBoxes, device: Device, frames: range
) -> Iterator[FrameMasks]:
    views = [_FrameView.read(video, boxes, t, net.crop_size) for t in frames]
    logits = segment_crops(net, _joined([view.crops for view in views]), device)
    start = 0
    for view in views:
        yield view.masks(logits[start : start + len(view.rows)], boxes, video.height, video.width)
        start += len(view.rows)


@dataclass(frozen=True)
class _FrameView:
    """The tracks present in one frame, their windows and crops."""

    frame_index: int
    rows: tuple[int, ...]
    windows: tuple[CropWindow, ...]
    crops: PromptedCrops

    @classmethod
    def read(cls, video: VideoSource, boxes: DenseBoxes, t: int, size: int) -> _FrameView:
        frame_boxes = FrameBoxes(boxes.boxes_xyxy[:, t], boxes.origin[:, t] == BoxOrigin.DRAWN)
        rows = tuple(int(row) for row in np.flatnonzero(frame_boxes.present))
        windows = tuple(CropWindow.around(boxes.boxes_xyxy[[row], t]) for row in rows)
        frames = [video.frame(min(max(i, 0), video.length - 1)) for i in (t - 1, t, t + 1)] if rows else []
        return cls(t, rows, windows, read_crops(frames, frame_boxes, rows, windows, size))

    def masks(self, logits: NDArray[np.float32], boxes: DenseBoxes, height: int, width: int) -> FrameMasks:
        canvas = FrameCanvas.empty(height, width)
        for mask_logits, row, window, drawn in zip(logits, self.rows, self.windows, self.crops.drawn, strict=True):
            box = boxes.boxes_xyxy[[row], self.frame_index]
            limit = enlarged(box, 0.0 if drawn else GUESS_MARGIN)[0]
            canvas.paste(mask_logits, window, limit, int(boxes.track_ids[row]))
        return FrameMasks(self.frame_index, canvas.labels, _scores(canvas, boxes.track_ids))


def _scores(canvas: FrameCanvas, track_ids: NDArray[np.int64]) -> NDArray[np.float32]:
    """Mean probability of each track's pixels."""
    labelled = canvas.labels > 0
    labels = canvas.labels[labelled]
    probability = expit(canvas.best_logit[labelled])
    longest = int(track_ids.max(initial=0)) + 1
    total = np.bincount(labels, probability, minlength=longest)[track_ids]
    count = np.bincount(labels, minlength=longest)[track_ids]
    return np.asarray(total / np.maximum(count, 1), np.float32)


def _joined(parts: list[PromptedCrops]) -> PromptedCrops:
    return PromptedCrops(
        np.concatenate([part.crops_rgb for part in parts]),
        np.concatenate([part.inside for part in parts]),
        np.concatenate([part.beside for part in parts]),
        np.concatenate([part.drawn for part in parts]),
    )
