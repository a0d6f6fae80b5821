"""A model that knows other classes than the one that it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch

from mfvis_engine.models.video_mask2former.model import VideoMask2Former


def with_classes(model: VideoMask2Former, class_names: Sequence[str]) -> VideoMask2Former:
    """The same model with other classes; what it knows of those that it had, by name, it keeps.

    New classes start from random weights, "no object" stays as it was.

    Raises:
        ModelConfigError: The classes are not at least one, each once.
    """
    names = tuple(class_names)
    if names == model.config.class_names:
        return model
    other = VideoMask2Former(replace(model.config, class_names=names))
    state = {name: value for name, value in model.state_dict().items() if not name.startswith(_CLASS_HEAD)}
    other.load_state_dict(state, strict=False)
    before, after = model.head.decoder.head.classes, other.head.decoder.head.classes
    known = [name for name in names if name in model.config.class_names]
    rows = [*(model.config.class_names.index(name) for name in known), -1]
    places = [*(names.index(name) for name in known), -1]
    with torch.no_grad():
        after.weight[places] = before.weight[rows]
        after.bias[places] = before.bias[rows]
    return other.train(model.training)


_CLASS_HEAD = "head.decoder.head.classes."
