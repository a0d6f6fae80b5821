"""The classes of datasets that released checkpoints were trained on; the files themselves do not name them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mfvis_engine.models.video_mask2former.config import ModelConfigError
from mfvis_engine.models.video_mask2former.model import VideoMask2Former

_YOUTUBE_VIS_2019 = (
    "person giant_panda lizard parrot skateboard sedan ape dog snake monkey hand rabbit duck cat cow fish train horse "
    "turtle bear motorbike giraffe leopard fox deer owl surfboard airplane truck zebra tiger elephant snowboard boat "
    "shark mouse frog eagle earless_seal tennis_racket"
)

CLASSES_OF_DATASETS: Mapping[str, tuple[str, ...]] = {"youtube-vis-2019": tuple(_YOUTUBE_VIS_2019.split())}
"""By the dataset's name, in the order of its category ids from 1."""


def parse_class_names(given: str) -> tuple[str, ...]:
    """The classes that a dataset's name means, or those listed with commas between them."""
    return CLASSES_OF_DATASETS.get(given.strip().lower(), tuple(name.strip() for name in given.split(",")))


def name_classes(model: VideoMask2Former, class_names: Sequence[str]) -> None:
    """Gives the classes of a model, which its file did not name, their names.

    Args:
        model: As `load_released` reads it without names.
        class_names: One for each of its classes, in their order.

    Raises:
        ModelConfigError: There are more or fewer, or two alike or empty.
    """
    if len(class_names) != model.config.class_count or not all(class_names):
        raise ModelConfigError(
            f"The model knows {model.config.class_count} classes, and {len(class_names)} names were given: "
            f"{', '.join(class_names)}. Name each class, in the order that the model was trained with, or one of the "
            f"datasets {', '.join(CLASSES_OF_DATASETS)}."
        )
    model.config = replace(model.config, class_names=tuple(class_names))
