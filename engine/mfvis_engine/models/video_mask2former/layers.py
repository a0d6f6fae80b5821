"""The parts of the video decoder: attention that may be blocked, and one layer of it."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def visible_cells(mask_logits: Tensor) -> Tensor:
    """Where queries may look: in the masks that they predict, or everywhere where such a mask is empty.

    Args:
        mask_logits: (B, Q, N) of each query and cell.

    Returns:
        (B, Q, N) bool; every query sees at least one cell.
    """
    visible = mask_logits.sigmoid() >= 0.5
    return visible | ~visible.any(dim=-1, keepdim=True)


class Attention(nn.Module):
    """Multi-head attention; its parameters lie as those of `torch.nn.MultiheadAttention`."""

    def __init__(self, dim: int, head_count: int) -> None:
        super().__init__()
        self.head_count = head_count
        self.in_proj_weight = nn.Parameter(torch.empty(3 * dim, dim))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * dim))
        self.out_proj = nn.Linear(dim, dim)
        nn.init.xavier_uniform_(self.in_proj_weight)
        nn.init.xavier_uniform_(self.out_proj.weight)
        nn.init.zeros_(self.out_proj.bias)

    def forward(self, query: Tensor, key: Tensor, value: Tensor, visible: Tensor | None = None) -> Tensor:
        """What the queries find.

        Args:
            query: (B, Q, C).
            key: (B, N, C).
            value: (B, N, C).
            visible: (B, Q, N) bool, where a query may look; at least one cell for each. None: everywhere.

        Returns:
            (B, Q, C).
        """
        weights, biases = self.in_proj_weight.chunk(3), self.in_proj_bias.chunk(3)
        q, k, v = (
            F.linear(x, weight, bias).view(*x.shape[:2], self.head_count, -1).transpose(1, 2)
            for x, weight, bias in zip((query, key, value), weights, biases, strict=True)
        )
        mask = None if visible is None else visible[:, None]
        found = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        out: Tensor = self.out_proj(found.transpose(1, 2).flatten(2))
        return out


class DecoderLayer(nn.Module):
    """Queries look into the clip, then at each other, then think; a norm comes after each."""

    def __init__(self, dim: int, head_count: int, ffn_dim: int) -> None:
        super().__init__()
        self.cross_attention = Attention(dim, head_count)
        self.cross_norm = nn.LayerNorm(dim)
        self.self_attention = Attention(dim, head_count)
        self.self_norm = nn.LayerNorm(dim)
        self.linear1 = nn.Linear(dim, ffn_dim)
        self.linear2 = nn.Linear(ffn_dim, dim)
        self.ffn_norm = nn.LayerNorm(dim)
        nn.init.xavier_uniform_(self.linear1.weight)
        nn.init.xavier_uniform_(self.linear2.weight)

    def forward(self, queries: Tensor, places: Tensor, keys: Tensor, values: Tensor, visible: Tensor) -> Tensor:
        """Queries after the layer.

        Args:
            queries: (B, Q, C).
            places: (Q, C) added to the queries where they ask, not where they answer.
            keys: (B, N, C) features of the clip with their positions.
            values: (B, N, C) features of the clip.
            visible: (B, Q, N) bool.

        Returns:
            (B, Q, C).
        """
        queries = self.cross_norm(queries + self.cross_attention(queries + places, keys, values, visible))
        placed = queries + places
        queries = self.self_norm(queries + self.self_attention(placed, placed, queries))
        thought = self.linear2(F.relu(self.linear1(queries)))
        out: Tensor = self.ffn_norm(queries + thought)
        return out


class PredictionHead(nn.Module):
    """Queries to classes and to what their masks' pixels look like; one for all layers."""

    def __init__(self, dim: int, mask_dim: int, class_count: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.classes = nn.Linear(dim, class_count + 1)
        self.masks = nn.Sequential(
            nn.Linear(dim, dim), nn.ReLU(), nn.Linear(dim, dim), nn.ReLU(), nn.Linear(dim, mask_dim)
        )

    def forward(self, queries: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Queries (B, Q, C) after the norm, class logits (B, Q, K + 1), mask embeddings (B, Q, mask dim)."""
        normed = self.norm(queries)
        return normed, self.classes(normed), self.masks(normed)
