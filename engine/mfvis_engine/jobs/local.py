"""An engine on this machine: a scheduler in this process, and one worker process."""

import contextlib
import logging

from distributed.utils import silence_logging_cmgr

from mfvis_engine.jobs.board import Board, Limits
from mfvis_engine.jobs.certificates import AUTHORITY, CLIENT, ENGINE, Credentials, make_certificates
from mfvis_engine.jobs.dask_edge import attach_board
from mfvis_engine.jobs.dask_nodes import started_scheduler
from mfvis_engine.jobs.errors import EngineError
from mfvis_engine.jobs.home import Home
from mfvis_engine.jobs.kept_worker import KeptWorker

DEFAULT_CARRIER = "mfvis_engine.jobs.runner:carry_out"
LOOPBACK = "127.0.0.1"


class LocalEngine:
    """A running engine.

    Attributes:
        address: Where it listens.
        credentials: Of a client.
    """

    def __init__(self, address: str, credentials: Credentials, running: contextlib.AsyncExitStack) -> None:
        """For `start`; `running` ends what runs."""
        self.address = address
        self.credentials = credentials
        self._running = running

    @classmethod
    async def start(cls, carrier: str, limits: Limits | None) -> "LocalEngine":
        """Starts one in the running event loop, with credentials made for it alone.

        Raises:
            EngineError: It cannot be started.
        """
        try:
            async with contextlib.AsyncExitStack() as stack:
                return await cls._start(stack, carrier, limits)
        except (OSError, RuntimeError) as error:
            raise EngineError(f"The engine cannot be started: {error}") from error

    @classmethod
    async def _start(cls, stack: contextlib.AsyncExitStack, carrier: str, limits: Limits | None) -> "LocalEngine":
        home = Home()
        stack.callback(home.close)
        stack.enter_context(silence_logging_cmgr(logging.CRITICAL))
        certificates = home.folder / "certificates"
        make_certificates(certificates)
        (certificates / f"{AUTHORITY}.key").unlink()  # nobody else shall ever be let in
        own = Credentials.read(certificates, ENGINE)
        scheduler = await started_scheduler(LOOPBACK, 0, own, home.folder / "scheduler")
        stack.push_async_callback(scheduler.close)
        worker = KeptWorker(scheduler.address, "local", LOOPBACK, own, home.folder / "workers")
        stack.push_async_callback(worker.close)
        plugin = await attach_board(Board(home.folder, limits), scheduler, own, carrier)
        stack.push_async_callback(plugin.before_close)
        await worker.start()
        return cls(scheduler.address, Credentials.read(certificates, CLIENT), stack.pop_all())

    async def close(self) -> None:
        """Ends the worker process and the scheduler, and removes all files of the engine."""
        await self._running.aclose()
