"""What the losses make of their inputs before they compute: precision and shape."""

import torch
from torch import Tensor

from mfvis_engine.losses.errors import LossInputError


def at_least_float32(tensor: Tensor) -> Tensor:
    """Half precision and integers as float32; float32 and float64 as they are. Differentiable."""
    return tensor if tensor.dtype in (torch.float32, torch.float64) else tensor.float()


def expand(tensor: Tensor, shape: tuple[int, ...], name: str) -> Tensor:
    """`tensor` broadcast to `shape`, without a copy.

    Raises:
        LossInputError: If it does not broadcast; the message calls the tensor by `name`.
    """
    try:
        return tensor.expand(shape)
    except RuntimeError as error:
        raise LossInputError(
            f"The {name} must broadcast to {tuple(shape)}, as the mask logits require. Got {tuple(tensor.shape)}."
        ) from error
