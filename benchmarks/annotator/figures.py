"""What came of the work on a clip."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.annotator.annotator import BAD_J, Looked
from benchmarks.annotator.tally import Cost, Phase
from mfvis_engine.formats import FileSource, read_content


@dataclass(frozen=True)
class Queue:
    """How well the head of the queue points at bad masks.

    Attributes:
        count: Masks in it.
        bad_share: Of these, the share with a J below `BAD_J`; NaN where there are none.
        base_share: The same of all masks: what pointing blindly would find.
    """

    count: int
    bad_share: float
    base_share: float

    @classmethod
    def of(cls, looked: Looked) -> Queue:
        """Of what was looked at."""
        item_js, mask_js = np.array(looked.item_js), np.array(looked.mask_js)
        bad = float(np.mean(item_js < BAD_J)) if item_js.size else float("nan")
        return cls(len(item_js), bad, float(np.mean(mask_js < BAD_J)))


@dataclass(frozen=True)
class Figures:
    """Of one clip.

    Attributes:
        clip: Its name.
        frame_count: Frames.
        object_count: Objects.
        costs: What each phase took.
        j_trained: Mean J after the first training.
        j_corrected: After one more box where it was bad, and training again.
        j_exported: Of the masks in the file.
        queues: The head of the queue, both times.
        slips: Boxes that did not become what was meant.
        longest_s: The longest time for which the window did nothing else.
    """

    clip: str
    frame_count: int
    object_count: int
    costs: dict[Phase, Cost]
    j_trained: float
    j_corrected: float
    j_exported: float
    queues: tuple[Queue, ...]
    slips: int
    longest_s: float


def exported_masks(path: Path, shape: tuple[int, int, int]) -> list[NDArray[np.uint16]]:
    """The masks (H, W) of a file for a video of (frames, height, width), frame by frame."""
    content = read_content(FileSource(path), shape)
    assert content.masks is not None
    return [np.asarray(labels, np.uint16) for labels in content.masks()]
