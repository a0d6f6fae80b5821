"""A job with a model for many videos, from the button to its end, as the window's thread sees it."""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mfvis_engine.errors import MfvisError
from mfvis_napari.messages import Messages
from mfvis_napari.remedies import words_of
from mfvis_napari.training.advance import Advance, Phase, WholeJob
from mfvis_napari.training.choices import TrainingPreferences
from mfvis_napari.training.ending import HowEnded
from mfvis_napari.training.engine_room import EngineRoom
from mfvis_napari.training.errors import TrainingLeftError
from mfvis_napari.training.loss_history import LossHistory
from mfvis_napari.training.post import Post
from mfvis_napari.training.signals import TrainingSignals

if TYPE_CHECKING:  # load what the engine's client needs
    from mfvis_engine.actions.vis_jobs import Watch
    from mfvis_engine.jobs.client.engine import Engine
    from mfvis_engine.jobs.client.handle import JobHandle
    from mfvis_engine.jobs.events import Event, Progress
    from mfvis_napari.training.engine_settings import EngineSettings

_OFTEN_S = 0.2
_PHASES = {"training": Phase.LEARNING, "predicting": Phase.SEARCHING}


@dataclass(frozen=True)
class WorkEnding:
    """How a job with a model ended.

    Attributes:
        how: How.
        text: What to tell the person.
        run_id: The run that was written; empty where none was.
        known_track_ids: Annotated tracks that the run has masks of.
        model: The folder of the model that was trained; None where none was.
        was_elsewhere: Whether it ran on an engine at an address.
    """

    how: HowEnded
    text: str
    run_id: str = ""
    known_track_ids: tuple[int, ...] = ()
    model: Path | None = None
    was_elsewhere: bool = False


class EngineWork(ABC):
    """Follows a job in a thread of its own, which only reads projects and writes files that are nobody else's.

    Attributes:
        outlives_project: Whether it goes on when the open project is closed.
    """

    outlives_project = False
    _unchanged = ""
    """Said where it ended early."""

    def __init__(
        self,
        preferences: TrainingPreferences,
        room: EngineRoom,
        messages: Messages,
        told: TrainingSignals,
        on_end: Callable[[WorkEnding], None],
    ) -> None:
        """To be begun.

        Args:
            preferences: Which engine.
            room: Where it is.
            messages: Where faults are told.
            told: Emitted while it goes on.
            on_end: Called with how it ended; nothing comes after it.
        """
        self._preferences, self._room, self._messages = preferences, room, messages
        self._told, self._on_end = told, on_end
        self._post = Post(messages)
        self._whole = WholeJob()
        self._history = LossHistory(("all",))
        self._engine_settings: EngineSettings | None = None
        self._handle: JobHandle | None = None
        self._is_cancelled = self._is_left = False
        self._told_s = 0.0

    @abstractmethod
    def _work(self, engine: "Engine", watch: "Watch") -> WorkEnding:
        """Does it, and says how it ended; in its thread."""

    def begin(self) -> None:
        """Has the engine made ready, and begins."""
        self._advance(Phase.STARTING)
        self._room.do(lambda: self._room.engine(self._preferences), self._start, self._fail)

    def cancel(self) -> None:
        """Ends it."""
        if not self._is_cancelled:
            self._advance(Phase.STOPPING)
            self._is_cancelled = True
            self._cancel_job()

    def pause(self) -> None:
        """Lets the engine wait."""
        if self._handle is not None:
            self._room.do(self._handle.pause, failed=self._messages.tell_error)

    def resume(self) -> None:
        """Lets the engine go on."""
        if self._handle is not None:
            self._room.do(self._handle.resume, failed=self._messages.tell_error)

    def leave(self) -> None:
        """Ends it at once and without a word."""
        self._is_left = True
        self._cancel_job()

    def _cancel_job(self) -> None:
        handle = self._handle
        if handle is not None:
            self._room.do(handle.cancel)

    def _start(self, engine: "Engine") -> None:
        # a daemon: where the program ends, nothing waits for an engine that does not answer any more
        threading.Thread(target=self._run, args=(engine,), name="mfvis-engine-work", daemon=True).start()

    def _run(self, engine: "Engine") -> None:
        from mfvis_engine.actions.vis_jobs import Watch

        try:
            self._heed()
            ending = self._work(engine, Watch(self._on_event, self._on_sent, self._on_handle))
        except TrainingLeftError:
            return
        except Exception as error:  # whatever it is, it is for the window to say
            failure = error
            self._post(lambda: self._fail(failure))
            return
        self._post(lambda: self._end(ending))

    def _heed(self) -> None:
        """Ends the thread's work where nobody wants it any more."""
        from mfvis_engine.jobs.errors import JobCancelledError

        if self._is_left:
            raise TrainingLeftError("The project was closed meanwhile.")
        if self._is_cancelled:
            raise JobCancelledError("It was cancelled.")

    def _on_sent(self, sent_bytes: int, all_bytes: int) -> None:
        self._heed()
        self._post_often(lambda: self._advance(Phase.SENDING, sent_bytes // 2**20, max(1, all_bytes // 2**20)))

    def _on_handle(self, handle: "JobHandle") -> None:
        self._handle = handle
        if self._is_left or self._is_cancelled:
            handle.cancel()
        self._heed()

    def _on_event(self, event: "Event") -> None:
        if self._is_left:
            self._heed()
        self._post(lambda: self._hear(event))

    def _post_often(self, call: Callable[[], None]) -> None:
        """Has a call made in the window's thread, unless one was made a moment ago."""
        if time.monotonic() - self._told_s > _OFTEN_S:
            self._told_s = time.monotonic()
            self._post(call)

    def _hear(self, event: "Event") -> None:
        from mfvis_engine.jobs import events
        from mfvis_napari.training.engine_settings import EngineSettings

        if self._is_left:
            return
        match event:
            case events.Queued():
                self._advance(Phase.WAITING)
            case events.Started():
                self._told.device_told.emit(event.device)
                self._engine_settings = EngineSettings.told_by(event)
            case events.Progress():
                self._progress(event)
            case events.Paused():
                self._advance(Phase.PAUSED)
            case events.Warned(message):
                self._told.warned.emit(message)

    def _progress(self, event: "Progress") -> None:
        phase = _PHASES.get(event.stage, Phase.READING)
        settings = self._engine_settings
        total = self._frame_count() if settings is None or phase is Phase.SEARCHING else settings.steps_expected(event)
        fraction = self._whole.fraction(phase, event.fraction_done, event.seconds_left)
        if not self._is_cancelled:
            self._told.advanced.emit(Advance(phase, event.step, total, event.per_second, event.seconds_left, fraction))
        if event.loss is not None:
            self._history.add(event.step, (event.loss,))
            self._told.losses_told.emit(self._history)

    def _frame_count(self) -> int | None:
        """Of the video that is looked at."""
        return None

    def _advance(self, phase: Phase, count: int = 0, total: int | None = None) -> None:
        if not self._is_cancelled:
            self._told.advanced.emit(Advance(phase, count, total, fraction=self._whole.fraction(phase)))

    def _fail(self, error: Exception) -> None:
        from mfvis_engine.jobs.errors import EngineUnavailableError, JobCancelledError

        if isinstance(error, EngineUnavailableError):
            self._room.do(self._room.drop)
        if self._is_cancelled or isinstance(error, JobCancelledError):
            self._end(WorkEnding(HowEnded.CANCELLED, f"Cancelled. {self._unchanged}"))
            return
        if not isinstance(error, MfvisError) and not self._is_left:
            self._messages.tell_error(error)
        said = f"{words_of(error).rstrip()} {self._unchanged}"
        self._end(WorkEnding(HowEnded.FAILED, said, was_elsewhere=self._preferences.engine is not None))

    def _end(self, ending: WorkEnding) -> None:
        if not self._is_left:
            self._is_left = True
            self._on_end(ending)
