"""What a thread may ask of a project that is open in the window's thread."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import TypeVar

from mfvis_engine.project import Project, RunWriter
from mfvis_engine.project.run_writer import RunSettings
from mfvis_napari.training.errors import TrainingLeftError
from mfvis_napari.training.post import Post

T = TypeVar("T")


class RunHost:
    """Makes and deletes runs in the window's thread for another one, which writes them (a `RunHome`).

    All methods raise as those of `Project`, and TrainingLeftError where the project is closed meanwhile.
    """

    def __init__(self, project: Project, post: Post) -> None:
        """Of a project that belongs to the window's thread."""
        self._project, self._post = project, post
        self._waiting: Future[object] | None = None
        self._is_left = False

    def free_track_ids(self, count: int) -> tuple[int, ...]:
        """See `Project`."""
        return self._asked(lambda: self._project.free_track_ids(count))

    def create_run(self, settings: RunSettings, track_ids: Iterable[int], found_ids: Iterable[int] = ()) -> RunWriter:
        """See `Project`."""
        return self._asked(lambda: self._project.create_run(settings, track_ids, found_ids))

    def delete_run(self, run_id: str) -> int:
        """See `Project`."""
        return self._asked(lambda: self._project.delete_run(run_id))

    def leave(self) -> None:
        """Answers nothing any more; in the window's thread."""
        self._is_left = True
        waiting = self._waiting
        if waiting is not None and not waiting.done():
            waiting.set_exception(_left())

    def _asked(self, call: Callable[[], T]) -> T:
        answer: Future[T] = Future()
        self._waiting = answer  # type: ignore[assignment]  # only its exception is set through that name

        def answered() -> None:
            if answer.done():
                return
            try:
                answer.set_result(call())
            except Exception as error:  # for the thread that asked
                answer.set_exception(error)

        if self._is_left:
            raise _left()
        self._post(answered)
        return answer.result()


def _left() -> TrainingLeftError:
    return TrainingLeftError("The project was closed while its video was looked at.")
