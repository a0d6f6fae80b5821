"""The TK-Loss written straightforwardly: every candidate unfolded, for every instance, in every step."""

import torch
from torch import Tensor
from torch.nn import functional as F

from mfvis_engine.losses import MatchSettings, tube_pairs


def unfold_tk_loss(mask_logits: Tensor, lab: Tensor, region: Tensor, settings: MatchSettings) -> Tensor:
    """The TK-Loss of one tube, similarities included.

    Args:
        mask_logits: (N, T, H, W).
        lab: (T, 3, H, W).
        region: (N, H, W) bool.
        settings: `SPARSE_GRID`, or any settings whose candidates form a square grid or part of a full square.

    Returns:
        Scalar.
    """
    loss = mask_logits.new_zeros(())
    for source, target in tube_pairs(len(lab)):
        kept = _best_candidates(_similarity(lab[source], lab[target], settings), settings)
        weight = kept * region.flatten(1)[:, None].float()
        candidates = _unfold_candidates(mask_logits[:, source, None], settings)[:, 0].sigmoid()
        own = mask_logits[:, target].flatten(1)[:, None].sigmoid()
        agreement = candidates * own + (1 - candidates) * (1 - own)
        consistency = -torch.log(agreement.clamp(min=1e-12))
        loss = loss + (weight * consistency).sum() / weight.sum().clamp(min=1)
    return loss


def _similarity(source_lab: Tensor, target_lab: Tensor, settings: MatchSettings) -> Tensor:
    """(O, HW): likeness of every candidate's patch, as numbers side by side, to the pixel's own."""
    height, width = target_lab.shape[-2:]
    patches = [
        F.unfold(lab[None], settings.patch_size, padding=settings.patch_size // 2)[0]
        for lab in (source_lab, target_lab)
    ]
    candidates = _unfold_candidates(patches[0].view(1, -1, height, width), settings)[0]
    return torch.exp(-0.5 * (candidates - patches[1][:, None]).norm(dim=0))


def _best_candidates(similarity: Tensor, settings: MatchSettings) -> Tensor:
    """(O, HW) float: 1 for the `top_k` most similar candidates that are similar enough, else 0."""
    best, index = similarity.topk(settings.top_k, dim=0)
    return torch.zeros_like(similarity).scatter_(0, index, (best >= settings.min_similarity).float())


def _unfold_candidates(maps: Tensor, settings: MatchSettings) -> Tensor:
    """(N, C, H, W) to (N, C, O, HW): each pixel's candidates, zero outside the image."""
    reach = settings.reach
    rows = sorted({dy for dy, _ in settings.offsets_yx})
    step = rows[1] - rows[0]
    unfolded = F.unfold(maps, len(rows), dilation=step, padding=reach)
    unfolded = unfolded.view(*maps.shape[:2], len(rows) ** 2, -1)
    square = [(dy, dx) for dy in rows for dx in rows]
    if len(square) == len(settings.offsets_yx):
        return unfolded
    return unfolded[:, :, [square.index(offset) for offset in settings.offsets_yx]]
