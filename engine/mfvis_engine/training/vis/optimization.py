"""How the weights of a Video Mask2Former are changed: AdamW in groups, clipped gradients, a schedule of rates."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import torch
from torch import nn

from mfvis_engine.errors import MfvisError

BACKBONE = "backbone."
"""What the names of the backbone's parameters begin with."""

_UNDECAYED_MODULES = (nn.LayerNorm, nn.GroupNorm, nn.BatchNorm2d, nn.Embedding)
_UNDECAYED_NAMES = ("relative_position_bias_table", "absolute_pos_embed")


class OptimizerSettingsError(MfvisError):
    """Weights cannot be learned like this."""


class Schedule(StrEnum):
    """How the learning rate falls: in steps, as the released code's, or along half a cosine to a hundredth."""

    STEPS = "steps"
    COSINE = "cosine"


@dataclass(frozen=True)
class OptimizerSettings:
    """How fast to learn.

    Attributes:
        learning_rate: Of AdamW, after the warm-up.
        backbone_factor: By which it is multiplied for the backbone.
        weight_decay: Of all weights but those of norms and embeddings.
        most_gradient_norm: To which the gradient of all weights together is clipped.
        warmup_steps: Steps over which the rate rises from 0.
        schedule: How it falls.
        fall_at: Fraction of the steps at which it falls to a tenth, for `Schedule.STEPS`.

    Raises:
        OptimizerSettingsError: A number is out of range.
    """

    learning_rate: float = 1e-4
    backbone_factor: float = 0.1
    weight_decay: float = 0.05
    most_gradient_norm: float = 0.01
    warmup_steps: int = 10
    schedule: Schedule = Schedule.STEPS
    fall_at: float = 2 / 3

    def __post_init__(self) -> None:
        for name in ("learning_rate", "most_gradient_norm"):
            if not 0 < getattr(self, name) < math.inf:
                raise OptimizerSettingsError(f"{name} must be above 0. Got {getattr(self, name)}.")
        for name in ("backbone_factor", "weight_decay", "warmup_steps", "fall_at"):
            if not 0 <= getattr(self, name) < math.inf:
                raise OptimizerSettingsError(f"{name} must be at least 0. Got {getattr(self, name)}.")

    def rate_factor(self, step: int, steps: int) -> float:
        """By what the learning rates are multiplied in a step, from 1, of so many."""
        warm = min(1.0, step / self.warmup_steps) if self.warmup_steps else 1.0
        done = (step - 1) / max(1, steps)
        if self.schedule is Schedule.COSINE:
            return warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done)))
        return warm * (0.1 if done >= self.fall_at else 1.0)


@dataclass(frozen=True)
class ParameterGroup:
    """Parameters that learn alike.

    Attributes:
        names: Of the parameters, as the model names them.
        rate_factor: Of the learning rate.
        weight_decay: Of AdamW.
    """

    names: tuple[str, ...]
    rate_factor: float
    weight_decay: float


def parameter_groups(model: nn.Module, settings: OptimizerSettings) -> tuple[ParameterGroup, ...]:
    """The groups of all parameters that learn, in an order that is the model's.

    As in Mask2Former's released code, norms, embeddings and Swin's tables of places do not decay (the pixel decoder's
    `level_embed`, which is no module of its own, does), and the backbone learns more slowly.
    """
    undecayed = set(_undecayed(model))
    keys: dict[tuple[float, float], list[str]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            factor = settings.backbone_factor if name.startswith(BACKBONE) else 1.0
            decay = 0.0 if name in undecayed else settings.weight_decay
            keys.setdefault((factor, decay), []).append(name)
    return tuple(ParameterGroup(tuple(names), *key) for key, names in keys.items())


def build_optimizer(model: nn.Module, settings: OptimizerSettings) -> torch.optim.AdamW:
    """AdamW over `parameter_groups`; each of its groups remembers its factor as `rate_factor`."""
    named = dict(model.named_parameters())
    return torch.optim.AdamW(
        [
            {
                "params": [named[name] for name in group.names],
                "rate_factor": group.rate_factor,
                "weight_decay": group.weight_decay,
            }
            for group in parameter_groups(model, settings)
        ],
        lr=settings.learning_rate,
    )


def set_rates(optimizer: torch.optim.Optimizer, settings: OptimizerSettings, step: int, steps: int) -> float:
    """Sets the rates for a step, from 1, of so many; returns that of everything but the backbone."""
    rate = settings.learning_rate * settings.rate_factor(step, steps)
    for group in optimizer.param_groups:
        group["lr"] = rate * group["rate_factor"]
    return rate


def learned_parameters(optimizer: torch.optim.Optimizer) -> Iterable[nn.Parameter]:
    """All parameters that the optimizer changes."""
    return (parameter for group in optimizer.param_groups for parameter in group["params"])


def _undecayed(model: nn.Module) -> Iterator[str]:
    for module_name, module in model.named_modules():
        for name, _ in module.named_parameters(recurse=False):
            if isinstance(module, _UNDECAYED_MODULES) or name in _UNDECAYED_NAMES:
                yield f"{module_name}.{name}" if module_name else name
