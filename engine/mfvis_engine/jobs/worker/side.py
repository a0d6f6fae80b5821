"""The dask worker around a job."""

import os
from pathlib import Path

from distributed import Worker, get_worker
from distributed.utils import sync


class WorkerSide:
    """The dask worker that runs this thread's task."""

    def __init__(self) -> None:
        """Called in a task."""
        self._worker: Worker = get_worker()

    @property
    def address(self) -> str:
        """Of this worker, as the scheduler knows it."""
        return str(self._worker.address)

    @property
    def folder(self) -> Path:
        """For files that outlive the worker's process, on this machine."""
        return Path(self._worker.local_directory).parent

    @property
    def name(self) -> str:
        """Of this worker; its next process has it again."""
        return str(self._worker.name)

    def call(self, payload: bytes) -> object:
        """Sends a message to the board, and returns the answer.

        Raises:
            OSError: The connection broke.
        """
        answer: object = sync(self._worker.loop, self._worker.scheduler.mfvis, payload=payload)
        return answer

    def end_process(self) -> None:
        """Ends this process here and now; the nanny starts a fresh one, which is given this task again.

        A worker that closes as dask would have it takes seconds, and may begin the next job meanwhile.
        """
        os._exit(0)
