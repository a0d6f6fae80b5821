"""Masks at points between their pixels' centres, and which points to look at (PointRend, Mask2Former)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

OVERSAMPLING = 3
"""Random points looked at, per point that the loss is measured in."""
UNCERTAIN_SHARE = 0.75
"""Of the points, those taken where the model is least sure; the others are anywhere."""


def sample_at(maps: Tensor, points_xy: Tensor) -> Tensor:
    """Values between pixel centres, bilinear, zero outside.

    Args:
        maps: (R, h, w) floating.
        points_xy: (R, P, 2) in 0..1 of width and height, each map at points of its own.

    Returns:
        (R, P).
    """
    return F.grid_sample(maps[:, None], 2 * points_xy[:, None] - 1, align_corners=False)[:, 0, 0]


def sample_grid(maps: Tensor, points_xy: Tensor) -> Tensor:
    """(N, T, h, w) maps at the same points (P, 2): (N, T, P)."""
    if not len(maps):
        return maps.new_zeros((*maps.shape[:2], len(points_xy)))
    where = (2 * points_xy - 1)[None, None].expand(len(maps), -1, -1, -1)
    return F.grid_sample(maps, where, align_corners=False)[:, :, 0]


@torch.no_grad()
def uncertain_points(mask_logits: Tensor, count: int) -> Tensor:
    """Random points, most of them where the logits are nearest to 0.

    Args:
        mask_logits: (R, h, w).
        count: P.

    Returns:
        (R, P, 2) in 0..1 of width and height.
    """
    rows = len(mask_logits)
    anywhere = torch.rand((rows, OVERSAMPLING * count, 2), device=mask_logits.device)
    certainty = sample_at(mask_logits, anywhere).abs()
    uncertain_count = int(UNCERTAIN_SHARE * count)
    index = certainty.topk(uncertain_count, dim=1, largest=False).indices
    uncertain = anywhere.gather(1, index[..., None].expand(-1, -1, 2))
    others = torch.rand((rows, count - uncertain_count, 2), device=mask_logits.device)
    return torch.cat((uncertain, others), dim=1)
