"""The losses with masks: cross-entropy and Dice (Mask2Former)."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from mfvis_engine.training.vis.points import sample_at, uncertain_points


def mask_losses(mask_logits: Tensor, masks: Tensor, point_count: int | None) -> tuple[Tensor, Tensor]:
    """Mean cross-entropy and Dice of each predicted mask of a frame.

    Dice is 1 - (2 sum(pt) + 1) / (sum(p) + sum(t) + 1).

    Args:
        mask_logits: (heads, R, h, w) float32.
        masks: (R, H, W) uint8 of 0 and 1, H and W multiples of h and w.
        point_count: Points to measure in, for each head and mask its own; None for all pixels of the grid, where the
            mask is the share of a pixel that it covers.

    Returns:
        (heads, R) cross-entropy and (heads, R) Dice.
    """
    if point_count is None:
        scale = masks.shape[-1] // mask_logits.shape[-1]
        logits, target = (
            mask_logits.flatten(2),
            F.avg_pool2d(masks.float(), scale).flatten(1).expand(len(mask_logits), -1, -1),
        )
    else:
        logits, target = _at_points(mask_logits, masks, point_count)
    entropy = F.binary_cross_entropy_with_logits(logits, target, reduction="none").mean(-1)
    probability = logits.sigmoid()
    overlap, size = (probability * target).sum(-1), (probability + target).sum(-1)
    return entropy, 1 - (2 * overlap + 1) / (size + 1)


def _at_points(mask_logits: Tensor, masks: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Logits and masks, (heads, R, P)."""
    heads, rows = mask_logits.shape[:2]
    flat = mask_logits.flatten(0, 1)
    points = uncertain_points(flat.detach(), count)
    logits = sample_at(flat, points).view(heads, rows, count)
    # Each mask is brought to floating point once, and looked at for all heads.
    by_mask = points.view(heads, rows, count, 2).transpose(0, 1).flatten(1, 2)
    target = sample_at(masks.float(), by_mask).view(rows, heads, count)
    return logits, target.transpose(0, 1)
