"""Has the masks of the open project looked at, and again where something changed."""

import time

from qtpy.QtCore import QObject, QTimer, Signal  # type: ignore[attr-defined]  # qtpy gives it for every binding

from mfvis_engine.project import Done
from mfvis_napari.messages import Messages
from mfvis_napari.reviewing.survey_thread import Findings, SurveyThread
from mfvis_napari.session import Session

QUIET_MS = 500
"""A change is looked at after so much quiet,"""
LATEST_S = 3.0
"""or after so long, where changes keep coming, as from the engine."""
REST_S = 0.3
"""For so long after each frame a person goes to, the survey waits."""


class Surveyor(QObject):
    """Keeps `Findings` about a session up to date.

    Attributes:
        found: Emitted with new `Findings`.
    """

    found = Signal(object)
    _failed = Signal(object)

    def __init__(self, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._messages = messages
        self._session: Session | None = None
        self._thread: SurveyThread | None = None
        self._frames: set[int] = set()
        self._waiting_since_s: float | None = None
        self._timer = QTimer(self, singleShot=True)
        self._timer.setInterval(QUIET_MS)
        self._timer.timeout.connect(messages.guarded(self._ask))
        self._failed.connect(messages.tell_error)

    def load(self, session: Session | None) -> None:
        """Turns to another session, or to none."""
        self.stop()
        self._session = session
        if session is None:
            return
        self._thread = SurveyThread(session.project.path, session.annotations, self._tell, self._tell_error)
        session.changed.connect(self._messages.guarded(self._on_changed))
        session.view.frame_changed.connect(self._on_frame)

    def stop(self) -> None:
        """Ends what runs; may be called again."""
        self._timer.stop()
        self._frames.clear()
        self._waiting_since_s = None
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.stop()

    def _on_changed(self, done: Done) -> None:
        now_s = time.monotonic()
        self._frames.update(done.frames.tolist())
        if self._waiting_since_s is None:
            self._waiting_since_s = now_s
        left_ms = round((self._waiting_since_s + LATEST_S - now_s) * 1000)
        self._timer.start(max(0, min(QUIET_MS, left_ms)))

    def _on_frame(self, frame_index: int) -> None:
        if self._thread is not None:
            self._thread.rest(REST_S)

    def _ask(self) -> None:
        frames, self._frames, self._waiting_since_s = self._frames, set(), None
        if self._thread is not None and self._session is not None:
            self._thread.ask(frames, self._session.annotations)

    def _tell(self, findings: Findings) -> None:
        self.found.emit(findings)

    def _tell_error(self, error: Exception) -> None:
        self._failed.emit(error)
