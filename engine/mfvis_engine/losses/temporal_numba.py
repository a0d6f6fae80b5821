"""The TK-Loss and its gradient compiled for the CPU, in one pass over the matches."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mfvis_engine.losses.compiled import compiled, run_threaded
from mfvis_engine.losses.matches import TubeMatches

Floats = NDArray[np.floating]

_LARGEST_LOGIT = 80.0
"""Beyond it a float32 probability leaves the normal numbers; the loss of such logits is that of +-80."""


@torch.no_grad()
def value_and_gradient(
    mask_logits: Tensor, matches: TubeMatches, region: Tensor, pair_scale: Tensor
) -> tuple[Tensor, Tensor]:
    """Sum of scale * consistency over all matches of all masks, and its gradient.

    Args:
        mask_logits: (M, T, H, W) float32 or float64 on the CPU, M a multiple of the number N of stacked
            tubes; mask m is of tube m mod N.
        matches: Of one tube (N = 1) or of N tubes.
        region: (M, H, W) bool, the target pixels that count.
        pair_scale: (P,) factor of each pair.

    Returns:
        The value, a scalar, and the gradient, (M, T, H, W).
    """
    clamped = mask_logits.flatten(2).contiguous().clamp(-_LARGEST_LOGIT, _LARGEST_LOGIT)
    inside, outside = clamped.sigmoid().numpy(), clamped.neg_().sigmoid_().numpy()
    gradient = np.zeros_like(inside)
    width = mask_logits.shape[-1]
    shifts = np.array([dy * width + dx for dy, dx in matches.settings.offsets_yx])
    pairs = np.array(matches.pairs, dtype=np.int64).reshape(-1, 2)
    offset_index = matches.offset_index.flatten(-2).contiguous().numpy()
    offset_index = offset_index if offset_index.ndim == 4 else offset_index[None]
    counted = region.flatten(1).contiguous().numpy()
    scale = pair_scale.to(mask_logits.dtype).numpy()

    def one_mask(m: int) -> float:
        index = offset_index[m % len(offset_index)]
        return _tube_loss(inside[m], outside[m], index, pairs, shifts, counted[m], scale, gradient[m])

    value = sum(run_threaded(one_mask, len(inside)))
    return mask_logits.new_tensor(value), torch.from_numpy(gradient).view(mask_logits.shape)


@compiled
def _tube_loss(
    inside: Floats,
    outside: Floats,
    offset_index: NDArray[np.int16],
    pairs: NDArray[np.int64],
    shifts: NDArray[np.int64],
    counted: NDArray[np.bool_],
    scale: Floats,
    gradient: Floats,
) -> float:
    """Loss of one mask; adds its gradient to `gradient` (T, HW).

    With s = s(a), c = 1 - s(a) = s(-a), both exact however small, a match agrees with probability
    P = s_a s_b + c_a c_b, and d(-log P)/da = s_a c_a (c_b - s_b) / P. The factor s_a c_a is left to the end.
    """
    loss = 0.0
    for pair in range(len(pairs)):
        source, target = pairs[pair]
        loss += scale[pair] * _pair_loss(
            inside[source],
            outside[source],
            inside[target],
            outside[target],
            offset_index[pair],
            shifts,
            counted,
            scale[pair],
            gradient[source],
            gradient[target],
        )
    gradient *= inside * outside
    return loss


@compiled
def _pair_loss(
    inside_source: Floats,
    outside_source: Floats,
    inside_target: Floats,
    outside_target: Floats,
    offset_index: NDArray[np.int16],
    shifts: NDArray[np.int64],
    counted: NDArray[np.bool_],
    scale: float,
    gradient_source: Floats,
    gradient_target: Floats,
) -> float:
    """Unscaled loss of one pair of frames; the arrays are (HW,), `offset_index` is (K, HW)."""
    loss, product = 0.0, 1.0
    for p in range(len(counted)):
        if not counted[p]:
            continue
        s, c, pull = inside_target[p], outside_target[p], gradient_target[p]
        for k in range(len(offset_index)):
            offset = offset_index[k, p]
            if offset < 0:  # matches come first
                break
            q = p + shifts[offset]
            agreement = inside_source[q] * s + outside_source[q] * c
            factor = scale / agreement
            gradient_source[q] += (c - s) * factor
            pull += (outside_source[q] - inside_source[q]) * factor
            # The logarithm of a product in place of many logarithms; agreements are >= 3e-35.
            product *= agreement
            if product < 1e-200:
                loss -= np.log(product)
                product = 1.0
        gradient_target[p] = pull
    return float(loss - np.log(product))
