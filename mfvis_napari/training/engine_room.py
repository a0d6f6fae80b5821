"""The engine, and the one thread in which everything slow about it is done."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from mfvis_engine.errors import MfvisError
from mfvis_napari.training.choices import TrainingPreferences
from mfvis_napari.training.post import Post

if TYPE_CHECKING:  # loads dask.distributed
    from mfvis_engine.jobs.client.engine import Engine

T = TypeVar("T")
MakeEngine = Callable[[TrainingPreferences], "Engine"]


def open_engine(preferences: TrainingPreferences) -> "Engine":
    """The engine at the address that is set; without one a new one on this computer.

    Raises:
        EngineError: It cannot be started or reached, or its certificates are no good.
    """
    from mfvis_engine.jobs.client.engine import Engine
    from mfvis_engine.jobs.wire.certificates import CLIENT, CertificateError, Credentials

    if preferences.engine is None:
        return Engine.start(gives_way=True)
    if preferences.certificates is None:
        raise CertificateError(
            f"The engine at {preferences.engine} takes only who has its certificates, and no folder of them is set."
            " Name it in the settings, or use this computer."
        )
    return Engine.connect(preferences.engine, Credentials.read(preferences.certificates, CLIENT))


class EngineRoom:
    """Keeps an engine warm from one job to the next, for the window's thread, which never waits for it."""

    def __init__(self, post: Post, make_engine: MakeEngine = open_engine) -> None:
        self._post, self._make_engine = post, make_engine
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="mfvis-engine-room")
        self._engine: Engine | None = None
        self._made_for: tuple[object, ...] | None = None
        self._is_closed = False

    def do(
        self,
        work: Callable[[], T],
        then: Callable[[T], object] = lambda _: None,
        failed: Callable[[Exception], object] = lambda _: None,
    ) -> None:
        """Does `work` in the room after what waits already; `then` or `failed` is called in the window's thread."""

        def done() -> None:
            try:
                result = work()
            except Exception as error:  # whatever it is, it is for the window to say
                self._post(partial(failed, error))
                return
            self._post(partial(then, result))

        if not self._is_closed:
            self._thread.submit(done)

    def engine(self, preferences: TrainingPreferences) -> "Engine":
        """The engine, made where there is none for these preferences yet; only in the room.

        Raises:
            EngineError: As `open_engine`.
        """
        wanted = (preferences.engine, preferences.certificates)
        if self._engine is None or self._made_for != wanted:
            self.drop()
            self._engine, self._made_for = self._make_engine(preferences), wanted
        return self._engine

    def drop(self) -> None:
        """Closes the engine, so that the next one is a new one; only in the room."""
        engine, self._engine = self._engine, None
        if engine is not None:
            with suppress(MfvisError, OSError):  # it is of no use any more, whatever it says
                engine.close()

    def close(self) -> None:
        """Ends the engine and the thread, without waiting for either, after what waits already."""
        if not self._is_closed:
            self._is_closed = True
            self._thread.submit(self.drop)
            self._thread.shutdown(wait=False)

    def wait_closed(self) -> None:
        """Waits for the end after `close`."""
        self._thread.shutdown(wait=True)
