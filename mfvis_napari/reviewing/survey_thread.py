"""Looks at the masks of a project beside the window, a frame at a time."""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from mfvis_engine.annotation import Annotations
from mfvis_engine.errors import MfvisError
from mfvis_engine.project import Project
from mfvis_engine.review.evidence import Evidence
from mfvis_engine.review.next_box import BoxHint, box_hints
from mfvis_engine.review.queue import ReviewQueue, ranked
from mfvis_engine.review.reasons import Needs
from mfvis_engine.review.survey import Survey

BATCH_FRAMES = 64
"""After so many frames of the first look, changes have their turn."""
TELL_S = 1.5
"""So often findings are told while there is more to look at."""
RANKING_SHARE = 0.1
"""At most this share of the time goes into ranking what is not complete yet."""


@dataclass(frozen=True)
class Findings:
    """What is known by now.

    Attributes:
        queue: The masks to look at.
        hints: Where boxes would help, one for each track that could do with one, the best first.
        frames_left: How many frames have not been looked at since they changed.
    """

    queue: ReviewQueue = field(default_factory=ReviewQueue)
    hints: tuple[BoxHint, ...] = ()
    frames_left: int = 0


class SurveyError(MfvisError):
    """The masks of a project cannot be looked at."""


class SurveyThread:
    """A thread with a read-only project of its own; it works half of the time at most, and rests when told to."""

    def __init__(
        self,
        path: Path,
        annotations: Annotations,
        on_findings: Callable[[Findings], None],
        on_error: Callable[[Exception], None],
    ) -> None:
        """Begins with all frames; both functions are called on the thread."""
        self._path, self._annotations = path, annotations
        self._on_findings, self._on_error = on_findings, on_error
        self._wake = threading.Condition()
        self._stop = threading.Event()
        self._changed: set[int] = set()
        self._unseen: set[int] | None = None
        self._must_rank = False
        self._resting_until_s = 0.0
        self._in_hand: set[int] = set()
        self._told_s, self._ranking_s = time.monotonic(), 0.0
        self._thread = threading.Thread(target=self._run, name="mfvis review", daemon=True)
        self._thread.start()

    def ask(self, frames: Iterable[int], annotations: Annotations) -> None:
        """Has frames looked at again, before those that wait from the beginning, and all ranked with these tracks."""
        with self._wake:
            self._changed.update(frames)
            self._annotations = annotations
            self._must_rank = True
            self._wake.notify()

    def rest(self, seconds: float) -> None:
        """Leaves the machine to the window for a while."""
        self._resting_until_s = time.monotonic() + seconds

    def stop(self, timeout_s: float = 5.0) -> None:
        """Ends the thread, which takes a frame's time."""
        with self._wake:
            self._stop.set()
            self._wake.notify()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        survey: Survey | None = None
        while self._await_work():
            try:
                with Project.open(self._path, read_only=True) as project:
                    if survey is None:
                        survey = Survey(project.length, project.height, project.width)
                        self._unseen = set(range(project.length))
                    self._work(survey, project)
            except Exception as error:
                with self._wake:
                    self._changed.clear()
                    self._in_hand = set()
                    self._unseen, self._must_rank = set(), False
                if not self._stop.is_set():
                    self._on_error(self._explained(error))

    def _explained(self, error: Exception) -> Exception:
        if isinstance(error, OSError):
            return SurveyError(f"The masks in {self._path} cannot be looked at ({error}). Is the disk still there?")
        return error

    def _await_work(self) -> bool:
        """Waits until there is something to do; False when it is to end."""
        with self._wake:
            self._wake.wait_for(lambda: self._stop.is_set() or self._has_work)
            return not self._stop.is_set()

    @property
    def _has_work(self) -> bool:
        return bool(self._must_rank or self._changed or self._unseen is None or self._unseen)

    def _work(self, survey: Survey, project: Project) -> None:
        while self._has_work and not self._stop.is_set():
            is_change = self._take_frames()
            for _ in self._paced(survey, project):
                if self._stop.is_set():
                    return
                self._tell_if_due(survey)
            self._in_hand = set()
            if is_change or not self._has_work:
                self._tell(survey)

    def _take_frames(self) -> bool:
        """Takes the next frames in hand; says whether they are ones that changed."""
        with self._wake:
            unseen = self._unseen or set()
            is_change = self._must_rank
            self._in_hand = set(self._changed) if is_change else set(sorted(unseen)[:BATCH_FRAMES])
            self._changed.difference_update(self._in_hand)
            unseen.difference_update(self._in_hand)
            self._must_rank = False
            return is_change

    def _paced(self, survey: Survey, project: Project) -> Iterable[int]:
        """The steps of the survey; between two, others have as long as the step took."""
        steps = survey.steps(project, tuple(self._in_hand))
        while True:
            began_s = time.monotonic()
            frame_index = next(steps, None)
            if frame_index is None:
                return
            self._in_hand.discard(frame_index)
            yield frame_index
            now_s = time.monotonic()
            self._stop.wait(max(now_s - began_s, self._resting_until_s - now_s))

    def _tell_if_due(self, survey: Survey) -> None:
        since_s = time.monotonic() - self._told_s
        if since_s > max(TELL_S, self._ranking_s / RANKING_SHARE):
            self._tell(survey)

    def _tell(self, survey: Survey) -> None:
        began_s = time.monotonic()
        with self._wake:
            frames_left = len(self._unseen or ()) + len(self._changed) + len(self._in_hand)
            annotations = self._annotations
        evidence = Evidence.of(survey, annotations)
        needs = Needs.of(evidence)
        findings = Findings(ranked(evidence, needs), box_hints(evidence, needs), frames_left)
        self._told_s = time.monotonic()
        self._ranking_s = self._told_s - began_s
        if not self._stop.is_set():
            self._on_findings(findings)
