"""Training in one window: one at a time, on an engine that stays warm."""

from collections.abc import Callable
from functools import partial

from psygnal import Signal
from qtpy.QtCore import QTimer

from mfvis_engine.project import ReadOnlyProjectError
from mfvis_napari.messages import Messages
from mfvis_napari.session import Session
from mfvis_napari.slices import Slices
from mfvis_napari.training.choices import TrainingPreferences, TrainingSettings
from mfvis_napari.training.ending import Ending
from mfvis_napari.training.engine_room import EngineRoom, MakeEngine, open_engine
from mfvis_napari.training.errors import TrainingRefusedError
from mfvis_napari.training.feed import FrameFeed
from mfvis_napari.training.past import Past, StoppedRun, past_of
from mfvis_napari.training.post import Post
from mfvis_napari.training.signals import TrainingSignals
from mfvis_napari.training.training import Training

_WARM_UP_MS = 1500
"""After a project was opened: the first picture comes first."""


class Trainer(TrainingSignals):
    """Trains on the open project's boxes, and streams the masks into it. No widgets; for the window's thread.

    Attributes:
        preferences: Which engine, and where on it; a change holds from the next training on.
        started: Emitted when one begins.
        ended: Emitted with an `Ending`.
        past_told: Emitted with a `Past`, some time after a project was opened or a training has ended.
    """

    started = Signal()
    ended = Signal(Ending)
    past_told = Signal(Past)

    def __init__(
        self,
        slices: Slices,
        messages: Messages,
        preferences: TrainingPreferences | None = None,
        make_engine: MakeEngine = open_engine,
    ) -> None:
        self.preferences = preferences or TrainingPreferences()
        self._slices, self._messages = slices, messages
        self._room = EngineRoom(Post(messages), make_engine)
        self._session: Session | None = None
        self._training: Training | None = None
        self._late_feed: FrameFeed | None = None
        self._warming = QTimer(singleShot=True, interval=_WARM_UP_MS)
        self._warming.timeout.connect(messages.guarded(self._warm_up))

    @property
    def is_running(self) -> bool:
        """Whether a training is going on."""
        return self._training is not None

    def bind(self, session: Session | None) -> None:
        """Takes another project, or none; a training of the one before is left: its run stays unfinished."""
        if session is self._session:
            return
        self.leave()
        self._session = session
        if session is not None and not session.read_only:
            self._ask_past(session)
            self._warming.start()

    def start(self, session: Session, settings: TrainingSettings | None = None) -> None:
        """Begins a training on what is in the project now.

        Raises:
            TrainingRefusedError: One is going on, or there is no box.
            ReadOnlyProjectError: The project is open for reading.
            MfvisError: What was painted cannot be saved.
        """
        if self._training is not None:
            raise TrainingRefusedError("It is training already. Wait until it has finished, or cancel it first.")
        if session.read_only:
            raise ReadOnlyProjectError(
                f"{session.project.name} is open for reading only, so no masks can be put into it. Close it where else"
                " it is open, and open it again."
            )
        if not _has_box(session):
            raise TrainingRefusedError("Draw a box first (N).")
        session.flush()
        self.bind(session)
        self._training = training = Training(
            session,
            settings or TrainingSettings(),
            self.preferences,
            self._room,
            self._slices,
            self._messages,
            told=self,
            on_end=self._ended,
        )
        self.started.emit()
        training.begin()

    def cancel(self) -> None:
        """Ends the training; masks that were taken over stay. Nothing happens where none is going on."""
        if self._training is not None:
            self._training.cancel()

    def pause(self) -> None:
        """Lets the engine wait."""
        if self._training is not None:
            self._training.pause()

    def resume(self) -> None:
        """Lets the engine go on."""
        if self._training is not None:
            self._training.resume()

    def take_over(self, session: Session, stopped: StoppedRun, on_end: Callable[[], None] = lambda: None) -> None:
        """Takes over what a training that was stopped had made already; `on_end` is called when all is there."""
        feed = FrameFeed(session, self._slices, self._messages, stopped.run_id)
        feed.failed.connect(self._messages.tell_error)
        feed.put(stopped.waiting_frames)
        feed.when_empty(on_end)
        self._late_feed = feed

    def leave(self) -> None:
        """Leaves the open project at once, as it closes."""
        self._warming.stop()
        if self._late_feed is not None:
            self._late_feed.stop()
        training, self._training = self._training, None
        if training is not None:
            training.leave()
        self._late_feed = self._session = None

    def close(self) -> None:
        """Leaves the project and ends the engine, without waiting for it; may be called again."""
        self.leave()
        self._room.close()

    def wait_closed(self) -> None:
        """Waits until the engine has ended, after `close`."""
        self._room.wait_closed()

    def _ended(self, ending: Ending) -> None:
        self._training = None
        self.ended.emit(ending)
        if self._session is not None:
            self._ask_past(self._session)

    def _warm_up(self) -> None:
        if self._session is not None and self._training is None and _has_box(self._session):
            self._room.do(partial(self._room.engine, self.preferences))

    def _ask_past(self, session: Session) -> None:
        def told(past: Past) -> None:
            if session is self._session and not self.is_running:
                self.past_told.emit(past)

        self._room.do(partial(past_of, session.project.path), told)


def _has_box(session: Session) -> bool:
    return any(not keyframe.outside for track in session.annotations.tracks for keyframe in track.keyframes)
