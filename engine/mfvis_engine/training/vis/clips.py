"""What a Video Mask2Former learns from: clips of a few frames with boxes, and masks where somebody made them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class ClipTargets:
    """N objects in the T frames of one clip.

    Attributes:
        class_index: (N,) int64, into the model's class names.
        boxes_xyxy: (N, T, 4) float32 in pixel edges of the clip's frames; 0 where the object is absent.
        present: (N, T) bool: the object has a box in the frame.
        masks: (N, T, H, W) uint8 of 0 and 1, at the size of the clip's frames; 0 where there is no mask.
            (N, T, 0, 0) where no object of the clip has one.
        has_mask: (N, T) bool: the object is known by its mask there; only where it is present.
    """

    class_index: Tensor
    boxes_xyxy: Tensor
    present: Tensor
    masks: Tensor
    has_mask: Tensor

    def to(self, device: torch.device) -> ClipTargets:
        """The same on a device."""
        return ClipTargets(*(value.to(device, non_blocking=True) for value in vars(self).values()))


@dataclass(frozen=True)
class Clip:
    """T frames of a video, cut and resized for training.

    Attributes:
        frames_rgb: (T, 3, H, W) uint8.
        targets: Its objects.
    """

    frames_rgb: Tensor
    targets: ClipTargets

    @property
    def size_hw(self) -> tuple[int, int]:
        """Height and width of the frames in pixels, before padding."""
        return int(self.frames_rgb.shape[-2]), int(self.frames_rgb.shape[-1])


@dataclass(frozen=True)
class ClipBatch:
    """B clips of one length, padded with zeros at the right and below to one size.

    Attributes:
        frames_rgb: (B, T, 3, H, W) uint8, H and W multiples of 32.
        sizes_hw: Of each clip before it was padded.
        targets: Of each clip; its masks are padded like the frames.
    """

    frames_rgb: Tensor
    sizes_hw: tuple[tuple[int, int], ...]
    targets: tuple[ClipTargets, ...]

    def to(self, device: torch.device) -> ClipBatch:
        """The same on a device."""
        targets = tuple(one.to(device) for one in self.targets)
        return ClipBatch(self.frames_rgb.to(device, non_blocking=True), self.sizes_hw, targets)
