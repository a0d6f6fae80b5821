"""J of masks: over all frames, or of one frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.metrics import region_similarity


def j_of_tracks(labels: NDArray[np.integer], truth: NDArray[np.integer]) -> dict[int, float]:
    """J of each track that is truly in a frame, by track id; both (H, W) of track ids."""
    present = [int(track_id) for track_id in np.unique(truth) if track_id]
    return {track_id: float(region_similarity(labels == track_id, truth == track_id)) for track_id in present}


def j_of_frame(labels: NDArray[np.integer], truth: NDArray[np.integer]) -> float:
    """The mean over the tracks that are truly in a frame; NaN where none is."""
    found = list(j_of_tracks(labels, truth).values())
    return float(np.mean(found)) if found else float("nan")


def j_of_clip(labels: NDArray[np.integer], truth: NDArray[np.integer]) -> float:
    """The mean over all tracks and the frames that they are truly in; both (T, H, W)."""
    pairs = zip(labels, truth, strict=True)
    return float(np.mean([j for found, true in pairs for j in j_of_tracks(found, true).values()]))
