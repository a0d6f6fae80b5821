"""One training, from the button to its end, as the window's thread sees it."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from qtpy.QtCore import QTimer

from mfvis_engine.errors import MfvisError
from mfvis_napari.messages import Messages
from mfvis_napari.remedies import words_of
from mfvis_napari.session import Session
from mfvis_napari.slices import Slices
from mfvis_napari.training.advance import Advance, Phase, WholeJob
from mfvis_napari.training.choices import TrainingPreferences, TrainingSettings
from mfvis_napari.training.ending import Ending, HowEnded
from mfvis_napari.training.engine_room import EngineRoom
from mfvis_napari.training.feed import FrameFeed
from mfvis_napari.training.loss_history import LossHistory
from mfvis_napari.training.post import Post
from mfvis_napari.training.signals import TrainingSignals

if TYPE_CHECKING:  # load what the engine's client needs
    from mfvis_engine.jobs.client.handle import JobHandle
    from mfvis_engine.jobs.events import Event, Progress, Started
    from mfvis_engine.jobs.proposals import FrameProposals
    from mfvis_napari.training.engine_settings import EngineSettings
    from mfvis_napari.training.listener import Listener
    from mfvis_napari.training.planning import Plan

_FOCUS_MS = 200
_OFTEN_S = 0.2
"""Between two things told of what goes on many times a second: each has the whole window drawn again."""


class Training:
    """Plans a job, hands it in, takes its masks over, and ends; then it is of no use any more."""

    def __init__(
        self,
        session: Session,
        settings: TrainingSettings,
        preferences: TrainingPreferences,
        room: EngineRoom,
        slices: Slices,
        messages: Messages,
        told: TrainingSignals,
        on_end: Callable[[Ending], None],
    ) -> None:
        """Of what is in `session` when it begins.

        Args:
            session: The open project.
            settings: What the person chose.
            preferences: Which engine.
            room: Where it is.
            slices: For taking masks over.
            messages: Where faults are told.
            told: Emitted while it goes on.
            on_end: Called with how it ended; nothing comes after it.
        """
        self._session, self._settings, self._preferences = session, settings, preferences
        self._room, self._slices, self._messages = room, slices, messages
        self._told, self._on_end = told, on_end
        self._post = Post(messages)
        self._whole = WholeJob()
        self._history: LossHistory | None = None
        self._engine_settings: EngineSettings | None = None
        self._mask_counts: dict[int, int] = {}
        self._began_s = time.monotonic()
        self._is_over = self._is_cancelled = False
        self._listener: Listener | None = None
        self._feed: FrameFeed | None = None
        self._handle: JobHandle | None = None
        self._phase = Phase.STARTING
        self._told_s = 0.0
        self._focus_timer = QTimer(singleShot=True, interval=_FOCUS_MS)
        self._focus_timer.timeout.connect(messages.guarded(self._send_focus))
        self._frame_slot = messages.guarded(lambda _: self._focus_timer.start())
        session.view.frame_changed.connect(self._frame_slot)

    def begin(self) -> None:
        """Plans the job."""
        self._advance(Phase.STARTING)
        path, focus = self._session.project.path, self._session.view.frame_index

        def plan() -> "Plan":
            from mfvis_napari.training.planning import planned

            return planned(path, self._settings, self._preferences, focus, self._room.engine)

        self._room.do(plan, self._planned, self._not_begun)

    def cancel(self) -> None:
        """Ends it; masks that were taken over stay."""
        if self._is_over or self._is_cancelled:
            return
        self._is_cancelled = True
        if self._listener is None:
            self._end(HowEnded.CANCELLED)
            return
        self._advance(Phase.STOPPING)
        self._drop_job()

    def pause(self) -> None:
        """Lets the engine wait."""
        if self._handle is not None:
            self._room.do(self._handle.pause, failed=self._messages.tell_error)

    def resume(self) -> None:
        """Lets the engine go on."""
        if self._handle is not None:
            self._room.do(self._handle.resume, failed=self._messages.tell_error)

    def leave(self) -> None:
        """Ends it at once and without a word, as the project closes: the run stays unfinished, masks stay."""
        self._settle()
        if self._listener is not None:
            self._listener.leave()
        if self._feed is not None:
            self._feed.stop()
        if self._handle is not None:
            self._room.do(self._handle.cancel)

    def _planned(self, plan: "Plan") -> None:
        if self._is_over:
            return
        if plan.job.annotations != self._session.annotations:  # somebody went on drawing meanwhile
            self._session.flush()
            self.begin()
            return
        import msgspec

        from mfvis_napari.training.listener import Listener

        project = self._session.project
        run = project.create_run(msgspec.to_builtins(plan.beginning), plan.job.annotations.track_ids)
        self._feed = FrameFeed(self._session, self._slices, self._messages, run.run_id)
        self._feed.accepted.connect(self._messages.guarded(self._accepted))
        self._feed.failed.connect(self._messages.guarded(self._fail))
        listener = Listener(run, self._tell, lambda: self._post(self._take_over), self._tell_lost)
        self._listener = listener
        self._advance(Phase.WAITING)
        self._room.do(lambda: listener.hand_in(plan, self._on_sent()), self._handed_in, self._not_handed_in(run.run_id))

    def _on_sent(self) -> Callable[[int, int], None]:
        """Hears in the engine room how much of the video is sent, and ends that where nobody wants it any more."""
        from mfvis_engine.jobs.errors import JobCancelledError

        told_s = 0.0

        def sent(sent_bytes: int, all_bytes: int) -> None:
            nonlocal told_s
            if self._is_over or self._is_cancelled:
                raise JobCancelledError("Training was cancelled while the video was sent.")
            if time.monotonic() - told_s > _OFTEN_S:
                told_s = time.monotonic()
                self._post(lambda: self._advance(Phase.SENDING, sent_bytes // 2**20, max(1, all_bytes // 2**20)))

        return sent

    def _handed_in(self, handle: "JobHandle") -> None:
        self._handle = handle
        if self._is_over:
            self.leave()
        elif self._is_cancelled:
            self._drop_job()
        else:
            self._send_focus()

    def _not_handed_in(self, run_id: str) -> Callable[[Exception], None]:
        def failed(error: Exception) -> None:
            if self._is_over:
                return
            with suppress(OSError):  # which must not hide what went wrong
                self._session.project.delete_run(run_id)
            self._not_begun(error)

        return failed

    def _not_begun(self, error: Exception) -> None:
        if self._is_over:
            return
        if self._is_cancelled:
            self._end(HowEnded.CANCELLED)
        else:
            self._fail(error)

    def _tell(self, event: "Event") -> None:
        self._post(lambda: self._hear(event))

    def _tell_lost(self, error: Exception) -> None:
        self._post(lambda: self._lost(error))

    def _lost(self, error: Exception) -> None:
        if self._feed is not None:
            self._feed.when_empty(lambda: self._fail(error))

    def _hear(self, event: "Event") -> None:
        from mfvis_engine.jobs import events

        if self._is_over or self._feed is None:
            return
        match event:
            case events.Started():
                self._started(event)
            case events.Progress():
                self._progress(event)
            case events.Preview(masks=masks):
                self._told.previewed.emit(masks.frame_index, masks.labels())
            case events.FrameDone(masks):
                self._frame_done(masks)
            case events.Warned(message):
                self._told.warned.emit(message)
            case _:
                self._hear_turn(event, self._feed)

    def _hear_turn(self, event: "Event", feed: FrameFeed) -> None:
        from mfvis_engine.jobs import events

        match event:
            case events.Queued():
                self._advance(Phase.WAITING)
            case events.Paused():
                self._advance(Phase.PAUSED)
            case events.Finished():
                self._end(HowEnded.FINISHED)
            case events.Cancelled():
                feed.when_empty(lambda: self._end(HowEnded.CANCELLED))
            case events.Failed(reason):
                feed.when_empty(lambda: self._end(HowEnded.FAILED, reason))

    def _started(self, event: "Started") -> None:
        from mfvis_napari.training.engine_settings import LOSS_NAMES, EngineSettings

        self._told.device_told.emit(event.device)
        self._engine_settings = EngineSettings.told_by(event)
        self._history = self._history or LossHistory(LOSS_NAMES)

    def _progress(self, event: "Progress") -> None:
        phase = {"reading": Phase.READING, "training": Phase.LEARNING}.get(event.stage, Phase.PREDICTING)
        settings = self._engine_settings
        steps = None if settings is None else settings.steps_expected(event)
        total = self._session.project.length if phase is Phase.PREDICTING else steps
        fraction = self._whole.fraction(phase, event.fraction_done, event.seconds_left)
        if not self._is_cancelled:
            self._phase = phase
            self._told.advanced.emit(Advance(phase, event.step, total, event.per_second, event.seconds_left, fraction))
        if event.losses is not None and self._history is not None and settings is not None:
            self._history.add(event.step, settings.weighted(event.losses))
            self._told.losses_told.emit(self._history)

    def _frame_done(self, masks: "FrameProposals") -> None:
        assert self._feed is not None
        self._mask_counts[masks.frame_index] = sum(score > 0 for score in masks.scores)
        self._feed.put([masks.frame_index])

    def _accepted(self, frames: tuple[int, ...]) -> None:
        assert self._feed is not None
        length = self._session.project.length
        self._told.frames_accepted.emit(self._feed.frame_count, length)
        if self._phase is Phase.TAKING_OVER and time.monotonic() - self._told_s > _OFTEN_S:
            self._told_s = time.monotonic()
            self._advance(Phase.TAKING_OVER, self._feed.frame_count, length)

    def _take_over(self) -> None:
        """The job has finished; what waits still is taken over."""
        feed, listener = self._feed, self._listener
        if self._is_over or feed is None or listener is None:
            return
        if feed.pending_count:
            self._advance(Phase.TAKING_OVER, feed.frame_count, self._session.project.length)
        feed.when_empty(lambda: listener.taken_over(feed.report()))

    def _fail(self, error: Exception) -> None:
        from mfvis_engine.jobs.errors import EngineUnavailableError

        if self._is_over:
            return
        if isinstance(error, EngineUnavailableError):
            self._room.do(self._room.drop)
        if not isinstance(error, MfvisError):
            self._messages.tell_error(error)
        self._end(HowEnded.FAILED, words_of(error))

    def _drop_job(self) -> None:
        """Lets the engine end the job, and takes no more of it over."""
        from mfvis_engine.jobs.errors import JobCancelledError

        if self._listener is not None:  # first: what is not taken over must not count as finished
            self._listener.release(JobCancelledError("Training was cancelled."))
        if self._feed is not None:
            self._feed.stop()
        if self._handle is not None:
            self._room.do(self._handle.cancel, failed=self._not_begun)

    def _end(self, how: HowEnded, reason: str = "") -> None:
        if self._is_over:
            return
        self._settle()
        if how is HowEnded.FAILED:
            self._drop_job()
        feed = self._feed
        taken = frozenset[int]() if feed is None else feed.accepted_frames
        self._on_end(
            Ending(
                how,
                len(taken),
                self._session.project.length,
                sum(self._mask_counts.get(frame_index, 0) for frame_index in taken),
                0 if feed is None else feed.kept_count,
                time.monotonic() - self._began_s,
                reason,
                was_elsewhere=self._preferences.engine is not None,
            )
        )

    def _settle(self) -> None:
        self._is_over = True
        self._focus_timer.stop()
        self._session.view.frame_changed.disconnect(self._frame_slot, missing_ok=True)

    def _send_focus(self) -> None:
        handle, frame_index = self._handle, self._session.view.frame_index
        if handle is not None and not self._is_over:
            self._room.do(lambda: handle.focus(frame_index))

    def _advance(self, phase: Phase, count: int = 0, total: int | None = None) -> None:
        if self._is_cancelled and phase is not Phase.STOPPING:
            return
        self._phase = phase
        self._told.advanced.emit(Advance(phase, count, total, fraction=self._whole.fraction(phase)))
