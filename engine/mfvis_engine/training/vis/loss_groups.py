"""Means over clips: each clip by itself, or all clips of a batch together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mfvis_engine.training.vis.objective_settings import LossMean


@dataclass(frozen=True)
class LossGroups:
    """Clips that a loss is a mean over together; the groups' losses are averaged, those without any part being 0.

    With a group for each clip, the loss of two clips is the mean of the losses of each, however they are batched.

    Attributes:
        clips: The clips of each group.
        objects: The objects of each group, in the order of their clips.
    """

    clips: tuple[slice, ...]
    objects: tuple[slice, ...]

    @classmethod
    def of(cls, mean: LossMean, object_counts: Sequence[int]) -> LossGroups:
        """Groups of clips that have so many objects each."""
        sizes = [1] * len(object_counts) if mean is LossMean.CLIP else [len(object_counts)]
        clips = _slices(sizes)
        return cls(clips, _slices([sum(object_counts[clip]) for clip in clips]))

    def mean_over_clips(self, values: Tensor, weights: Tensor) -> Tensor:
        """Weighted mean of (heads, B, ...) values in each group, averaged over groups and summed over heads."""
        return _mean(values, weights, self.clips)

    def mean_over_objects(self, values: Tensor, weights: Tensor) -> Tensor:
        """Weighted mean of (heads, M, ...) values in each group, averaged over groups and summed over heads."""
        return _mean(values, weights, self.objects)


def _slices(sizes: Sequence[int]) -> tuple[slice, ...]:
    return tuple(slice(sum(sizes[:index]), sum(sizes[: index + 1])) for index in range(len(sizes)))


def _mean(values: Tensor, weights: Tensor, groups: tuple[slice, ...]) -> Tensor:
    """`weights` broadcast to `values`, (heads, X, ...)."""
    weights = weights.to(values.dtype).expand(values.shape)
    means = []
    for group in groups:
        count = weights[:, group].flatten(1).sum(1)
        total = (values[:, group] * weights[:, group]).flatten(1).sum(1)
        means.append(total / torch.where(count > 0, count, 1))
    return torch.stack(means).mean(0).sum()
