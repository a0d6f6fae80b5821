"""Which query answers for which object, at each prediction head."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from mfvis_engine.errors import MfvisError
from mfvis_engine.losses import Shadows
from mfvis_engine.models.video_mask2former.predictions import ClipPrediction, HeadPrediction
from mfvis_engine.training.vis.batch_objects import BatchObjects
from mfvis_engine.training.vis.box_rasters import BoxRasters
from mfvis_engine.training.vis.match_costs import class_cost, mask_costs, projection_cost, rectangle_cost
from mfvis_engine.training.vis.objective_settings import MaskCost, MatcherSettings


class NotFiniteError(MfvisError):
    """The model's answers are no numbers any more."""


@dataclass(frozen=True)
class ObjectMatch:
    """The queries of M objects at each head.

    Attributes:
        objects: The objects that have a query: all of them, where a clip has no more objects than there are queries.
        query_index: (heads, M) int64, within the clip; each query at most once in a clip and head.
        surplus_count: Objects left without one. They are the same at all heads.
    """

    objects: BatchObjects
    query_index: Tensor
    surplus_count: int


@torch.no_grad()
def match_objects(prediction: ClipPrediction, objects: BatchObjects, settings: MatcherSettings) -> ObjectMatch:
    """The cheapest match of queries with objects, for each clip and head by itself (Hungarian method).

    Where a clip has more objects than there are queries, the last head's match decides which ones go without.

    Args:
        prediction: Of B clips.
        objects: Of the same clips, M of them.
        settings: The costs.

    Raises:
        NotFiniteError: Logits of the prediction are not finite.
    """
    if not sum(objects.counts):
        return ObjectMatch(objects, objects.class_index.new_zeros((len(prediction.heads), 0)), 0)
    costs = match_costs(prediction, objects, settings).cpu().numpy()
    if not np.isfinite(costs).all():
        raise NotFiniteError(
            "The model's mask or class logits are not finite any more: training has diverged. Train again with a lower "
            "learning rate, or in float32."
        )
    kept, queries = zip(*(_assign(costs[..., clip]) for clip in objects.clips), strict=True)
    query_index = torch.from_numpy(np.concatenate(queries, axis=1)).to(objects.class_index.device)
    surplus = sum(objects.counts) - query_index.shape[1]
    return ObjectMatch(objects.select(kept) if surplus else objects, query_index, surplus)


def match_costs(prediction: ClipPrediction, objects: BatchObjects, settings: MatcherSettings) -> Tensor:
    """(heads, Q, M) cost of each query of an object's clip; not a number where the query's logits are not finite."""
    shadows = [_float_shadows(head.mask_logits) for head in prediction.heads]
    columns, rows = torch.stack([one.columns for one in shadows]), torch.stack([one.rows for one in shadows])
    class_logits = torch.stack([head.class_logits for head in prediction.heads])
    grid_masks, costs = objects.grid_masks, []
    for index, clip in enumerate(objects.clips):
        points = None
        if settings.point_count is not None:
            points = torch.rand((settings.point_count, 2), device=columns.device)
        clip_shadows = Shadows(columns[:, index], rows[:, index])
        cost = settings.mask_weight * _box_cost(clip_shadows, objects, clip, settings.box_cost, points)
        if grid_masks is not None:
            with_masks = _mask_cost(prediction.heads, index, grid_masks[clip], objects.has_mask[clip], settings, points)
            cost = torch.where(objects.has_mask[clip].any(1), with_masks, cost)
        cost = cost + settings.class_weight * class_cost(class_logits[:, index], objects.class_index[clip])
        costs.append(cost.masked_fill(~_finite(clip_shadows)[..., None], torch.nan))
    return torch.cat(costs, dim=-1)


def _float_shadows(mask_logits: Tensor) -> Shadows:
    shadows = Shadows.of(mask_logits)
    return Shadows(shadows.columns.float(), shadows.rows.float())


def _finite(shadows: Shadows) -> Tensor:
    """(..., Q) bool; a pixel that is no number shows in the shadows."""
    return shadows.columns.isfinite().all(-1).all(-1) & shadows.rows.isfinite().all(-1).all(-1)


def _box_cost(shadows: Shadows, objects: BatchObjects, clip: slice, kind: MaskCost, points_xy: Tensor | None) -> Tensor:
    """(heads, Q, N)."""
    boxes = objects.boxes[clip]
    if kind is MaskCost.PROJECTION:
        return projection_cost(shadows, boxes, objects.present[clip])
    predicted = BoxRasters.around_masks(shadows)
    # One head at a time: points, other than profiles, are many numbers.
    heads = zip(predicted.columns, predicted.rows, strict=True)
    return torch.stack([rectangle_cost(BoxRasters(*head), boxes, points_xy) for head in heads])


def _mask_cost(
    heads: tuple[HeadPrediction, ...],
    clip_index: int,
    masks: Tensor,
    has_mask: Tensor,
    settings: MatcherSettings,
    points_xy: Tensor | None,
) -> Tensor:
    """(heads, Q, N)."""
    both = [mask_costs(head.mask_logits[clip_index], masks, has_mask, points_xy) for head in heads]
    return torch.stack(
        [settings.cross_entropy_weight * entropy + settings.mask_weight * dice for entropy, dice in both]
    )


def _assign(costs: NDArray[np.float32]) -> tuple[list[int], NDArray[np.int64]]:
    """Of (heads, Q, N) costs: the objects that have a query, N', and their queries, (heads, N')."""
    kept = list(range(costs.shape[2]))
    if len(kept) > costs.shape[1]:
        kept = sorted(linear_sum_assignment(costs[-1])[1].tolist())
    queries = np.empty((len(costs), len(kept)), dtype=np.int64)
    for head, cost in enumerate(costs[..., kept]):
        query, place = linear_sum_assignment(cost)
        queries[head, place] = query
    return kept, queries
