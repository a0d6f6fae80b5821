"""What a change to a project did."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.annotation.mask_frame import FrameChange


@dataclass(frozen=True, eq=False)
class Done:
    """What was done, undone or done again.

    Attributes:
        log_id: Its entry in the log; None where nothing had to change, and nothing was logged.
        summary: One line for people.
        track_ids: The tracks that changed, ascending.
        frames: (F,) int64, the frames whose masks or their states changed, ascending.
        written: (W, 2) int64 rows (track_id, frame_index): masks taken over from a run or file.
        skipped: (S, 2) int64 rows (track_id, frame_index): kept instead, as a person's work.
    """

    log_id: int | None
    summary: str
    track_ids: tuple[int, ...]
    frames: NDArray[np.int64]
    written: NDArray[np.int64]
    skipped: NDArray[np.int64]


@dataclass
class Tally:
    """Counts what a change does while its frames go by; 16 bytes a mask.

    Attributes:
        track_ids: The tracks that changed so far.
        frames: The frames that changed so far.
        has_pixels: Whether a pixel changed.
    """

    track_ids: set[int] = field(default_factory=set)
    frames: list[int] = field(default_factory=list)
    has_pixels: bool = False
    _written: list[NDArray[np.int64]] = field(default_factory=list)
    _skipped: list[NDArray[np.int64]] = field(default_factory=list)

    def add(self, change: FrameChange) -> None:
        """Counts a frame in."""
        self._written.append(_pairs(change.written_ids, change.frame_index))
        self._skipped.append(_pairs(change.skipped_ids, change.frame_index))
        if not change.is_empty:
            self.frames.append(change.frame_index)
            self.track_ids.update(change.track_ids)
            self.has_pixels |= change.patch is not None

    def done(self, log_id: int | None, summary: str) -> Done:
        """What was counted."""
        nothing = _pairs((), 0)
        return Done(
            log_id,
            summary,
            tuple(sorted(self.track_ids)),
            np.array(self.frames, np.int64),
            np.concatenate([nothing, *self._written]),
            np.concatenate([nothing, *self._skipped]),
        )


def _pairs(track_ids: Iterable[int], frame_index: int) -> NDArray[np.int64]:
    return np.array([(track_id, frame_index) for track_id in track_ids], np.int64).reshape(-1, 2)
