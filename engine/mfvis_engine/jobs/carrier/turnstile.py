"""Where a running job passes many times a second: it goes on, waits or ends, as a person wishes."""

import time
from collections.abc import Callable

from mfvis_engine.jobs.desk import Desk, Wish
from mfvis_engine.jobs.errors import JobCancelledError
from mfvis_engine.jobs.events import Paused, Resumed

_PAUSE_S = 0.05
"""Between two looks at the wish while a job waits."""


class Turnstile:
    """Asks a desk for the wish; its clock stands while a job waits."""

    def __init__(
        self, desk: Desk, *, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """Passes are at `desk`; `clock` and `sleep` are in seconds."""
        self._desk, self._clock, self._sleep = desk, clock, sleep
        self._waited_s = 0.0

    def clock(self) -> float:
        """Seconds, never falling, those of waiting left out."""
        return self._clock() - self._waited_s

    def heed(self) -> None:
        """Goes on, at once or after waiting.

        Raises:
            JobCancelledError: The wish is to cancel.
        """
        wish = self._desk.wish()
        if wish is Wish.PAUSE:
            wish = self._wait()
        if wish is Wish.CANCEL:
            raise JobCancelledError("The job was cancelled.")

    def _wait(self) -> Wish:
        began = self._clock()
        self._desk.tell(Paused())
        while (wish := self._desk.wish()) is Wish.PAUSE:
            self._sleep(_PAUSE_S)
        self._waited_s += self._clock() - began
        if wish is Wish.RUN:
            self._desk.tell(Resumed())
        return wish
