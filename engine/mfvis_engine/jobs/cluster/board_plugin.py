"""A board in dask's scheduler. The one dask task is `worker.task.run_job`."""

import asyncio
import logging
import uuid
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from distributed import Client, Scheduler, Security
from distributed.diagnostics.plugin import SchedulerPlugin

from mfvis_engine.jobs.board.board import Board
from mfvis_engine.jobs.board.service import Service
from mfvis_engine.jobs.cluster.dispatcher import Dispatcher
from mfvis_engine.jobs.wire.certificates import Credentials
from mfvis_engine.jobs.wire.dial import OPERATION, security_of

_WORKER_EXPECTED_S = 15.0
_NO_WORKER = "The engine has no worker at present; the job begins when one is there. Start some: mfvis engine work"

_logger = logging.getLogger(__name__)


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
        self._dispatcher = Dispatcher(self._begin, self._is_wanted)
        self._client: Client | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._running: dict[str, asyncio.Task[None]] = {}

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
            self._board.gain_worker(worker)
            self._keep(self._warm_up(self._client, worker))
            self._dispatcher.add_worker(worker)

    def remove_worker(self, scheduler: Scheduler, worker: str, *, stimulus_id: str, **_: object) -> None:
        """Called by the scheduler."""
        if self._client is not None:
            if worker in self._running:
                self._running.pop(worker).cancel()
            self._board.lose_worker(worker)
            self._dispatcher.remove_worker(worker)

    def _take(self, job_id: str) -> None:
        self._dispatcher.add_job(job_id)
        self._keep(self._warn_of_missing_workers(job_id))

    def _is_wanted(self, job_id: str) -> bool:
        return self._board.has(job_id) and not self._board.record(job_id).state.ended

    def _begin(self, job_id: str, worker: str) -> None:
        assert self._client is not None
        self._running[worker] = self._keep(self._run(self._client, job_id, worker))

    async def _run(self, client: Client, job_id: str, worker: str) -> None:
        from mfvis_engine.jobs.worker.task import run_job

        key = f"mfvis-{job_id}-{uuid.uuid4().hex}"
        future = client.submit(
            run_job, job_id, self._carrier, key=key, pure=False, workers=[worker], allow_other_workers=False
        )
        try:
            error = await future.exception()  # type: ignore[no-untyped-call]
        finally:
            future.release()  # type: ignore[no-untyped-call]
        self._conclude(job_id, error)
        self._running.pop(worker, None)
        self._dispatcher.release(worker)

    def _conclude(self, job_id: str, error: BaseException | None) -> None:
        """Ends a job whose worker has not said how it ended."""
        if not self._is_wanted(job_id):
            return
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
        from mfvis_engine.jobs.worker.task import warm_up

        with suppress(OSError):  # it is gone already
            await client.run(warm_up, self._carrier, workers=[worker], on_error="ignore")

    def _keep(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


async def attach_board(board: Board, scheduler: Scheduler, credentials: Credentials, carrier: str) -> BoardPlugin:
    """Makes a running scheduler an engine, until it closes; called in its event loop.

    Args:
        board: Its board.
        scheduler: Of `nodes.started_scheduler`.
        credentials: For the board to talk to the scheduler.
        carrier: What carries a job out, as "module:function", with the signature of `carrier.runner.carry_out`.
    """
    plugin = BoardPlugin(board, scheduler, security_of(credentials), carrier)
    await plugin.start(scheduler)
    scheduler.add_plugin(plugin, name=plugin.name)
    return plugin
