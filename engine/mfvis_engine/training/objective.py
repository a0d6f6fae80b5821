"""The mask-free objective on crop tubes: projection + pairwise + TK-Loss + background outside the box + teacher.

Where a person made a mask, that mask takes the place of what is said of boxes and colours there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import torch
import torch.nn.functional as F
from torch import Tensor

from mfvis_engine.losses import (
    TubeMatches,
    color_similarity,
    match_tube,
    pairwise_loss,
    pool_to_loss_grid,
    projection_loss,
    rgb_to_lab,
    tk_loss,
)
from mfvis_engine.models.device import Device
from mfvis_engine.training.tubes import TubeSet

#: Crop pixels per pixel of the grid that the pairwise and temporal losses compare colours on.
CROP_LOSS_STRIDE = 2


@dataclass(frozen=True)
class LossWeights:
    """Weight of each term."""

    projection: float = 1.0
    pairwise: float = 0.5
    temporal: float = 0.5
    outside: float = 0.5
    teacher: float = 1.0
    masks: float = 1.0


@dataclass(frozen=True)
class LossTerms:
    """The unweighted terms, scalars."""

    projection: Tensor
    pairwise: Tensor
    temporal: Tensor
    outside: Tensor
    teacher: Tensor
    masks: Tensor

    def detach(self) -> LossTerms:
        """The same values without their history."""
        return LossTerms(*(getattr(self, field.name).detach() for field in fields(self)))

    def total(self, weights: LossWeights) -> Tensor:
        """The weighted sum."""
        return (
            weights.projection * self.projection
            + weights.pairwise * self.pairwise
            + weights.temporal * self.temporal
            + weights.outside * self.outside
            + weights.teacher * self.teacher
            + weights.masks * self.masks
        )


@dataclass(frozen=True)
class TubeTargets:
    """What the objective compares M tubes with; found once, used at every step.

    Attributes:
        similarity: (M, 3, 8, h, w) float16, colour likeness of neighbours on the loss grid.
        matches: M tubes' patch matches.
        allowed: (M, 3, S, S) bool, where the mask may be.
        drawn: (M, 3) bool.
        masks: (M, 3, S, S) uint8, coverage by a person's mask.
        known: (M, 3) bool, whether there is one.
    """

    similarity: Tensor
    matches: TubeMatches
    allowed: Tensor
    drawn: Tensor
    masks: Tensor
    known: Tensor

    @classmethod
    def of(cls, tubes: TubeSet, device: Device, heed: Callable[[], None] | None = None) -> TubeTargets:
        """Compares the colours of each tube's frames; `heed` is called at each tube."""
        similarity, matches = [], []
        for crops in torch.from_numpy(tubes.crops_rgb[:, 1:-1]):
            if heed:
                heed()
            frames = crops.to(device.torch_device).permute(0, 3, 1, 2)
            lab = rgb_to_lab(pool_to_loss_grid(frames, CROP_LOSS_STRIDE))
            similarity.append(color_similarity(lab).half())
            matches.append(match_tube(lab))
        arrays = (tubes.allowed, tubes.drawn, tubes.masks, tubes.known)
        return cls(
            torch.stack(similarity),
            TubeMatches.stack(matches),
            *(torch.from_numpy(array).to(device.torch_device) for array in arrays),
        )

    def select(self, index: Tensor) -> TubeTargets:
        """Some of the tubes, index (B,) int64."""
        offsets = self.matches.offset_index[index]
        some = TubeMatches(offsets, self.matches.pairs, self.matches.settings)
        rest = (tensor[index] for tensor in (self.allowed, self.drawn, self.masks, self.known))
        return TubeTargets(self.similarity[index], some, *rest)

    def losses(self, mask_logits: Tensor, teacher: Tensor) -> LossTerms:
        """All terms for these tubes.

        Args:
            mask_logits: (B, 3, S, S).
            teacher: (B, 3, S, S) probabilities from an earlier, averaged state of the network.
        """
        grid = F.avg_pool2d(mask_logits, CROP_LOSS_STRIDE)
        region = F.max_pool2d(self.allowed.float(), CROP_LOSS_STRIDE)
        guessed = ~self.known
        return LossTerms(
            projection=_drawn_projection(grid, region, self.drawn & guessed),
            pairwise=pairwise_loss(grid, self.similarity, region * guessed[..., None, None]),
            temporal=tk_loss(grid, self.matches, region.amax(1) > 0) / len(self.matches.pairs),
            outside=_outside(mask_logits, self.allowed),
            teacher=_follow_teacher(mask_logits, teacher, self.allowed),
            masks=_known_masks(mask_logits, self.masks, self.known),
        )


def _drawn_projection(grid: Tensor, region: Tensor, drawn: Tensor) -> Tensor:
    """Only a drawn box touches its object on four sides."""
    if not drawn.any():
        return grid.sum() * 0
    return projection_loss(grid[drawn], region[drawn])


def _outside(mask_logits: Tensor, allowed: Tensor) -> Tensor:
    """Mean cross-entropy against background where the mask cannot be."""
    background = ~allowed
    return (F.softplus(mask_logits) * background).sum() / background.sum().clamp(min=1)


def _follow_teacher(mask_logits: Tensor, teacher: Tensor, allowed: Tensor) -> Tensor:
    """Cross-entropy against the teacher inside the box, more where the teacher is sure (after BoxVIS)."""
    weight = (2 * teacher - 1).square() * allowed
    entropy = F.binary_cross_entropy_with_logits(mask_logits, teacher, reduction="none")
    return (weight * entropy).sum() / weight.sum().clamp(min=1)


def _known_masks(mask_logits: Tensor, masks: Tensor, known: Tensor) -> Tensor:
    """Mean cross-entropy and soft Dice against a person's masks, over the frames that have one."""
    if not known.any():
        return mask_logits.sum() * 0
    logits, target = mask_logits[known], masks[known].float() / 255
    probability = logits.sigmoid()
    overlap, size = (probability * target).sum((1, 2)), (probability + target).sum((1, 2))
    dice = 1 - (2 * overlap + 1) / (size + 1)
    return F.binary_cross_entropy_with_logits(logits, target) + dice.mean()


def centre_prior_loss(mask_logits: Tensor, allowed: Tensor) -> Tensor:
    """Mean cross-entropy against a soft ellipse in each box: object in the middle, background at the corners.

    Args:
        mask_logits: (B, 3, S, S).
        allowed: (B, 3, S, S) bool, the boxes.
    """
    size = mask_logits.shape[-1]
    position = torch.arange(size, device=mask_logits.device, dtype=torch.float32)
    down, across = (_centred(allowed.any(axis).float(), position) for axis in (-1, -2))
    radius2 = down[..., :, None].square() + across[..., None, :].square()
    target = torch.sigmoid(6 * (0.6 - radius2))
    entropy = F.binary_cross_entropy_with_logits(mask_logits, target, reduction="none")
    return (entropy * allowed).sum() / allowed.sum().clamp(min=1)


def _centred(covered: Tensor, position: Tensor) -> Tensor:
    """Positions (..., S) relative to the middle of the covered span, -1 and 1 at its ends."""
    count = covered.sum(-1, keepdim=True).clamp(min=1)
    middle = (covered * position).sum(-1, keepdim=True) / count
    return (position - middle) / (count / 2)
