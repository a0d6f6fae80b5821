"""Which worker carries out which job."""

from collections import deque
from collections.abc import Callable


class Dispatcher:
    """Gives each worker one job at a time, in the order the jobs came.

    dask would bind a job to a worker when it comes, though that one be busy for an hour and another be free soon.
    """

    def __init__(self, begin: Callable[[str, str], None], is_wanted: Callable[[str], bool]) -> None:
        """Knows no workers and no jobs yet.

        Args:
            begin: Lets a worker, named second, begin a job, named first.
            is_wanted: Whether a job is still to be done.
        """
        self._begin, self._is_wanted = begin, is_wanted
        self._waiting: deque[str] = deque()
        self._job_of: dict[str, str | None] = {}

    def add_job(self, job_id: str) -> None:
        """Takes a job in, after all that wait."""
        self._waiting.append(job_id)
        self._dispatch()

    def add_worker(self, worker: str) -> None:
        """Takes note of a worker that has no job."""
        self._job_of[worker] = None
        self._dispatch()

    def remove_worker(self, worker: str) -> None:
        """Takes note that a worker is gone; its job, if it is still wanted, is the next to begin."""
        job_id = self._job_of.pop(worker, None)
        if job_id is not None:
            self._waiting.appendleft(job_id)
        self._dispatch()

    def release(self, worker: str) -> None:
        """Takes note that a worker is done with its job."""
        if worker in self._job_of:
            self.add_worker(worker)

    def _dispatch(self) -> None:
        for worker in [worker for worker, job_id in self._job_of.items() if job_id is None]:
            while self._waiting and self._job_of[worker] is None:
                job_id = self._waiting.popleft()
                if self._is_wanted(job_id):
                    self._job_of[worker] = job_id
                    self._begin(job_id, worker)
