"""The projection loss: a mask's shadow on each axis is that of its box."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from mfvis_engine.losses.errors import LossInputError
from mfvis_engine.losses.inputs import at_least_float32

EPSILON = 1e-5
"""Added to the denominator of the Dice of two shadows."""


@dataclass(frozen=True)
class Shadows:
    """What masks throw onto the two axes: the largest logit of each column and of each row.

    Attributes:
        columns: (..., W).
        rows: (..., H).
    """

    columns: Tensor
    rows: Tensor

    @classmethod
    def of(cls, mask_logits: Tensor) -> Shadows:
        """Those of (..., H, W) logits."""
        return cls(mask_logits.amax(dim=-2), mask_logits.amax(dim=-1))


def projection_loss(mask_logits: Tensor, box_masks: Tensor) -> Tensor:
    """Dice loss between the shadows of masks and of their filled boxes (L_proj of BoxInst and MaskFreeVIS).

    Per mask, 1 - 2 sum(xt) / (sum(x^2) + sum(t^2) + 1e-5) on the x axis (x and t the largest probability and
    box value of each column) plus the same on the y axis; the mean over all leading dimensions. Where a box
    mask is empty the loss is 2 and its gradient zero: an absent object needs a negative term of its own.

    Args:
        mask_logits: (..., H, W).
        box_masks: (..., H, W), 1 inside the box and 0 outside; bool or numeric.

    Returns:
        Scalar in 0..2.

    Raises:
        LossInputError: If the shapes differ.
    """
    if mask_logits.shape != box_masks.shape:
        raise LossInputError(
            f"Mask logits and box masks must have one shape. Got {tuple(mask_logits.shape)} and "
            f"{tuple(box_masks.shape)}; draw the boxes on the grid of the logits."
        )
    logits = at_least_float32(mask_logits)
    boxes = box_masks.to(logits.dtype)
    return shadow_loss(Shadows.of(logits), boxes.amax(dim=-2), boxes.amax(dim=-1)).mean()


def shadow_loss(shadows: Shadows, box_columns: Tensor, box_rows: Tensor) -> Tensor:
    """The projection loss of each mask by itself, from shadows.

    Args:
        shadows: Of the mask logits, floating; at least float32.
        box_columns: Broadcasts to (..., W): how much of each column the box takes, 0..1.
        box_rows: Broadcasts to (..., H).

    Returns:
        (...) in 0..2.
    """
    return _axis_loss(shadows.columns, box_columns) + _axis_loss(shadows.rows, box_rows)


def _axis_loss(shadow_logits: Tensor, target: Tensor) -> Tensor:
    # The sigmoid rises, so the largest logit gives the largest probability: no probabilities of all pixels.
    shadow = shadow_logits.sigmoid()
    overlap = (shadow * target).sum(-1)
    size = shadow.square().sum(-1) + target.square().sum(-1)
    return 1 - 2 * overlap / (size + EPSILON)
