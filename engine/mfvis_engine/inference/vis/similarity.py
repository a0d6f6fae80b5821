"""How alike the tracks so far and the candidates of a window are, and which candidate is which track."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from torch import Tensor
from torch.nn import functional

from mfvis_engine.inference.vis.settings import JoinSettings

_TIE = 1e-9
"""A pair that is just allowed is better than none."""


def embedding_similarity(tracks: Tensor, candidates: Tensor) -> Tensor:
    """Cosines (N, C) of embeddings (N, D) and (C, D)."""
    return functional.normalize(tracks, dim=1) @ functional.normalize(candidates, dim=1).T


def class_similarity(tracks: Tensor, candidates: Tensor) -> Tensor:
    """The share (N, C) of class scores (N, K) and (C, K) that both have, each brought to a sum of 1."""
    ours, theirs = (scores / scores.sum(1, keepdim=True).clamp(min=1e-12) for scores in (tracks, candidates))
    return torch.minimum(ours[:, None], theirs[None]).sum(2)


def mask_similarity(tracks: Tensor, candidates: Tensor, known: Tensor, mask_logit: float = 0.0) -> Tensor:
    """Soft IoU (N, C) over the F frames that both have: sum pq / (sum pp + sum qq - sum pq), p and q probabilities.

    Args:
        tracks: (N, F, h, w) logits.
        candidates: (C, F, h, w) logits.
        known: (N, F) bool, the frames in which the track's logits count.
        mask_logit: An object is seen where a logit is above it.

    Returns:
        NaN where neither is seen: nothing can be told.
    """
    counted = known.float()
    p, q = (logits.sigmoid().flatten(2).transpose(0, 1) for logits in (tracks, candidates))
    shared = torch.einsum("fnc,nf->nc", p @ q.transpose(1, 2), counted)
    p_area = (p.square().sum(2).T * counted).sum(1)
    q_area = counted @ q.square().sum(2)
    iou = shared / (p_area[:, None] + q_area - shared).clamp(min=1e-12)
    p_seen = ((tracks > mask_logit).flatten(2).any(2) & known).any(1)
    q_seen = counted @ (candidates > mask_logit).flatten(2).any(2).T.float() > 0
    return iou.masked_fill(~(p_seen[:, None] | q_seen), torch.nan)


def joint_similarity(embeddings: Tensor, masks: Tensor | None, classes: Tensor, settings: JoinSettings) -> Tensor:
    """The weighted mean (N, C) of the terms; that of the masks is left out where it is NaN, or None."""
    total = settings.embedding_weight * embeddings + settings.class_weight * classes
    weight = torch.full_like(total, settings.embedding_weight + settings.class_weight)
    if masks is not None:
        counted = settings.mask_weight * (~masks.isnan()).float()
        total, weight = total + counted * masks.nan_to_num(), weight + counted
    return total / weight


def assign(similarity: NDArray[np.floating], least: float | NDArray[np.floating]) -> list[tuple[int, int]]:
    """Pairs (row, column), each row and column once at the most, of the largest sum of similarity above the least.

    Args:
        similarity: (N, C).
        least: Below it a pair is none; one for all, or (N, C).
    """
    allowed = similarity >= least
    gain = np.where(allowed, similarity - least + _TIE, 0.0)
    rows, columns = linear_sum_assignment(gain, maximize=True)
    return [(int(row), int(column)) for row, column in zip(rows, columns, strict=True) if allowed[row, column]]
