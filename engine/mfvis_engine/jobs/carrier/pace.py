"""How fast a job is, lately."""

from collections import deque
from collections.abc import Callable

_SPAN_S = 10.0
_MOST_MARKS = 256


class Pace:
    """Counts a second over the last seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` tells seconds."""
        self._clock = clock
        self._marks: deque[tuple[float, int]] = deque(maxlen=_MOST_MARKS)

    def mark(self, count: int) -> None:
        """So many are done now."""
        now = self._clock()
        self._marks.append((now, count))
        while len(self._marks) > 2 and now - self._marks[0][0] > _SPAN_S:
            self._marks.popleft()

    @property
    def per_second(self) -> float:
        """0 while unknown."""
        if len(self._marks) < 2:
            return 0.0
        (began, first), (ended, last) = self._marks[0], self._marks[-1]
        return (last - first) / (ended - began) if ended > began else 0.0
