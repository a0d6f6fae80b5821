"""The terms of the objective of a Video Mask2Former, and their sum."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from torch import Tensor

from mfvis_engine.training.vis.objective_settings import ObjectiveSettings, VisLossWeights


@dataclass(frozen=True)
class VisTerms:
    """The unweighted terms, scalars: sums over the prediction heads, means over the clips.

    A term whose weight is 0 may be left out: it is 0 then.
    """

    classes: Tensor
    projection: Tensor
    pairwise: Tensor
    temporal: Tensor
    absence: Tensor
    mask_cross_entropy: Tensor
    mask_dice: Tensor

    def weighted(self, weights: VisLossWeights) -> VisTerms:
        """Each times its weight."""
        return VisTerms(*(getattr(weights, field.name) * getattr(self, field.name) for field in fields(self)))

    def sum(self) -> Tensor:
        """Of all terms."""
        total: Tensor = sum(vars(self).values(), start=self.classes.new_zeros(()))
        return total


@dataclass(frozen=True)
class LossSeconds:
    """Where the seconds of one call of the objective went, without the backward pass.

    Attributes:
        colours: Comparing the frames' colours and drawing the boxes.
        matching: Matching queries with objects, and taking the masks of those matched.
        classes: The class term, as all that follow.
        projection: With the shadows of the masks, which `absence` uses too.
        pairwise: With its gradient.
        temporal: With its gradient.
        absence: See `projection`.
        masks: Both terms with masks.
    """

    colours: float
    matching: float
    classes: float
    projection: float
    pairwise: float
    temporal: float
    absence: float
    masks: float

    @property
    def losses(self) -> float:
        """Of all terms together."""
        return self.classes + self.projection + self.pairwise + self.temporal + self.absence + self.masks


@dataclass(frozen=True)
class VisLosses:
    """The loss of a batch.

    Attributes:
        terms: Unweighted.
        weights: Those of this step, after warm-ups.
        seconds: What it took.
        surplus_count: Objects of the batch that no query was left for; only their clips' other objects were learned.
    """

    terms: VisTerms
    weights: VisLossWeights
    seconds: LossSeconds
    surplus_count: int

    def total(self) -> Tensor:
        """The weighted sum, a scalar to go backward from."""
        return self.weighted().sum()

    def weighted(self) -> VisTerms:
        """The terms, each times its weight."""
        return self.terms.weighted(self.weights)


def weights_at(settings: ObjectiveSettings, step: int) -> VisLossWeights:
    """The weights of the terms at a step, counted from 0: those that warm up rise in a straight line from 0."""
    weights, temporal_step = settings.weights, step - settings.temporal_delay_steps
    return replace(
        weights,
        temporal=weights.temporal * _risen(temporal_step, settings.temporal_warmup_steps),
        pairwise=weights.pairwise * _risen(step, settings.pairwise_warmup_steps),
    )


def _risen(step: int, warmup_steps: int) -> float:
    if step < 0:
        return 0.0
    return min(step / warmup_steps, 1.0) if warmup_steps else 1.0
