"""The trainings that are compared: the same model, videos, clips and steps; only what is learned from them differs."""

from dataclasses import dataclass, replace
from enum import StrEnum

from mfvis_engine.training.vis.settings import VisTrainSettings


class Arm(StrEnum):
    """What a model is trained with."""

    MASKS = "masks"
    BOXES = "boxes"
    BOXES_WITHOUT_TK = "boxes-without-tk"


@dataclass(frozen=True)
class ArmPlan:
    """How an arm is trained.

    Attributes:
        with_masks: Whether the masks of the training videos are given.
        settings: Of the training.
    """

    with_masks: bool
    settings: VisTrainSettings


def plan_of(arm: Arm, settings: VisTrainSettings) -> ArmPlan:
    """The plan of an arm, given the settings that all share."""
    if arm is not Arm.BOXES_WITHOUT_TK:
        return ArmPlan(arm is Arm.MASKS, settings)
    weights = replace(settings.objective.weights, temporal=0.0)
    return ArmPlan(False, replace(settings, objective=replace(settings.objective, weights=weights)))
