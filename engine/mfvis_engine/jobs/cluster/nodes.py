"""dask's scheduler, worker and nanny, as an engine starts them.

They listen with TLS alone: dask's own open an HTTP server in the clear each, whatever is asked of a dashboard. Their
files lie where no other user can put any, since dask lets Python import from there.
"""

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import dask
import psutil  # type: ignore[import-untyped]
from distributed import Nanny, Scheduler, Worker
from distributed.core import Status

from mfvis_engine.jobs.wire.certificates import Credentials
from mfvis_engine.jobs.wire.dial import security_of

_PROTOCOL = "tls://"
_WORKER_ENVIRONMENT = {"GOMP_SPINCOUNT": "10000"}
"""Threads of torch that wait do so awake for a moment, and then leave their cores to others. Without the moment,
training is a third slower."""

_OF_MANY_SMALL_TASKS = ("MALLOC_TRIM_THRESHOLD_", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
"""What dask sets for its workers: it suits many tasks a process, and makes the training of one network slow."""

_NICENESS = 10
"""Half way down: what others leave is taken in full."""

_WORKER_CONFIGURATION = {"distributed": {"worker": {"profile": {"enabled": False}}}}
"""dask looks a hundred times a second where its workers are, and keeps what it saw for an hour."""


async def started_scheduler(host: str, port: int, credentials: Credentials, folder: Path) -> Scheduler:
    """A running scheduler, for `attach_board`.

    Args:
        host: To listen on.
        port: To listen on; 0 for any that is free.
        credentials: Of the engine.
        folder: For its files; of this user alone.

    Raises:
        OSError: It cannot listen there.
    """
    scheduler: Scheduler = await QuietScheduler(
        host=host,
        port=port,
        protocol=_PROTOCOL,
        security=security_of(credentials),
        dashboard=False,
        local_directory=str(folder),
    )
    return scheduler


async def started_worker(
    scheduler: str,
    name: str,
    host: str,
    credentials: Credentials,
    folder: Path,
    environment: Mapping[str, str],
    *,
    gives_way: bool = False,
) -> Nanny:
    """The guardian of a worker process that is ready for jobs, and is started anew when it dies.

    Args:
        scheduler: Address of the scheduler.
        name: Of the worker, which no other of the scheduler's has.
        host: To listen on.
        credentials: Of the engine.
        folder: For its files and those that jobs leave for their next attempt; of this user alone.
        environment: Variables that its process is started with, besides those of this one.
        gives_way: Whether its process leaves the processor to those that a person works with.

    Raises:
        OSError: It cannot listen there.
        RuntimeError: The process cannot be started.
    """
    nanny = UnseenMainNanny(
        scheduler,
        name=name,
        host=host,
        protocol=_PROTOCOL,
        security=security_of(credentials),
        worker_class=PatientWorker if gives_way else QuietWorker,
        nthreads=1,
        memory_limit=0,
        local_directory=str(folder),
        env={**_WORKER_ENVIRONMENT, **environment},
        config=dask.config.merge(dask.config.config, _WORKER_CONFIGURATION),
        dashboard=False,
        silence_logs=logging.CRITICAL,
    )
    for name_of_dask in _OF_MANY_SMALL_TASKS:
        nanny.pre_spawn_env.pop(name_of_dask, None)
        nanny.env.pop(name_of_dask, None)
    started: Nanny = await nanny
    return started


class QuietScheduler(Scheduler):
    """A scheduler without an HTTP server."""

    def start_http_server(self, *_: object, **__: object) -> None:
        """Does not."""


class QuietWorker(Worker):
    """A worker without an HTTP server."""

    def start_http_server(self, *_: object, **__: object) -> None:
        """Does not."""


class PatientWorker(QuietWorker):
    """A worker whose process is given the processor after others: a window beside it must not stand still."""

    def __init__(self, *args: Any, **named: Any) -> None:  # noqa: ANN401 - as dask gives them
        """As `Worker`; first of all, since threads that are there already keep their priority."""
        lower_priority()
        super().__init__(*args, **named)


def lower_priority() -> None:
    """Has this process and the threads that it starts from now on given the processor after others."""
    lower = psutil.BELOW_NORMAL_PRIORITY_CLASS if sys.platform == "win32" else max(os.nice(0), _NICENESS)
    psutil.Process().nice(lower)


class UnseenMainNanny(Nanny):
    """Starts its worker process without telling it what this process's main script is.

    A spawned process imports the main script of its parent. A worker needs nothing of it, and a script that starts an
    engine outside of `if __name__ == "__main__":` would start another one in there.
    """

    async def instantiate(self) -> Status:
        """Starts the process; called again when one has died."""
        starting = asyncio.ensure_future(super().instantiate())
        with _main_hidden():
            while self.pid is None and not starting.done():
                await asyncio.sleep(0.005)
        return await starting


@contextlib.contextmanager
def _main_hidden() -> Iterator[None]:
    """While this lasts, `multiprocessing` finds a main module that comes from no file."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
