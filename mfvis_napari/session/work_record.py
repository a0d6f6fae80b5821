"""How long a person worked on what, so that a project can tell what its masks cost."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from mfvis_engine.annotation import ActivityClock, Work, WorkKind
from mfvis_engine.annotation.mask_patch import labels_in
from mfvis_engine.annotation.verbs import (
    AddKeyframe,
    ClearMask,
    DeleteKeyframe,
    EditMask,
    NewTrack,
    SetBox,
    SetOccluded,
    SetOutside,
    Unverify,
    Verb,
    Verify,
)


class WorkRecord:
    """Counts a person's time between one change and the next, pauses cut off."""

    def __init__(self, keep: Callable[[Work], None], now_s: Callable[[], float] = time.monotonic) -> None:
        """Hands each piece of work to `keep`; `now_s` is a clock in seconds that does not go back."""
        self._keep = keep
        self._now_s = now_s
        self._clock = ActivityClock()

    def touch(self) -> None:
        """To be called at every movement of the mouse and every key."""
        self._clock = self._clock.after(self._now_s())

    def close_piece(self, verb: Verb) -> None:
        """Ends a piece of work with the change that came of it; what is no work on a track in a frame is not kept."""
        self.touch()
        seconds = self._clock.active_seconds
        self._clock = self._clock.restarted()
        began = datetime.now(UTC) - timedelta(seconds=seconds)
        for kind, track_id, frame_index in _subjects(verb)[:1]:
            self._keep(Work(began, kind, track_id, frame_index, seconds))


def _subjects(verb: Verb) -> list[tuple[WorkKind, int, int]]:
    """(kind, track, frame) that a change was about; nothing for others, such as renaming."""
    match verb:
        case AddKeyframe() | SetBox() | DeleteKeyframe() | SetOutside() | SetOccluded():
            return [(WorkKind.BOX, verb.track_id, verb.frame_index)]
        case NewTrack(keyframes=(first, *_)):
            return [(WorkKind.BOX, verb.track_id, first.frame_index)]
        case EditMask():
            return [(WorkKind.MASK, track_id, verb.frame_index) for track_id in labels_in(verb.labels)]
        case ClearMask():
            return [(WorkKind.MASK, track_id, verb.first_frame) for track_id in verb.track_ids]
        case Verify() | Unverify():
            return [(WorkKind.REVIEW, track_id, verb.first_frame) for track_id in verb.track_ids]
        case _:
            return []
