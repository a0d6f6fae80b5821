"""The arithmetic of training: which numbers the network computes in, and gradients that survive them."""

from __future__ import annotations

import contextlib
import json

import torch
from torch import Tensor

from mfvis_engine.errors import MfvisError
from mfvis_engine.models.device import Device
from mfvis_engine.training.vis.optimization import learned_parameters
from mfvis_engine.training.vis.settings import Precision, VisSettingsError


class DivergedError(MfvisError):
    """The loss of a training is no number any more."""


def chosen_precision(device: Device, asked: Precision) -> Precision:
    """What is computed in where this is asked for; never `AUTO`."""
    if asked is not Precision.AUTO:
        return asked
    if device.bfloat16:
        return Precision.BFLOAT16
    return Precision.FLOAT16 if device.torch_device.type == "cuda" else Precision.FLOAT32


class Arithmetic:
    """Mixed precision: the network in half precision where that is fast, weights and losses in float32.

    Attributes:
        precision: What was chosen; never `AUTO`.
    """

    def __init__(self, device: Device, precision: Precision) -> None:
        """Chooses.

        Raises:
            VisSettingsError: float16 was asked for without CUDA.
        """
        self.precision = chosen_precision(device, precision)
        self._kind = device.torch_device.type
        if self.precision is Precision.FLOAT16 and self._kind != "cuda":
            raise VisSettingsError(f"float16 is for training on CUDA; this is {self._kind}. Take bfloat16 or float32.")
        self._scaler = torch.amp.GradScaler(self._kind, enabled=self.precision is Precision.FLOAT16)

    def autocast(self) -> contextlib.AbstractContextManager[object]:
        """In which the network runs."""
        if self.precision is Precision.FLOAT32:
            return contextlib.nullcontext()
        return torch.autocast(self._kind, torch.float16 if self.precision is Precision.FLOAT16 else torch.bfloat16)

    def backward(self, loss: Tensor) -> None:
        """Adds the gradients of a loss.

        Raises:
            DivergedError: It is no number.
        """
        _check("loss", loss)
        self._scaler.scale(loss).backward()  # type: ignore[no-untyped-call]

    def step(self, optimizer: torch.optim.Optimizer, most_gradient_norm: float) -> None:
        """Clips the gradients and changes the weights; a step whose gradients overflowed float16 changes nothing.

        Raises:
            DivergedError: The gradients are no numbers, in any other precision.
        """
        self._scaler.unscale_(optimizer)
        norm = torch.nn.utils.clip_grad_norm_(learned_parameters(optimizer), most_gradient_norm)
        if self.precision is not Precision.FLOAT16:
            _check("norm of the gradients", norm)
        self._scaler.step(optimizer)
        self._scaler.update()

    def state(self) -> str:
        """What goes on after a stop, as JSON."""
        return json.dumps(self._scaler.state_dict())

    def restore(self, state: str) -> None:
        """Goes on from `state`, also where that was of another precision."""
        saved = json.loads(state)
        if saved:
            self._scaler.load_state_dict(saved)


def _check(name: str, value: Tensor) -> None:
    if not torch.isfinite(value):
        raise DivergedError(
            f"The {name} is {value.item()}: training has diverged. Train again with a lower learning rate "
            "(optimizer.learning_rate), or in float32 (precision)."
        )
