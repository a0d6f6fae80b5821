"""The projection loss: a mask's shadow on each axis is that of its box."""

from torch import Tensor

from mfvis_engine.losses.errors import LossInputError
from mfvis_engine.losses.inputs import at_least_float32

_EPSILON = 1e-5


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
    return (_axis_loss(logits, boxes, axis=-2) + _axis_loss(logits, boxes, axis=-1)).mean()


def _axis_loss(mask_logits: Tensor, box_masks: Tensor, axis: int) -> Tensor:
    # The sigmoid rises, so the largest logit gives the largest probability: no probabilities of all pixels.
    shadow = mask_logits.amax(dim=axis).sigmoid()
    target = box_masks.amax(dim=axis)
    overlap = (shadow * target).sum(-1)
    size = shadow.square().sum(-1) + target.square().sum(-1)
    return 1 - 2 * overlap / (size + _EPSILON)
