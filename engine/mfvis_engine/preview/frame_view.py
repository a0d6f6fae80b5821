"""What there is to show of one frame."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.annotation import BoxOrigin, BoxXyxy, DenseBoxes


@dataclass(frozen=True)
class ShownBox:
    """A track's box in one frame.

    Attributes:
        track_id: Its track.
        box_xyxy: In pixel edges of the frame.
        is_drawn: A person drew it in this frame; otherwise it is interpolated.
    """

    track_id: int
    box_xyxy: BoxXyxy
    is_drawn: bool


@dataclass(frozen=True, eq=False)
class FrameView:
    """One frame with its masks and boxes.

    Attributes:
        frame_index: From 0.
        pixels: (H, W, 3) uint8 RGB.
        labels: (H, W) uint16 track ids, 0 for background.
        boxes: Of the tracks that have a box in this frame.
    """

    frame_index: int
    pixels: NDArray[np.uint8]
    labels: NDArray[np.uint16]
    boxes: tuple[ShownBox, ...] = ()

    @classmethod
    def of(
        cls, frame_index: int, pixels: NDArray[np.uint8], labels: NDArray[np.uint16], dense_boxes: DenseBoxes
    ) -> "FrameView":
        """A frame with its boxes out of those of all frames."""
        origin = dense_boxes.origin[:, frame_index]
        rows = np.flatnonzero(origin != BoxOrigin.ABSENT)
        boxes = dense_boxes.boxes_xyxy[rows, frame_index].tolist()
        shown = tuple(
            ShownBox(int(dense_boxes.track_ids[row]), (x0, y0, x1, y1), bool(origin[row] != BoxOrigin.INTERPOLATED))
            for row, (x0, y0, x1, y1) in zip(rows, boxes, strict=True)
        )
        return cls(frame_index, pixels, labels, shown)
