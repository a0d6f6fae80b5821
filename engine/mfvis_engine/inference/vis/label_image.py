"""One label a pixel, from masks that overlap."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.errors import MfvisError
from mfvis_engine.inference.vis.found import FoundTrack, VisFrame

MAX_LABEL = int(np.iinfo(np.uint16).max)


class LabelError(MfvisError):
    """A label that a label image cannot hold."""


@dataclass(frozen=True)
class KeptTrack:
    """A track that a label image shows.

    Attributes:
        track_number: In the frames.
        label: In the label image, 1 to 65535.
        score: Of the track: with its probability in the frame it tells which of two masks is above.

    Raises:
        LabelError: The label is outside 1..65535.
    """

    track_number: int
    label: int
    score: float

    def __post_init__(self) -> None:
        if not 1 <= self.label <= MAX_LABEL:
            raise LabelError(
                f"Track {self.track_number} would have the label {self.label}, outside 1..{MAX_LABEL}. "
                f"Keep fewer tracks: ask for a higher score."
            )


def kept_tracks(tracks: Iterable[FoundTrack], min_score: float = 0.0) -> tuple[KeptTrack, ...]:
    """The tracks of at least `min_score` under their own numbers."""
    return tuple(
        KeptTrack(track.track_number, track.track_number, track.score) for track in tracks if track.score >= min_score
    )


def label_image(frame: VisFrame, keep: Iterable[KeptTrack]) -> NDArray[np.uint16]:
    """The labels (H, W) uint16 of a frame, 0 background; where masks overlap, of the largest score x probability.

    Args:
        frame: Masks of any tracks.
        keep: The tracks that are shown.
    """
    kept = {track.track_number: track for track in keep}
    shown = [
        (kept[number].score * float(score), kept[number].label, mask)
        for number, score, mask in zip(frame.track_numbers.tolist(), frame.scores, frame.masks, strict=True)
        if number in kept
    ]
    labels = np.zeros(frame.masks.shape[1:], np.uint16)
    for _, label, mask in sorted(shown, key=lambda one: (one[0], -one[1])):
        labels[mask] = label
    return labels
