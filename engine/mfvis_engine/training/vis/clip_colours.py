"""What the losses make of the frames of a batch: found once, for all objects and prediction heads."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from mfvis_engine.losses import (
    TubeMatches,
    color_similarity,
    lab_on_loss_grid,
    match_tube,
    pool_to_loss_grid,
    rgb_to_lab,
)
from mfvis_engine.training.vis.objective_settings import ObjectiveSettings


@dataclass(frozen=True)
class ClipColours:
    """Which pixels of B clips look alike, on the grid of the losses.

    Attributes:
        similarity: (B, T, 8, h, w), of a pixel and its neighbours; None where nothing asks for it.
        matches: Of each clip's frames; None where nothing asks for them.
    """

    similarity: Tensor | None
    matches: tuple[TubeMatches, ...] | None

    @classmethod
    @torch.no_grad()
    def of(cls, frames_rgb: Tensor, settings: ObjectiveSettings) -> ClipColours:
        """Compares the colours of padded frames, (B, T, 3, H, W) uint8, for the terms that have a weight."""
        pairwise, temporal = settings.weights.pairwise > 0, settings.weights.temporal > 0
        lab = clip_lab(frames_rgb, released=settings.released_lab) if pairwise or temporal else frames_rgb
        return cls(
            color_similarity(lab) if pairwise else None,
            tuple(match_tube(clip, settings.temporal_matches) for clip in lab) if temporal else None,
        )


def clip_lab(frames_rgb: Tensor, *, released: bool) -> Tensor:
    """CIE LAB on the grid of the losses; see `ObjectiveSettings.released_lab`.

    Args:
        frames_rgb: (..., 3, H, W) uint8.
        released: Whether to repeat the two mistakes of the released code.

    Returns:
        (..., 3, H / 4, W / 4).
    """
    if not released:
        return lab_on_loss_grid(frames_rgb)
    return rgb_to_lab(pool_to_loss_grid(frames_rgb).to(torch.uint8).flip(-3))
