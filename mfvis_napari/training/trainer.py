"""Training in one window: one at a time, on an engine that stays warm."""

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from psygnal import Signal
from qtpy.QtCore import QTimer

from mfvis_engine.project import ReadOnlyProjectError
from mfvis_napari.messages import Messages
from mfvis_napari.session import Session
from mfvis_napari.slices import Slices
from mfvis_napari.training.choices import TrainingPreferences, TrainingSettings
from mfvis_napari.training.ending import Ending
from mfvis_napari.training.engine_room import EngineRoom, MakeEngine, open_engine
from mfvis_napari.training.engine_work import EngineWork, WorkEnding
from mfvis_napari.training.errors import TrainingRefusedError
from mfvis_napari.training.feed import FrameFeed
from mfvis_napari.training.model_training import ModelTraining
from mfvis_napari.training.my_model import ModelSettings, SearchSettings, facts_of
from mfvis_napari.training.object_search import ObjectSearch
from mfvis_napari.training.past import Past, StoppedRun, past_of
from mfvis_napari.training.post import Post
from mfvis_napari.training.signals import TrainingSignals
from mfvis_napari.training.training import Training

_WARM_UP_MS = 1500
"""After a project was opened: the first picture comes first."""


class Trainer(TrainingSignals):
    """Trains on the open project's boxes, and streams the masks into it. No widgets; for the window's thread.

    It also trains a person's model for many videos, and has that find objects in the open one; one at a time of these.

    Attributes:
        preferences: Which engine, and where on it; a change holds from the next training on.
        started: Emitted when one begins.
        ended: Emitted with an `Ending`.
        work_ended: Emitted with a `WorkEnding`, after work with a model for many videos.
        model_told: Emitted with a model's path and its `ModelFacts`, or None where it is not there, after `ask_model`.
        past_told: Emitted with a `Past`, some time after a project was opened or a training has ended.
    """

    started = Signal()
    ended = Signal(Ending)
    work_ended = Signal(WorkEnding)
    model_told = Signal(Path, object)
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
        self._training: Training | EngineWork | None = None
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
        self._check_free()
        _check_writable(session)
        if not has_box(session):
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

    def train_model(self, settings: ModelSettings) -> None:
        """Begins to train a model for many videos on what is in projects now; closing the open one does not end it.

        Raises:
            TrainingRefusedError: Something is going on, or there is no project to learn from.
            MfvisError: What was painted cannot be saved.
        """
        self._check_free()
        if not settings.projects:
            raise TrainingRefusedError(
                "There is no project with boxes to learn from. Tick one, or draw boxes first (N)."
            )
        if self._session is not None:
            self._session.flush()
        self._begin(
            ModelTraining(settings, self.preferences, self._room, self._messages, told=self, on_end=self._work_ended)
        )

    def find_objects(self, session: Session, settings: SearchSettings) -> None:
        """Begins to look for objects in the open video with a model; they come as proposals.

        Raises:
            TrainingRefusedError: Something is going on.
            ReadOnlyProjectError: The project is open for reading.
            MfvisError: What was painted cannot be saved.
        """
        self._check_free()
        _check_writable(session)
        session.flush()
        self.bind(session)
        self._begin(
            ObjectSearch(
                session,
                settings,
                self.preferences,
                self._room,
                self._messages,
                told=self,
                on_end=self._work_ended,
            )
        )

    def ask_model(self, model: Path) -> None:
        """Looks what model there is in a folder, or at a released file; `model_told` is emitted some time after."""
        self._room.do(
            partial(facts_of, model), lambda facts: self.model_told.emit(model, facts), self._messages.tell_error
        )

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
        self._feed_late(feed, stopped.waiting_frames, on_end)

    def take_over_known(
        self, session: Session, run_id: str, track_ids: tuple[int, ...], on_end: Callable[[], None] = lambda: None
    ) -> None:
        """Takes the masks over that a run has of annotated tracks, but for a person's; then `on_end` is called."""
        feed = FrameFeed(session, self._slices, self._messages, run_id, track_ids)
        self._feed_late(feed, session.project.run(run_id).done(), on_end)

    def leave(self) -> None:
        """Leaves the open project at once, as it closes."""
        self._warming.stop()
        if self._late_feed is not None:
            self._late_feed.stop()
        if not (isinstance(self._training, EngineWork) and self._training.outlives_project):
            self._drop()
        self._late_feed = self._session = None

    def close(self) -> None:
        """Leaves the project and ends the engine, without waiting for it; may be called again."""
        self.leave()
        self._drop()
        self._room.close()

    def wait_closed(self) -> None:
        """Waits until the engine has ended, after `close`."""
        self._room.wait_closed()

    def _feed_late(self, feed: FrameFeed, frames: Iterable[int], on_end: Callable[[], None]) -> None:
        feed.failed.connect(self._messages.tell_error)
        feed.put(frames)
        feed.when_empty(on_end)
        self._late_feed = feed

    def _begin(self, work: EngineWork) -> None:
        self._training = work
        self.started.emit()
        work.begin()

    def _drop(self) -> None:
        training, self._training = self._training, None
        if training is not None:
            training.leave()

    def _check_free(self) -> None:
        if isinstance(self._training, ObjectSearch):
            raise TrainingRefusedError("It looks for objects just now. Wait until it has finished, or cancel it first.")
        if self._training is not None:
            raise TrainingRefusedError("It is training already. Wait until it has finished, or cancel it first.")

    def _work_ended(self, ending: WorkEnding) -> None:
        self._training = None
        self.work_ended.emit(ending)

    def _ended(self, ending: Ending) -> None:
        self._training = None
        self.ended.emit(ending)
        if self._session is not None:
            self._ask_past(self._session)

    def _warm_up(self) -> None:
        if self._session is not None and self._training is None and has_box(self._session):
            self._room.do(partial(self._room.engine, self.preferences))

    def _ask_past(self, session: Session) -> None:
        def told(past: Past) -> None:
            if session is self._session and not self.is_running:
                self.past_told.emit(past)

        self._room.do(partial(past_of, session.project.path), told)


def _check_writable(session: Session) -> None:
    if session.read_only:
        raise ReadOnlyProjectError(
            f"{session.project.name} is open for reading only, so no masks can be put into it. Close it where else"
            " it is open, and open it again."
        )


def has_box(session: Session) -> bool:
    """Whether there is a box in any frame."""
    return any(not keyframe.outside for track in session.annotations.tracks for keyframe in track.keyframes)
