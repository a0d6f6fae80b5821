"""Refined boxes on the disk: training that was stopped goes on with the very same boxes, without finding them again."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.annotation import DenseBoxes


def refined_once(folder: Path | None, given: DenseBoxes, refine: Callable[[], DenseBoxes]) -> DenseBoxes:
    """What `refine` makes of the boxes `given`, or made of them before a stop.

    Args:
        folder: Where the boxes are kept; None to keep none. What cannot be read there is made anew.
        given: The boxes before.
        refine: Moves them; the same tracks, frames and origins.
    """
    if folder is None:
        return refine()
    path = folder / f"refined-{given.digest()}.npy"
    kept = _kept(path, given.boxes_xyxy.shape)
    if kept is not None:
        return dataclasses.replace(given, boxes_xyxy=kept)
    refined = refine()
    folder.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        np.save(file, refined.boxes_xyxy, allow_pickle=False)
    partial.replace(path)
    return refined


def _kept(path: Path, shape: tuple[int, ...]) -> NDArray[np.float32] | None:
    try:
        boxes_xyxy = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return boxes_xyxy if boxes_xyxy.shape == shape and boxes_xyxy.dtype == np.float32 else None
