"""How a Video Mask2Former is trained, and the ways of doing it that have a name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeAlias

import msgspec

from mfvis_engine.errors import MfvisError
from mfvis_engine.losses import DISC, SPARSE_GRID
from mfvis_engine.training.vis.objective_settings import LossMean, MaskCost, MatcherSettings, ObjectiveSettings
from mfvis_engine.training.vis.objective_settings import VisLossWeights as Weights
from mfvis_engine.training.vis.optimization import OptimizerSettings, Schedule
from mfvis_engine.training.vis.sampling import ClipSettings, FrameOrder

Nested: TypeAlias = "Mapping[str, Nested] | float | int | str | bool | None"


class VisSettingsError(MfvisError):
    """Settings that cannot be trained with."""


class Precision(StrEnum):
    """What the network computes in; `AUTO` takes bfloat16 where it is fast, else float16 on CUDA, else float32."""

    AUTO = "auto"
    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"
    FLOAT16 = "float16"


@dataclass(frozen=True)
class VisTrainSettings:
    """Everything that a training depends on, but for the videos, the model and the machine.

    Attributes:
        steps: How often the weights are changed.
        clips_per_step: Clips that each change is learned from, over all processes and passes together.
        passes_per_step: Passes in which each process takes its share of them, one after the other: the more, the
            less memory.
        seed: Of everything random.
        precision: What the network computes in.
        average_decay: Of the average of the weights, which is what is kept; None keeps the last ones.
        save_every_steps: Steps between two states from which the training can go on.
        clips: How clips are drawn.
        objective: What is learned.
        optimizer: How.

    Raises:
        VisSettingsError: A number is out of range.
    """

    steps: int = 6000
    clips_per_step: int = 16
    passes_per_step: int = 1
    seed: int = 0
    precision: Precision = Precision.AUTO
    average_decay: float | None = None
    save_every_steps: int = 500
    clips: ClipSettings = field(default_factory=ClipSettings)
    objective: ObjectiveSettings = field(default_factory=ObjectiveSettings)
    optimizer: OptimizerSettings = field(default_factory=OptimizerSettings)

    def __post_init__(self) -> None:
        for name in ("steps", "clips_per_step", "passes_per_step", "save_every_steps"):
            if getattr(self, name) < 1:
                raise VisSettingsError(f"{name} must be at least 1. Got {getattr(self, name)}.")
        if self.seed < 0:
            raise VisSettingsError(f"seed must be at least 0. Got {self.seed}.")
        if self.average_decay is not None and not 0 <= self.average_decay < 1:
            raise VisSettingsError(f"average_decay must lie in 0..1, below 1, or be null. Got {self.average_decay}.")

    def clips_per_pass(self, process_count: int) -> int:
        """Clips that one process takes at once.

        Raises:
            VisSettingsError: They cannot be shared evenly.
        """
        shares = self.passes_per_step * process_count
        if self.clips_per_step % shares:
            raise VisSettingsError(
                f"{self.clips_per_step} clips a step cannot be shared evenly among {process_count} processes of "
                f"{self.passes_per_step} passes each. Take a multiple of {shares}."
            )
        return self.clips_per_step // shares


PAPER = VisTrainSettings(
    clips=ClipSettings(frames=5, frame_range=20, order=FrameOrder.ORDERED, repeat_frames=True, short_sides=(360, 480)),
    objective=ObjectiveSettings(
        weights=Weights(absence=0.0),
        matcher=MatcherSettings(box_cost=MaskCost.TIGHT_RECTANGLE, point_count=20000),
        temporal_matches=SPARSE_GRID,
        released_lab=True,
        mean=LossMean.BATCH,
    ),
    optimizer=OptimizerSettings(warmup_steps=0),
)
"""What the released code does, its mistakes included: 16 clips of 5 frames a step, 6000 steps."""

STANDARD = replace(
    PAPER,
    steps=3000,
    clips_per_step=4,
    average_decay=0.999,
    clips=replace(PAPER.clips, repeat_frames=False),
    objective=ObjectiveSettings(),
    optimizer=OptimizerSettings(warmup_steps=50),
)
"""To go on from released or own weights on one graphics card: true colours, clips of different frames, and absent
objects are learned from."""

_ONE_CELL = replace(DISC, patch_size=1, min_similarity=0.37)
"""A cell of a frame of 128 px spans as much of it as 3 x 3 cells of one of 360 px. Patches of 3 x 3 would hold some
of both sides of a small object's outline nearly everywhere, and hardly match. Colours may differ by 2."""

SMALL = replace(
    STANDARD,
    steps=5000,
    clips_per_step=4,
    average_decay=0.998,
    clips=ClipSettings(frames=3, frame_range=4, order=FrameOrder.ORDERED, short_sides=(128,)),
    objective=ObjectiveSettings(
        weights=Weights(temporal=2.0),
        matcher=MatcherSettings(box_cost=MaskCost.PROJECTION),
        temporal_matches=_ONE_CELL,
        temporal_delay_steps=1500,
        temporal_warmup_steps=500,
        mask_point_count=None,
    ),
    optimizer=OptimizerSettings(
        learning_rate=5e-4,
        backbone_factor=1.0,
        most_gradient_norm=1.0,
        warmup_steps=200,
        schedule=Schedule.COSINE,
    ),
)
"""For the size "tiny", from random weights, on a CPU."""

PRESETS: Mapping[str, VisTrainSettings] = {"paper": PAPER, "standard": STANDARD, "small": SMALL}


def changed_settings(settings: VisTrainSettings, changes: Mapping[str, str]) -> VisTrainSettings:
    """Settings with some of them changed.

    Args:
        settings: To start from.
        changes: New values as text, as JSON has them or as plain words, by the setting's dotted name: "steps",
            "objective.weights.absence".

    Raises:
        VisSettingsError: There is no such setting, or it cannot have this value.
    """
    plain = msgspec.to_builtins(settings)
    for name, text in changes.items():
        _put(plain, name, _value_of(text))
    try:
        return msgspec.convert(plain, VisTrainSettings)
    except msgspec.ValidationError as error:
        told = ", ".join(f"{name}={value}" for name, value in changes.items())
        raise VisSettingsError(f"The settings {told} cannot be used: {error}.") from error


def setting_names(settings: VisTrainSettings) -> Mapping[str, Nested]:
    """All settings by their dotted names."""
    return dict(_flat(msgspec.to_builtins(settings), ""))


def _flat(plain: dict[str, Nested], prefix: str) -> list[tuple[str, Nested]]:
    pairs: list[tuple[str, Nested]] = []
    for name, value in plain.items():
        pairs += _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else [(prefix + name, value)]
    return pairs


def _put(plain: dict[str, Nested], name: str, value: object) -> None:
    *folders, last = name.split(".")
    place: object = plain
    for folder in folders:
        place = place.get(folder) if isinstance(place, dict) else None
    if not isinstance(place, dict) or last not in place or isinstance(place[last], dict):
        known = ", ".join(key for key, _ in _flat(plain, ""))
        raise VisSettingsError(f"There is no setting {name!r}. There are: {known}.")
    place[last] = value


def _value_of(text: str) -> object:
    decode: Callable[[bytes], object] = msgspec.json.decode
    try:
        return decode(text.encode("utf-8"))
    except msgspec.DecodeError:
        return text
