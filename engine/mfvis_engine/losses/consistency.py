"""How strongly two mask logits disagree about lying in one region: value and gradient in closed form."""

from typing import cast

import torch
from torch import Tensor
from torch.autograd.function import BackwardCFunction, FunctionCtx, once_differentiable


def consistency(logits_a: Tensor, logits_b: Tensor) -> Tensor:
    """Negative log-probability that two pixels lie on the same side of the mask.

    -log[s(a) s(b) + (1 - s(a)) (1 - s(b))] with s the sigmoid (L_cons of MaskFreeVIS, Sec. 3.2; the term of
    BoxInst's L_pairwise), which is softplus(a) + softplus(b) - softplus(a + b). Exact for logits of any size:
    no difference of large numbers is taken. Only the inputs are kept for the backward pass.

    Args:
        logits_a: Any shape, floating.
        logits_b: A shape that broadcasts with that of `logits_a`.

    Returns:
        The loss per pair of pixels, >= 0, of the broadcast shape.
    """
    pair = torch.broadcast_tensors(logits_a, logits_b)  # type: ignore[no-untyped-call]
    return cast(Tensor, _Consistency.apply(*pair))  # type: ignore[no-untyped-call]


def consistency_gradients(logits_a: Tensor, logits_b: Tensor) -> tuple[Tensor, Tensor]:
    """The derivatives of `consistency` by each logit: s(a) - s(a + b) and s(b) - s(a + b)."""
    both = torch.sigmoid(logits_a + logits_b)
    return torch.sigmoid(logits_a) - both, torch.sigmoid(logits_b) - both


def attach_gradient(logits: Tensor, value: Tensor, gradient: Tensor) -> Tensor:
    """Give a loss value, computed apart from autograd, its known gradient.

    Args:
        logits: The tensor that the value depends on, any shape.
        value: The loss, a scalar.
        gradient: d value / d logits, of the shape of `logits`.

    Returns:
        `value`, differentiable once with respect to `logits`.
    """
    return cast(Tensor, _AttachGradient.apply(logits, value, gradient))  # type: ignore[no-untyped-call]


def _value(logits_a: Tensor, logits_b: Tensor) -> Tensor:
    # softplus(x) = max(x, 0) + log1p(exp(-|x|)); the maxima leave the smaller |logit| where the signs differ.
    larger, smaller = torch.maximum(logits_a, logits_b), torch.minimum(logits_a, logits_b)
    disagreement = torch.minimum(larger, -smaller).clamp_(min=0)
    # Of the larger first, so that the order of the two is nothing to the last digit.
    return disagreement + _tail(larger) + _tail(smaller) - _tail(logits_a + logits_b)


def _tail(logits: Tensor) -> Tensor:
    return torch.log1p(torch.exp(-logits.abs()))


class _Consistency(torch.autograd.Function):
    @staticmethod
    def forward(ctx: FunctionCtx, logits_a: Tensor, logits_b: Tensor) -> Tensor:
        ctx.save_for_backward(logits_a, logits_b)
        return _value(logits_a, logits_b)

    @staticmethod
    def backward(ctx: BackwardCFunction, *grad_outputs: Tensor) -> tuple[Tensor, Tensor]:
        pair = cast(tuple[Tensor, Tensor], ctx.saved_tensors)
        gradient_a, gradient_b = consistency_gradients(*pair)
        return grad_outputs[0] * gradient_a, grad_outputs[0] * gradient_b


class _AttachGradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx: FunctionCtx, logits: Tensor, value: Tensor, gradient: Tensor) -> Tensor:
        ctx.save_for_backward(gradient)
        return value.clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: BackwardCFunction, *grad_outputs: Tensor) -> tuple[Tensor, None, None]:
        (gradient,) = ctx.saved_tensors
        return grad_outputs[0] * gradient, None, None
