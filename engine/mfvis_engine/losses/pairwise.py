"""The pairwise loss: neighbouring pixels of one colour lie on the same side of the mask."""

import torch
from torch import Tensor

from mfvis_engine.losses.consistency import attach_gradient, consistency, consistency_gradients
from mfvis_engine.losses.errors import LossInputError
from mfvis_engine.losses.inputs import at_least_float32, expand

NEIGHBOURS = 8
# Direction NEIGHBOURS - 1 - i is the opposite of direction i.
_DIRECTIONS_YX = ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1))

Window = tuple[slice, slice]


def color_similarity(lab: Tensor, dilation: int = 2) -> Tensor:
    """Likeness of each pixel to its 8 neighbours: exp(-||difference|| / 2) in CIE LAB (BoxInst, S_e).

    Depends on the images alone: compute it once and use it in every step, for every instance.

    Args:
        lab: (..., 3, H, W) frames.
        dilation: Distance to the neighbours in pixels.

    Returns:
        (..., 8, H, W) in 0..1, neighbours row by row from the upper left; 0 where there is none in the image.
    """
    height, width = lab.shape[-2:]
    similarity = lab.new_zeros((*lab.shape[:-3], NEIGHBOURS, height, width))
    for direction in range(NEIGHBOURS):
        pixel, neighbour = _windows(direction, dilation, height, width)
        difference = lab[..., *pixel] - lab[..., *neighbour]
        distance = torch.linalg.vector_norm(difference, dim=-3)
        similarity[..., direction, *pixel] = torch.exp(-0.5 * distance)
    return similarity


def pairwise_loss(
    mask_logits: Tensor,
    similarity: Tensor,
    region: Tensor,
    *,
    dilation: int = 2,
    min_similarity: float = 0.3,
) -> Tensor:
    """Consistency of neighbouring logits where the colours are alike (L_pair of BoxInst and MaskFreeVIS).

    Pixel p and a neighbour count where they are at least `min_similarity` alike and p lies in the region; the
    loss is the sum of `consistency` over all that count, of all masks, divided by their number (at least 1).

    Args:
        mask_logits: (..., H, W), for instance (N, T, H, W).
        similarity: (..., 8, H, W) from `color_similarity`, leading dimensions broadcasting to the logits':
            (T, 8, H, W) for instances that share frames, (N, T, 8, H, W) for tubes with frames of their own.
        region: Broadcasts to the logits' shape; true (or > 0) inside the box.
        dilation: As given to `color_similarity`.
        min_similarity: Colour threshold.

    Returns:
        Scalar >= 0, differentiable once; float64 for float64 logits, else float32.

    Raises:
        LossInputError: If the shapes do not fit.
    """
    logits = at_least_float32(mask_logits)
    with torch.no_grad():
        inside = expand(region > 0, logits.shape, "region")
        alike = _expand_alike(similarity >= min_similarity, logits)
        value, gradient = _value_and_gradient(logits, alike, inside, dilation)
    return attach_gradient(logits, value, gradient)


def _value_and_gradient(logits: Tensor, alike: Tensor, inside: Tensor, dilation: int) -> tuple[Tensor, Tensor]:
    """Loss and gradient; both orders of two pixels share a term, so half the directions visit every pair."""
    total, count = logits.new_zeros(()), logits.new_zeros(())
    gradient = torch.zeros_like(logits)
    for direction in range(NEIGHBOURS // 2):
        pixel, neighbour = _windows(direction, dilation, *logits.shape[-2:])
        opposite = NEIGHBOURS - 1 - direction
        weight = (alike[..., direction, *pixel] & inside[..., *pixel]).to(logits.dtype)
        weight += alike[..., opposite, *neighbour] & inside[..., *neighbour]
        a, b = logits[..., *pixel], logits[..., *neighbour]
        total += (weight * consistency(a, b)).sum()
        count += weight.sum()
        gradient_a, gradient_b = consistency_gradients(a, b)
        gradient[..., *pixel] += gradient_a.mul_(weight)
        gradient[..., *neighbour] += gradient_b.mul_(weight)
    count.clamp_(min=1)
    return total / count, gradient.div_(count)


def _windows(direction: int, dilation: int, height: int, width: int) -> tuple[Window, Window]:
    """The pixels that have a neighbour in this direction, and those neighbours, as (rows, columns)."""
    dy, dx = (dilation * step for step in _DIRECTIONS_YX[direction])
    return (_span(-dy, height), _span(-dx, width)), (_span(dy, height), _span(dx, width))


def _span(shift: int, length: int) -> slice:
    """The indices i in 0..length-1 for which i - shift is one too."""
    return slice(min(max(shift, 0), length), max(length + min(shift, 0), 0))


def _expand_alike(alike: Tensor, logits: Tensor) -> Tensor:
    height, width = logits.shape[-2:]
    if alike.shape[-3:] != (NEIGHBOURS, height, width):
        raise LossInputError(
            f"The similarity must end in (8, {height}, {width}) for logits of shape {tuple(logits.shape)}. "
            f"Got {tuple(alike.shape)}; compute it from frames on the grid of the logits."
        )
    return expand(alike, (*logits.shape[:-2], NEIGHBOURS, height, width), "similarity")
