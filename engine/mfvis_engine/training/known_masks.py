"""Masks that a person made or verified: supervision besides the boxes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.annotation import DenseBoxes
from mfvis_engine.models.crops import CropWindow, tight_box


@dataclass(frozen=True, eq=False)
class KnownMask:
    """The mask of one track in one frame, cut to its tight box.

    Attributes:
        track_id: The track.
        frame_index: From 0.
        left: Column of the frame where the cut begins.
        top: Row of the frame where it begins.
        mask: (h, w) bool; (0, 0) where the track has no pixel in the frame.
    """

    track_id: int
    frame_index: int
    left: int
    top: int
    mask: NDArray[np.bool_]

    @classmethod
    def cut(cls, track_id: int, frame_index: int, mask: NDArray[np.bool_]) -> KnownMask:
        """The mask (H, W) of a whole frame, cut."""
        box = tight_box(mask)
        if box is None:
            return cls(track_id, frame_index, 0, 0, np.zeros((0, 0), np.bool_))
        x0, y0, x1, y1 = box.astype(int).tolist()
        return cls(track_id, frame_index, x0, y0, mask[y0:y1, x0:x1].copy())

    @property
    def box_xyxy(self) -> tuple[float, float, float, float] | None:
        """The tight box in pixel edges; None where the mask is empty."""
        height, width = self.mask.shape
        if not self.mask.size:
            return None
        return float(self.left), float(self.top), float(self.left + width), float(self.top + height)

    def crop(self, window: CropWindow, size: int) -> NDArray[np.uint8]:
        """How much of each pixel of a crop (size, size) the mask covers, 0 to 255."""
        bordered = np.pad(self.mask.astype(np.uint8) * 255, 1)[..., None]
        x, y = self.left - 1, self.top - 1
        inner = CropWindow(window.x0 - x, window.y0 - y, window.x1 - x, window.y1 - y)
        return inner.read(bordered, size)[..., 0]


@dataclass(frozen=True, eq=False)
class KnownMasks:
    """Any number of known masks, the last one of a track and frame counting."""

    masks: tuple[KnownMask, ...] = ()

    def at(self, track_id: int, frame_index: int) -> KnownMask | None:
        """The mask of a track in a frame, or None."""
        return self._by_place.get((track_id, frame_index))

    def table(self, boxes: DenseBoxes) -> NDArray[np.bool_]:
        """(N, T) bool: the track has a box in the frame, and its mask is known there."""
        known = np.zeros(boxes.present.shape, np.bool_)
        for row, track_id in enumerate(boxes.track_ids.tolist()):
            frames = [mask.frame_index for mask in self.masks if mask.track_id == track_id]
            known[row, [t for t in frames if t < boxes.length]] = True
        return known & boxes.present

    def digest(self) -> str:
        """SHA-256 of places and pixels."""
        digest = hashlib.sha256()
        for _, known in sorted(self._by_place.items()):
            place = (known.track_id, known.frame_index, known.left, known.top, *known.mask.shape)
            digest.update(repr(place).encode())
            digest.update(np.packbits(known.mask).tobytes())
        return digest.hexdigest()

    @cached_property
    def _by_place(self) -> Mapping[tuple[int, int], KnownMask]:
        return {(mask.track_id, mask.frame_index): mask for mask in self.masks}


NO_MASKS = KnownMasks()
