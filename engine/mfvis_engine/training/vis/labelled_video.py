"""A video and what is known of its objects, wherever it is from: a project, a COCO-VIS file, or made up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

MaskReader = Callable[[int], Mapping[int, NDArray[np.bool_]]]


def _no_masks(frame_index: int) -> Mapping[int, NDArray[np.bool_]]:
    return {}


@dataclass(frozen=True)
class LabelledVideo:
    """A video of T frames with boxes of N objects.

    Attributes:
        name: For messages.
        size_hw: Height and width of its frames in pixels.
        read_frame: Frame index from 0 to (H, W, 3) uint8 RGB; may be called from one thread at a time.
        class_index: (N,) int64, into the class names of the set.
        boxes_xyxy: (N, T, 4) float32 in pixel edges, NaN where the object is absent or not annotated.
        annotated: (T,) bool: frames in which all objects are boxed, so that one without a box is absent; clips are
            made of these.
        read_masks: Frame index to the masks that may be learned from, (H, W) bool by row of `class_index`.
    """

    name: str
    size_hw: tuple[int, int]
    read_frame: Callable[[int], NDArray[np.uint8]]
    class_index: NDArray[np.int64]
    boxes_xyxy: NDArray[np.float32]
    annotated: NDArray[np.bool_]
    read_masks: MaskReader = field(default=_no_masks)

    @property
    def length(self) -> int:
        """T."""
        return len(self.annotated)


@dataclass(frozen=True)
class LabelledSet:
    """Videos that share their classes.

    Attributes:
        class_names: K of them.
        videos: The videos, at least one.
    """

    class_names: tuple[str, ...]
    videos: tuple[LabelledVideo, ...]
