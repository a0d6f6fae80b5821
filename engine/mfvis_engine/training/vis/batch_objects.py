"""The objects of all clips of a batch, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import torch
from torch import Tensor
from torch.nn import functional as F

from mfvis_engine.losses import LOSS_STRIDE
from mfvis_engine.training.vis.box_rasters import BoxRasters
from mfvis_engine.training.vis.clips import ClipBatch, ClipTargets


@dataclass(frozen=True)
class BatchObjects:
    """M objects of B clips of T frames, in the order of their clips.

    Attributes:
        counts: Of each clip; their sum is M.
        clip_index: (M,) int64.
        class_index: (M,) int64.
        present: (M, T) bool.
        has_mask: (M, T) bool; only where present.
        boxes: (M, T) rectangles on the grid of the losses, empty where the object is absent.
        masks: (M, T, H, W) uint8 of the size of the frames, 0 where there is none; None where no clip has any.
    """

    counts: tuple[int, ...]
    clip_index: Tensor
    class_index: Tensor
    present: Tensor
    has_mask: Tensor
    boxes: BoxRasters
    masks: Tensor | None

    @classmethod
    def of(cls, batch: ClipBatch) -> BatchObjects:
        """Those of a batch."""
        height, width = batch.frames_rgb.shape[-2:]
        targets = batch.targets
        counts = tuple(len(one.class_index) for one in targets)
        present = torch.cat([one.present for one in targets])
        boxes = torch.cat([one.boxes_xyxy for one in targets])
        return cls(
            counts,
            torch.tensor(
                [clip for clip, count in enumerate(counts) for _ in range(count)], device=present.device
            ).long(),
            torch.cat([one.class_index for one in targets]),
            present,
            torch.cat([one.has_mask for one in targets]),
            BoxRasters.of_boxes(boxes, present, (height // LOSS_STRIDE, width // LOSS_STRIDE)),
            _masks(targets, (height, width)),
        )

    @property
    def boxed(self) -> Tensor:
        """(M, T) bool: known by a box and by no mask."""
        return self.present & ~self.has_mask

    @property
    def clips(self) -> tuple[slice, ...]:
        """Where the objects of each clip are."""
        ends = tuple(accumulate(self.counts))
        return tuple(slice(end - count, end) for end, count in zip(ends, self.counts, strict=True))

    @property
    def grid_masks(self) -> Tensor | None:
        """(M, T, h, w) float32, the share of each grid pixel that the mask covers; None where there are no masks."""
        return None if self.masks is None else F.avg_pool2d(self.masks.float(), LOSS_STRIDE)

    def select(self, kept: Sequence[Sequence[int]]) -> BatchObjects:
        """Some objects of each clip, by their index within it."""
        index = torch.tensor(
            [clip.start + place for clip, places in zip(self.clips, kept, strict=True) for place in places],
            dtype=torch.int64,
            device=self.clip_index.device,
        )
        names = ("clip_index", "class_index", "present", "has_mask")
        tensors = {name: getattr(self, name)[index] for name in names}
        masks = None if self.masks is None else self.masks[index]
        return replace(
            self, counts=tuple(len(places) for places in kept), boxes=self.boxes[index], masks=masks, **tensors
        )


def _masks(targets: Sequence[ClipTargets], size_hw: tuple[int, int]) -> Tensor | None:
    if not any(one.masks.numel() for one in targets):
        return None
    return torch.cat(
        [one.masks if one.masks.numel() else one.masks.new_zeros((*one.present.shape, *size_hw)) for one in targets]
    )
