"""How long a person worked, with the pauses cut off."""

import math
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from mfvis_engine.annotation.errors import InvalidWorkError
from mfvis_engine.annotation.tracks import parse_frame_index, parse_track_id

IDLE_CUTOFF_S = 20.0
"""Whoever has touched nothing for this long is not at work."""


@dataclass(frozen=True)
class ActivityClock:
    """Counts the time between events that follow each other closely: mouse and keys, as they come.

    Attributes:
        idle_cutoff_s: A gap of this many seconds or more is a pause, and counts for nothing.
        active_seconds: Counted so far.
        last_event_s: When the last event was; None before the first.
    """

    idle_cutoff_s: float = IDLE_CUTOFF_S
    active_seconds: float = 0.0
    last_event_s: float | None = None

    def after(self, time_s: float) -> "ActivityClock":
        """The clock after one more event.

        Args:
            time_s: When it was, in seconds of a clock that does not go back, such as `time.monotonic`.
        """
        gap_s = 0.0 if self.last_event_s is None else max(0.0, time_s - self.last_event_s)
        counted_s = gap_s if gap_s < self.idle_cutoff_s else 0.0
        return replace(self, active_seconds=self.active_seconds + counted_s, last_event_s=time_s)

    def restarted(self) -> "ActivityClock":
        """The clock for the next piece of work, which begins where this one ended."""
        return replace(self, active_seconds=0.0)


class WorkKind(StrEnum):
    """What a person worked on."""

    BOX = "box"
    MASK = "mask"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class Work:
    """A piece of work of a person on one track in one frame.

    Attributes:
        began: When, with its time zone.
        kind: On what.
        track_id: The track as it was called then; it may have been merged, split or deleted since.
        frame_index: From 0.
        active_seconds: How long, pauses cut off.

    Raises:
        InvalidWorkError: The time has no zone, or the seconds are negative or not finite.
        InvalidTrackIdError: The track id is outside 1..65535.
        InvalidFrameError: The frame index is negative.
    """

    began: datetime
    kind: WorkKind
    track_id: int
    frame_index: int
    active_seconds: float

    def __post_init__(self) -> None:
        if self.began.utcoffset() is None:
            raise InvalidWorkError(f"The time {self.began} has no time zone. Give it as UTC: datetime.now(UTC).")
        if not (math.isfinite(self.active_seconds) and self.active_seconds >= 0):
            raise InvalidWorkError(f"{self.active_seconds} s of work are not possible. Give a number from 0.")
        object.__setattr__(self, "kind", WorkKind(self.kind))
        object.__setattr__(self, "track_id", parse_track_id(self.track_id))
        object.__setattr__(self, "frame_index", parse_frame_index(self.frame_index))
