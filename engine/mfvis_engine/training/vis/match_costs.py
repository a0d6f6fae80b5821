"""What it costs that a query answers for an object, (..., Q, N), without a tensor of queries x objects x pixels."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from mfvis_engine.losses import Shadows
from mfvis_engine.losses.projection import EPSILON
from mfvis_engine.training.vis.box_rasters import BoxRasters
from mfvis_engine.training.vis.points import sample_grid


def class_cost(class_logits: Tensor, class_index: Tensor) -> Tensor:
    """-p[class].

    Args:
        class_logits: (..., Q, K + 1).
        class_index: (N,) int64.
    """
    return -class_logits.float().softmax(-1)[..., class_index]


def rectangle_cost(predicted: BoxRasters, boxes: BoxRasters, points_xy: Tensor | None = None) -> Tensor:
    """Dice over a clip of the rectangles around the predicted masks with the boxes (MaskFreeVIS, released code).

    1 - (2 sum(pg) + 1) / (sum(p) + sum(g) + 1), the sums over frames and pixels.

    Args:
        predicted: (..., Q, T) rectangles.
        boxes: (N, T) rectangles.
        points_xy: (P, 2) in 0..1, to sum over these points of each frame; None sums over all pixels of the grid.
    """
    if points_xy is not None:
        return _dice_at_points(predicted.sampled(points_xy), boxes.sampled(points_xy))
    across = torch.einsum("...qtw,ntw->...qnt", predicted.columns, boxes.columns)
    down = torch.einsum("...qth,nth->...qnt", predicted.rows, boxes.rows)
    sizes = predicted.area.sum(-1)[..., None] + boxes.area.sum(-1)
    return _dice((across * down).sum(-1), sizes)


def projection_cost(shadows: Shadows, boxes: BoxRasters, present: Tensor) -> Tensor:
    """The projection loss, the mean over the frames that the object is in.

    Args:
        shadows: (..., Q, T) of the mask logits.
        boxes: (N, T) rectangles.
        present: (N, T) bool.
    """
    loss = _shadow_dice(shadows.columns, boxes.columns) + _shadow_dice(shadows.rows, boxes.rows)
    return (loss * present).sum(-1) / present.sum(-1).clamp(min=1)


def mask_costs(mask_logits: Tensor, masks: Tensor, has_mask: Tensor, points_xy: Tensor | None) -> tuple[Tensor, Tensor]:
    """Cross-entropy and Dice with masks, over the frames that have one (Mask2Former).

    Args:
        mask_logits: (Q, T, h, w).
        masks: (N, T, h, w) float in 0..1, 0 where there is none.
        has_mask: (N, T) bool.
        points_xy: (P, 2) in 0..1, to sum over these points of each frame; None sums over all pixels of the grid.

    Returns:
        (Q, N) the mean cross-entropy and (Q, N) the Dice; meaningless for objects without a mask.
    """
    logits = mask_logits.float()
    if points_xy is None:
        logits, masks = logits.flatten(2), masks.flatten(2)
    else:
        logits, masks = sample_grid(logits, points_xy), sample_grid(masks, points_xy)
    known = has_mask.T.to(logits.dtype)
    # Cross-entropy is softplus(x) - x t, so two products of matrices serve all pairs.
    entropy = F.softplus(logits).sum(-1) @ known - torch.einsum("qtp,ntp->qn", logits, masks)
    probability = logits.sigmoid()
    overlap = torch.einsum("qtp,ntp->qn", probability, masks)
    sizes = probability.sum(-1) @ known + masks.sum((1, 2))
    return entropy / (known.sum(0) * logits.shape[-1]).clamp(min=1), _dice(overlap, sizes)


def _shadow_dice(shadow_logits: Tensor, box: Tensor) -> Tensor:
    shadow = shadow_logits.sigmoid()
    overlap = torch.einsum("...qtw,ntw->...qnt", shadow, box)
    sizes = shadow.square().sum(-1)[..., None, :] + box.square().sum(-1)
    return 1 - 2 * overlap / (sizes + EPSILON)


def _dice_at_points(predicted: Tensor, boxes: Tensor) -> Tensor:
    predicted, boxes = predicted.flatten(-2), boxes.flatten(-2)
    return _dice(predicted @ boxes.T, predicted.sum(-1)[..., None] + boxes.sum(-1))


def _dice(overlap: Tensor, sizes: Tensor) -> Tensor:
    return 1 - (2 * overlap + 1) / (sizes + 1)
