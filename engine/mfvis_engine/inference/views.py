"""The tracks of one frame, as the network sees them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.annotation import DenseBoxes
from mfvis_engine.models.box_prompted import PromptedNet
from mfvis_engine.models.crops import CropWindow
from mfvis_engine.models.device import Device
from mfvis_engine.models.prompted import FrameBoxes, PromptedCrops, read_crops
from mfvis_engine.models.segment import segment_crops
from mfvis_engine.video import VideoSource

#: Frames segmented together; bounds memory and fills the network's batches.
_FRAMES_AT_ONCE = 8


@dataclass(frozen=True)
class FrameView:
    """The tracks present in one frame.

    Attributes:
        frame_index: From 0.
        rows: Rows of the present tracks in the dense boxes.
        windows: Their crop windows.
        crops: Their crops, in the same order.
    """

    frame_index: int
    rows: tuple[int, ...]
    windows: tuple[CropWindow, ...]
    crops: PromptedCrops

    @classmethod
    def read(cls, video: VideoSource, boxes: DenseBoxes, t: int, size: int) -> FrameView:
        """Reads frame t and its neighbours; none where no track is present."""
        frame_boxes = FrameBoxes(boxes.boxes_xyxy[:, t], boxes.given[:, t])
        rows = tuple(int(row) for row in np.flatnonzero(frame_boxes.present))
        windows = tuple(CropWindow.around(boxes.boxes_xyxy[[row], t]) for row in rows)
        frames = [video.frame(min(max(i, 0), video.length - 1)) for i in (t - 1, t, t + 1)] if rows else []
        return cls(t, rows, windows, read_crops(frames, frame_boxes, rows, windows, size))


def segment_frames(
    net: PromptedNet, video: VideoSource, boxes: DenseBoxes, frames: Sequence[int], device: Device
) -> Iterator[tuple[FrameView, NDArray[np.float32]]]:
    """Each frame's view with the mask logits (B, S, S) of its B tracks, in order; some frames are held at a time."""
    for start in range(0, len(frames), _FRAMES_AT_ONCE):
        some = frames[start : start + _FRAMES_AT_ONCE]
        views = [FrameView.read(video, boxes, t, net.crop_size) for t in some]
        logits = segment_crops(net, PromptedCrops.join([view.crops for view in views]), device)
        ends = np.cumsum([len(view.rows) for view in views])
        yield from zip(views, np.split(logits, ends[:-1]), strict=True)
