"""What dask.distributed is asked for, with its types made precise; `dask_nodes` starts its servers.

dask's own messages carry ours as bytes under one operation, `mfvis`. The one dask task is `worker.run_job`.
"""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from distributed import Client, Scheduler, Security, Worker, get_worker
from distributed.comm.core import Comm, FatalCommClosedError
from distributed.core import ConnectionPool, Status
from distributed.diagnostics.plugin import SchedulerPlugin
from distributed.utils import LoopRunner, sync

from mfvis_engine.jobs.board import Board
from mfvis_engine.jobs.certificates import Credentials
from mfvis_engine.jobs.errors import EngineUnavailableError
from mfvis_engine.jobs.service import Service

RESOURCE = "job"
"""What a worker offers one of, and a job takes."""

OPERATION = "mfvis"
_WORKER_EXPECTED_S = 15.0
_NO_WORKER = "The engine has no worker at present; the job begins when one is there. Start one: mfvis engine serve"

_logger = logging.getLogger(__name__)
_Result = TypeVar("_Result")


def security_of(credentials: Credentials) -> Security:
    """The same credentials for all roles, encryption required."""
    roles = {
        f"tls_{role}_{part}": str(path)
        for role in ("client", "scheduler", "worker")
        for part, path in (("cert", credentials.certificate), ("key", credentials.key))
    }
    return Security(require_encryption=True, tls_ca_file=str(credentials.authority), **roles)  # type: ignore[no-untyped-call]


def _connection_of(credentials: Credentials) -> dict[str, object]:
    arguments: dict[str, object] = security_of(credentials).get_connection_args("client")  # type: ignore[no-untyped-call]
    return arguments


class LoopThread:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        """Starts it."""
        self._runner = LoopRunner(asynchronous=False)
        self._runner.start()  # type: ignore[no-untyped-call]

    def run(self, function: Callable[..., Awaitable[_Result]], *arguments: object) -> _Result:
        """Runs a coroutine function there, and waits for it; Ctrl+C cancels it."""
        result: _Result = sync(self._runner.loop, function, *arguments)
        return result

    def start(self, coroutine: Coroutine[Any, Any, None]) -> Callable[[], None]:
        """Starts a coroutine there; what is returned cancels it, from any thread."""
        loop: asyncio.AbstractEventLoop = self._runner.loop.asyncio_loop
        future = asyncio.run_coroutine_threadsafe(coroutine, loop)

        def cancel() -> None:
            future.cancel()

        return cancel

    def close(self) -> None:
        """Ends it."""
        self._runner.stop()  # type: ignore[no-untyped-call]


class Dial:
    """Connections to one engine; used in one event loop."""

    def __init__(self, address: str, credentials: Credentials) -> None:
        """Connects at the first call.

        Raises:
            EngineUnavailableError: The credentials cannot be read.
        """
        self._address = address
        try:
            self._pool = ConnectionPool(limit=64, connection_args=_connection_of(credentials))
        except OSError as error:  # also what `ssl` raises
            raise EngineUnavailableError(
                f"The certificate {credentials.certificate} cannot be used: {error}"
            ) from error

    async def call(self, payload: bytes, connect_s: float) -> object:
        """Sends a message, and returns the answer.

        Raises:
            OSError: The connection cannot be made within `connect_s` seconds, or broke.
            EngineUnavailableError: The other side is known to be none that would answer.
        """
        if self._pool.status is Status.init:
            await self._pool.start()
        try:
            comm = await self._pool.connect(self._address, timeout=connect_s)
        except (FatalCommClosedError, ValueError, RuntimeError) as error:
            raise EngineUnavailableError(
                f"{self._address} cannot be connected to: {error}. The address must be tls://HOST:PORT, and both"
                " sides have certificates of one authority."
            ) from error
        return await self._exchange(comm, payload)

    async def close(self) -> None:
        """Closes all connections."""
        await self._pool.close()

    async def _exchange(self, comm: Comm, payload: bytes) -> object:
        try:
            await comm.write({"op": OPERATION, "payload": payload, "reply": True})  # type: ignore[no-untyped-call]
            return await comm.read()  # type: ignore[no-untyped-call]
        except BaseException:
            # Or the next question would get the answer to this one.
            comm.abort()  # type: ignore[no-untyped-call]
            raise
        finally:
            self._pool.reuse(self._address, comm)


class BoardPlugin(SchedulerPlugin):
    """Puts a board into a scheduler: answers messages, hands jobs to workers, and notices workers that come and go."""

    name = "mfvis-board"

    def __init__(self, board: Board, scheduler: Scheduler, security: Security, carrier: str) -> None:
        """For `attach_board`."""
        self._board = board
        self._scheduler = scheduler
        self._security = security
        self._carrier = carrier
        self._service = Service(board)
        self._client: Client | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, scheduler: Scheduler) -> None:
        """Called by the scheduler when the plugin is added."""
        self._client = await Client(  # type: ignore[no-untyped-call]
            scheduler.address, security=self._security, asynchronous=True, set_as_default=False, name=self.name
        )
        self._board.on_submitted = self._take
        scheduler.handlers[OPERATION] = self._service.handle
        for worker in list(scheduler.workers):
            self.add_worker(scheduler, worker)

    async def before_close(self) -> None:
        """Called by the scheduler before it closes, or sooner: from here on, workers that go are no news."""
        self._board.on_submitted = lambda job_id: None
        for task in self._tasks:
            task.cancel()
        if self._client is not None:
            await self._client.close()  # type: ignore[no-untyped-call]
            self._client = None

    def add_worker(self, scheduler: Scheduler, worker: str) -> None:
        """Called by the scheduler: lets a new worker import what it will need."""
        if self._client is not None:
            self._keep(self._warm_up(self._client, worker))

    def remove_worker(self, scheduler: Scheduler, worker: str, *, stimulus_id: str, **_: object) -> None:
        """Called by the scheduler."""
        if self._client is not None:
            self._board.lose_worker(worker)

    def _take(self, job_id: str) -> None:
        self._keep(self._run(job_id))
        self._keep(self._warn_of_missing_workers(job_id))

    async def _run(self, job_id: str) -> None:
        from mfvis_engine.jobs.worker import run_job

        assert self._client is not None
        future = self._client.submit(
            run_job, job_id, self._carrier, key=f"mfvis-{job_id}", pure=False, resources={RESOURCE: 1}
        )
        error = await future.exception()  # type: ignore[no-untyped-call]
        if error is None:
            self._board.fail(job_id, "Its worker ended without a word. Submit it again.")
        else:
            _logger.error("Job %s could not be run", job_id, exc_info=error)
            self._board.fail(job_id, f"The worker could not run it: {type(error).__name__}: {error}")

    async def _warn_of_missing_workers(self, job_id: str) -> None:
        await asyncio.sleep(_WORKER_EXPECTED_S)
        if not self._scheduler.workers:
            self._board.warn_if_waiting(job_id, _NO_WORKER)

    async def _warm_up(self, client: Client, worker: str) -> None:
        from mfvis_engine.jobs.worker import warm_up

        with suppress(OSError):  # it is gone already
            await client.run(warm_up, self._carrier, workers=[worker], on_error="ignore")

    def _keep(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def attach_board(board: Board, scheduler: Scheduler, credentials: Credentials, carrier: str) -> BoardPlugin:
    """Makes a running scheduler an engine, until it closes; called in its event loop.

    Args:
        board: Its board.
        scheduler: Of `dask_nodes.started_scheduler`.
        credentials: For the board to talk to the scheduler.
        carrier: What carries a job out, as "module:function", with the signature of `runner.carry_out`.
    """
    plugin = BoardPlugin(board, scheduler, security_of(credentials), carrier)
    await plugin.start(scheduler)
    scheduler.add_plugin(plugin, name=plugin.name)
    return plugin


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
