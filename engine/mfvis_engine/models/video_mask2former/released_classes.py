"""Names for the classes of released checkpoints, whose files do not name them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mfvis_engine.models.video_mask2former.config import ModelConfigError
from mfvis_engine.models.video_mask2former.model import VideoMask2Former


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
            f"{', '.join(class_names)}. Name each class, in the order that the model was trained with, or its dataset."
        )
    model.config = replace(model.config, class_names=tuple(class_names))
