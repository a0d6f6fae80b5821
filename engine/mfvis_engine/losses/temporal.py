"""The TK-Loss: matching patches of different frames lie on the same side of the mask."""

import torch
from torch import Tensor

from mfvis_engine.losses import temporal_numba, temporal_torch
from mfvis_engine.losses.compiled import HAS_COMPILER
from mfvis_engine.losses.consistency import attach_gradient
from mfvis_engine.losses.errors import LossInputError
from mfvis_engine.losses.inputs import at_least_float32, expand
from mfvis_engine.losses.matches import TubeMatches


def tk_loss(mask_logits: Tensor, matches: TubeMatches, region: Tensor) -> Tensor:
    """Temporal K-nearest-neighbour patch loss over a tube (L_temp of MaskFreeVIS, Sec. 3.2).

    For each pair of frames, L_f = sum(w * l) / max(sum(w), 1) over all masks, with l the `consistency` of a
    target pixel's logit with a match's, and w = 1 where there is a match and the target pixel counts. The
    loss is the sum over the pairs. Value and gradient are computed together; only the gradient waits for the
    backward pass. The compiled
    path takes logits as within -80..80, where float32 probabilities end.

    Args:
        mask_logits: (..., T, H, W): (N, T, H, W) for N instances, (heads, N, T, H, W) for several heads.
        matches: Of one tube, shared by all masks, or `TubeMatches.stack` of N tubes, one for each index of
            the last leading dimension.
        region: Broadcasts to (..., H, W); true where one of the instance's boxes in the tube covers the
            pixel.

    Returns:
        Scalar >= 0, differentiable once; float64 for float64 logits, else float32. All masks count alike in
        the mean, those of several heads too.

    Raises:
        LossInputError: If shapes or devices do not fit.
    """
    _check_inputs(mask_logits, matches)
    logits = at_least_float32(mask_logits)
    flat = logits.reshape(-1, *logits.shape[-3:])
    leading, size = logits.shape[:-3], logits.shape[-2:]
    counted = expand(region > 0, (*leading, *size), "region").reshape(-1, *size)
    on_cpu = logits.device.type == "cpu"
    path = temporal_numba if HAS_COMPILER and on_cpu else temporal_torch
    scale = _pair_scale(matches, counted).to(logits.dtype)
    value, gradient = path.value_and_gradient(flat.detach(), matches, counted, scale)
    return attach_gradient(flat, value, gradient)


def _pair_scale(matches: TubeMatches, counted: Tensor) -> Tensor:
    """(P,): one over the number of matches that count, at least 1, for each pair of frames."""
    per_pixel = matches.valid.sum(-3, dtype=torch.float32)
    if per_pixel.ndim == 3:
        return 1 / torch.einsum("mhw,phw->p", counted.float(), per_pixel).clamp(min=1)
    per_head = counted.reshape(-1, len(per_pixel), *counted.shape[1:])
    return 1 / torch.einsum("anhw,nphw->p", per_head.float(), per_pixel).clamp(min=1)


def _check_inputs(mask_logits: Tensor, matches: TubeMatches) -> None:
    shape, index_shape = tuple(mask_logits.shape), tuple(matches.offset_index.shape)
    frames = max((max(pair) for pair in matches.pairs), default=0) + 1
    if len(shape) < 3 or shape[-2:] != index_shape[-2:] or shape[-3] < frames:
        raise LossInputError(
            f"The matches are for logits of shape (..., T, {index_shape[-2]}, {index_shape[-1]}) with "
            f"T >= {frames}. Got {shape}; match frames on the grid of the logits."
        )
    if len(index_shape) == 5 and (len(shape) < 4 or shape[-4] != index_shape[0]):
        raise LossInputError(
            f"{index_shape[0]} stacked tubes need logits (..., {index_shape[0]}, T, H, W). Got {shape}."
        )
    if matches.offset_index.device != mask_logits.device:
        raise LossInputError(
            f"The matches are on {matches.offset_index.device}, the logits on {mask_logits.device}; "
            "move the matches with `matches.to(device)`."
        )
