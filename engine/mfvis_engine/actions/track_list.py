"""The tracks of a project in numbers."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from mfvis_engine.annotation.mask_state import PERSONS_ORIGINS
from mfvis_engine.project import MaskOrigin, Project


@dataclass(frozen=True)
class TrackLine:
    """A track in numbers.

    Attributes:
        track_id: 1..65535.
        category: What it is.
        first_frame: The first frame with a box; None where no frame has one.
        last_frame: The last one.
        keyframe_count: Keyframes, those that say it is outside included.
        box_count: Frames with a box.
        mask_count: Frames in which a mask is recorded.
        by_hand_count: Those in which a person edited or imported it.
        verified_count: Frames that a person verified.
    """

    track_id: int
    category: str
    first_frame: int | None
    last_frame: int | None
    keyframe_count: int
    box_count: int
    mask_count: int
    by_hand_count: int
    verified_count: int


def track_lines(project: Project) -> tuple[TrackLine, ...]:
    """The tracks of a project, by id."""
    states = project.mask_states()
    masks = Counter(state.track_id for state in states if state.origin is not MaskOrigin.NONE)
    by_hand = Counter(state.track_id for state in states if state.origin in PERSONS_ORIGINS)
    verified = Counter(state.track_id for state in states if state.verified)
    lines = []
    for track, present in zip(project.annotations().tracks, project.boxes().present, strict=True):
        frames = np.flatnonzero(present)
        first, last = (int(frames[0]), int(frames[-1])) if frames.size else (None, None)
        lines.append(
            TrackLine(
                track.track_id,
                track.category,
                first,
                last,
                len(track.keyframes),
                frames.size,
                masks[track.track_id],
                by_hand[track.track_id],
                verified[track.track_id],
            )
        )
    return tuple(lines)
