"""Objects as the network sees them: crops of three frames, the box, and the boxes beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.models.crops import CropWindow, box_coverage
from mfvis_engine.models.prompt import DRAWN_VALUE, GUESSED_VALUE, colour_prior


@dataclass(frozen=True)
class PromptedCrops:
    """B objects, each seen through its own window.

    Attributes:
        crops_rgb: (B, 3, S, S, 3) uint8, previous, middle and next frame.
        inside: (B, S, S) float32, how much of a pixel the object's box covers.
        beside: (B, S, S) float32, the same for the boxes of other tracks.
        drawn: (B,) bool, whether the box is exact rather than a guess between keyframes.
    """

    crops_rgb: NDArray[np.uint8]
    inside: NDArray[np.float32]
    beside: NDArray[np.float32]
    drawn: NDArray[np.bool_]

    @classmethod
    def join(cls, parts: Sequence[PromptedCrops]) -> PromptedCrops:
        """All parts, one after the other."""
        return cls(
            np.concatenate([part.crops_rgb for part in parts]),
            np.concatenate([part.inside for part in parts]),
            np.concatenate([part.beside for part in parts]),
            np.concatenate([part.drawn for part in parts]),
        )

    def __len__(self) -> int:
        return len(self.crops_rgb)

    def __getitem__(self, some: slice) -> PromptedCrops:
        return PromptedCrops(self.crops_rgb[some], self.inside[some], self.beside[some], self.drawn[some])

    def prompts(self, object_weight: NDArray[np.float32]) -> NDArray[np.float32]:
        """Prompt channels (B, 3, S, S), the colour prior taken from `object_weight` (B, S, S) in 0..1."""
        value = np.where(self.drawn, DRAWN_VALUE, GUESSED_VALUE).astype(np.float32)[:, None, None]
        prior = [colour_prior(crops[1], weight) for crops, weight in zip(self.crops_rgb, object_weight, strict=True)]
        return np.stack([self.inside * value, self.beside, np.stack(prior)], axis=1)


@dataclass(frozen=True)
class FrameBoxes:
    """The boxes of all N tracks in one frame.

    Attributes:
        boxes_xyxy: (N, 4) in pixels of the frame, NaN where a track is absent.
        drawn: (N,) bool.
    """

    boxes_xyxy: NDArray[np.floating]
    drawn: NDArray[np.bool_]

    @property
    def present(self) -> NDArray[np.bool_]:
        """(N,) bool."""
        return np.asarray(np.isfinite(self.boxes_xyxy[:, 0]))

    def coverage(self, row: int, window: CropWindow, size: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Inside (size, size) and beside (size, size) of track `row` seen through a window."""
        covered = self.present
        own = box_coverage(window.box_to_crop(self.boxes_xyxy[[row]], size), size)[0] if covered[row] else None
        covered[row] = False
        others = box_coverage(window.box_to_crop(self.boxes_xyxy[covered], size), size)
        inside = np.zeros((size, size), np.float32) if own is None else own
        return inside, np.asarray(others.max(0, initial=0.0), np.float32)


def read_crops(
    frames_rgb: Sequence[NDArray[np.uint8]],
    boxes: FrameBoxes,
    rows: Sequence[int],
    windows: Sequence[CropWindow],
    size: int,
) -> PromptedCrops:
    """Crops of some tracks of one frame.

    Args:
        frames_rgb: Three frames (H, W, 3): previous, middle, next.
        boxes: The boxes of the middle frame.
        rows: Which tracks, B of them.
        windows: Their windows.
        size: Side of the crops.
    """
    if not rows:
        empty = np.empty((0, size, size), np.float32)
        return PromptedCrops(np.empty((0, 3, size, size, 3), np.uint8), empty, empty, np.empty(0, np.bool_))
    crops = np.stack([[window.read(frame, size) for frame in frames_rgb] for window in windows])
    inside, beside = zip(*(boxes.coverage(row, w, size) for row, w in zip(rows, windows, strict=True)), strict=True)
    return PromptedCrops(crops, np.stack(inside), np.stack(beside), boxes.drawn[list(rows)])
