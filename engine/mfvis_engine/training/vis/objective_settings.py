"""The settings of the objective that a Video Mask2Former is trained with."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from mfvis_engine.losses import SPARSE_GRID, MatchSettings


class MaskCost(StrEnum):
    """How far a predicted mask is from a box, for matching the two.

    `TIGHT_RECTANGLE`, the released code's: Dice of the filled box around the mask and of the filled box annotated.
    `PROJECTION`: the projection loss of the two, which tells masks apart also where their rectangles are alike, as
    those of an untrained model are.
    """

    TIGHT_RECTANGLE = "tight_rectangle"
    PROJECTION = "projection"


class LossMean(StrEnum):
    """What a loss is a mean over, first: each clip by itself, or all clips of a batch together as the released code."""

    CLIP = "clip"
    BATCH = "batch"


@dataclass(frozen=True)
class MatcherSettings:
    """Which query answers for which object: the Hungarian match of these costs.

    Attributes:
        class_weight: Of -p[class].
        mask_weight: Of the mask's cost: a box's as `box_cost` says, a mask's Dice.
        cross_entropy_weight: Of the cross-entropy with a mask, for objects that have one.
        box_cost: How mask and box are compared.
        point_count: Random points, the same for all queries and objects of a clip, that Dice is measured in; None for
            every pixel of the grid. The released code takes 20000.
    """

    class_weight: float = 2.0
    mask_weight: float = 5.0
    cross_entropy_weight: float = 5.0
    box_cost: MaskCost = MaskCost.TIGHT_RECTANGLE
    point_count: int | None = None


@dataclass(frozen=True)
class VisLossWeights:
    """Weight of each term, at every head.

    Attributes:
        classes: Cross-entropy of the classes.
        no_object: Weight of "no object" within it.
        projection: Of masks onto the axes, in frames with a box.
        pairwise: Between neighbouring pixels of one colour.
        temporal: TK-Loss, on the sum over the tube's pairs of frames. The released code has 0.1 x 5.
        absence: Against any mask in frames where the object is absent. The released code has none.
        mask_cross_entropy: With masks, where there are some.
        mask_dice: With masks, where there are some.
    """

    classes: float = 2.0
    no_object: float = 0.1
    projection: float = 5.0
    pairwise: float = 5.0
    temporal: float = 0.5
    absence: float = 1.0
    mask_cross_entropy: float = 5.0
    mask_dice: float = 5.0


@dataclass(frozen=True)
class ObjectiveSettings:
    """Everything that the loss of a batch depends on.

    Attributes:
        weights: Of the terms.
        matcher: How queries are matched with objects.
        temporal_matches: Candidates of the TK-Loss.
        temporal_delay_steps: Steps without it at first, in which masks take shape. It is least where nothing is a mask:
            from random weights it takes objects apart; the paper's models have been trained on pictures before.
        temporal_warmup_steps: Steps over which its weight then rises from 0, in a straight line.
        pairwise_warmup_steps: The same of the pairwise loss.
        pairwise_min_similarity: Colour likeness from which two neighbours count.
        released_lab: Cut the colours to whole numbers and swap red and blue before they become LAB, as the released
            code does, by mistake.
        mean: What losses are means over.
        mask_point_count: Points in which losses with masks are measured, most of them where the model is unsure; None
            for every pixel of the grid. Mask2Former takes 12544.
    """

    weights: VisLossWeights = field(default_factory=VisLossWeights)
    matcher: MatcherSettings = field(default_factory=MatcherSettings)
    temporal_matches: MatchSettings = SPARSE_GRID
    temporal_delay_steps: int = 0
    temporal_warmup_steps: int = 200
    pairwise_warmup_steps: int = 0
    pairwise_min_similarity: float = 0.3
    released_lab: bool = False
    mean: LossMean = LossMean.CLIP
    mask_point_count: int | None = 12544
