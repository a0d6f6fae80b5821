"""The TK-Loss and its gradient in torch, for any device."""

import torch
from torch import Tensor

from mfvis_engine.losses.consistency import consistency, consistency_gradients
from mfvis_engine.losses.matches import TubeMatches


@torch.no_grad()
def value_and_gradient(
    mask_logits: Tensor, matches: TubeMatches, region: Tensor, pair_scale: Tensor
) -> tuple[Tensor, Tensor]:
    """Sum of scale * consistency over all matches of all masks, and its gradient.

    One pair of frames at a time, so that memory holds the matches of one pair only.

    Args:
        mask_logits: (M, T, H, W), M a multiple of the number N of stacked tubes; mask m is of tube m mod N.
        matches: Of one tube (N = 1) or of N tubes.
        region: (M, H, W) bool, the target pixels that count.
        pair_scale: (P,) factor of each pair.

    Returns:
        The value, a scalar, and the gradient, (M, T, H, W).
    """
    table = torch.tensor(matches.settings.offsets_yx, device=mask_logits.device)
    shifts = table[:, 0] * mask_logits.shape[-1] + table[:, 1]
    offset_index = matches.offset_index.flatten(-2)
    offset_index = offset_index if offset_index.ndim == 4 else offset_index[None]  # (N, P, K, HW)
    tubes, _, top_k, pixels = offset_index.shape
    logits = mask_logits.reshape(-1, tubes, mask_logits.shape[1], pixels)
    counted = region.reshape(-1, tubes, 1, pixels)
    value, gradient = logits.new_zeros(()), torch.zeros_like(logits)
    for pair, (source, target) in enumerate(matches.pairs):
        index = offset_index[:, pair].long()
        position = torch.arange(pixels, device=index.device) + shifts[index.clamp(min=0)]
        position = torch.where(index >= 0, position, 0).flatten(1).expand(len(logits), -1, -1)
        weight = ((index >= 0) & counted) * pair_scale[pair]
        a = logits[:, :, source].gather(-1, position).view(-1, tubes, top_k, pixels)
        b = logits[:, :, target, None].expand_as(a)
        value += (weight * consistency(a, b)).sum()
        gradient_a, gradient_b = consistency_gradients(a, b)
        gradient[:, :, source].scatter_add_(-1, position, gradient_a.mul_(weight).flatten(-2))
        gradient[:, :, target] += gradient_b.mul_(weight).sum(-2)
    return value, gradient.reshape(mask_logits.shape)
