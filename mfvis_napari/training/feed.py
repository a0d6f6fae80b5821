"""Takes the frames of a run over into the masks as they come: a few at a time, never under the brush."""

import time
from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal
from qtpy.QtCore import QTimer

from mfvis_engine.annotation import VerbRefusedError
from mfvis_engine.annotation.verbs import AcceptRun
from mfvis_engine.project import Done, MergeReport
from mfvis_napari.messages import Messages
from mfvis_napari.session import Session
from mfvis_napari.slices import Slices

LONGEST_PIECE_S = 0.035
"""A piece of more frames than one is so small that it takes no longer; the window stands still meanwhile."""
MOST_FRAMES = 16
_PAUSE_MS, _HELD_MS = 5, 100


class FrameFeed:
    """Accepts frames of a run in pieces, that in view and those near it first; all pieces are undone together.

    A frame that a person is painting in waits until it is free. For the window's thread.

    Attributes:
        accepted: Emitted with the frames of each piece, a tuple.
        failed: Emitted with the exception that ended it.
    """

    accepted = Signal(tuple)
    failed = Signal(Exception)

    def __init__(
        self,
        session: Session,
        slices: Slices,
        messages: Messages,
        run_id: str,
        track_ids: tuple[int, ...] | None = None,
    ) -> None:
        """Of a run, for these tracks; for all that are annotated by default."""
        self._session, self._slices, self._run_id, self._track_ids = session, slices, run_id, track_ids
        self._pending: set[int] = set()
        self._accepted: set[int] = set()
        self._done: list[Done] = []
        self._when_empty: list[Callable[[], None]] = []
        self._frames_a_piece = 1
        self._is_stopped = False
        self._timer = QTimer()
        self._timer.timeout.connect(messages.guarded(self._tick))

    @property
    def frame_count(self) -> int:
        """How many frames were taken over."""
        return len(self._accepted)

    @property
    def accepted_frames(self) -> frozenset[int]:
        """Frames that were taken over."""
        return frozenset(self._accepted)

    @property
    def pending_count(self) -> int:
        """How many frames wait."""
        return len(self._pending)

    @property
    def kept_count(self) -> int:
        """How many masks of a person's stood where the run had one."""
        return len(np.unique(self._rows("skipped"), axis=0))

    def put(self, frames: Iterable[int]) -> None:
        """Has frames taken over that the run has done."""
        if not self._is_stopped:
            self._pending.update(frames)
            self._go_on()

    def when_empty(self, call: Callable[[], None]) -> None:
        """Calls back, once, when no frame waits any more: now, if none does; never if it is stopped meanwhile."""
        self._when_empty.append(call)
        self._go_on()

    def stop(self) -> None:
        """Takes nothing over any more."""
        self._is_stopped = True
        self._pending.clear()
        self._when_empty.clear()
        self._timer.stop()

    def finish(self) -> None:
        """Takes over what waits, however long it takes, but for frames in which a person paints; then it is stopped."""
        self._slices.finish()
        free = tuple(sorted(self._pending - self._session.held_frames()))
        self.stop()
        if free:
            self._taken_over(free)

    def report(self) -> MergeReport:
        """What has been done so far."""
        annotated = set(self._session.annotations.track_ids)
        tracks = self._session.project.run(self._run_id).track_ids
        return MergeReport(
            self._run_id,
            next((done.log_id for done in reversed(self._done) if done.log_id is not None), None),
            self._rows("written"),
            self._rows("skipped"),
            unannotated_track_ids=tuple(track_id for track_id in tracks if track_id not in annotated),
            reidentified_track_ids=(),
        )

    def _rows(self, name: str) -> NDArray[np.int64]:
        found = [getattr(done, name) for done in self._done]
        return np.concatenate(found) if found else np.zeros((0, 2), np.int64)

    def _go_on(self) -> None:
        if self._pending:
            if not self._timer.isActive():
                self._timer.start(_PAUSE_MS)
            return
        self._timer.stop()
        calls, self._when_empty = self._when_empty, []
        for call in calls:
            call()

    def _tick(self) -> None:
        if self._slices.is_busy:  # with an undo, which nothing may come between
            return
        free = self._pending - self._session.held_frames()
        self._timer.setInterval(_PAUSE_MS if free else _HELD_MS)
        if free:
            in_view = self._session.view.frame_index
            nearest = sorted(free, key=lambda frame_index: (abs(frame_index - in_view), frame_index))
            self._slices.run(self._piece(tuple(nearest[: self._frames_a_piece])), on_error=self._fail)

    def _piece(self, frames: tuple[int, ...]) -> Iterator[None]:
        self._pending.difference_update(frames)
        began_s = time.perf_counter()
        done = self._taken_over(frames)
        if done is not None:
            self._done.append(done)
            self._accepted.update(frames)
            self._adapt(time.perf_counter() - began_s)
            self.accepted.emit(frames)
        self._go_on()
        yield

    def _taken_over(self, frames: tuple[int, ...]) -> Done | None:
        """None where the run has forgotten frames: it learns anew, and will have them again."""
        try:
            return self._session.accept(AcceptRun(self._run_id, self._track_ids, frames, is_part=True))
        except VerbRefusedError:
            there = set(self._session.project.run(self._run_id).done())
            if there.issuperset(frames):
                raise
            self._pending.update(there.intersection(frames))
            return None

    def _adapt(self, seconds: float) -> None:
        if seconds > LONGEST_PIECE_S:
            self._frames_a_piece = max(1, self._frames_a_piece // 2)
        elif seconds < LONGEST_PIECE_S / 3:
            self._frames_a_piece = min(MOST_FRAMES, 2 * self._frames_a_piece)

    def _fail(self, error: Exception) -> None:
        self.stop()
        self.failed.emit(error)
