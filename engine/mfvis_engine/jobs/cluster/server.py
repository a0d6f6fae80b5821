"""A running engine: a scheduler in this process with a board in it, and worker processes."""

import asyncio
import contextlib
import errno
import ipaddress
import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from distributed.utils import silence_logging_cmgr

from mfvis_engine.jobs.board.board import Board
from mfvis_engine.jobs.cluster.board_plugin import attach_board
from mfvis_engine.jobs.cluster.gpus import visible_gpus
from mfvis_engine.jobs.cluster.home import Home, KeptFolder
from mfvis_engine.jobs.cluster.nodes import started_scheduler
from mfvis_engine.jobs.cluster.placement import placed_workers
from mfvis_engine.jobs.cluster.stop_signals import told_to_stop
from mfvis_engine.jobs.errors import EngineError
from mfvis_engine.jobs.files.layout import CERTIFICATES, SCHEDULER, WORKERS
from mfvis_engine.jobs.limits import Limits
from mfvis_engine.jobs.wire.certificates import (
    AUTHORITY,
    ENGINE,
    CertificateError,
    Credentials,
    make_certificates,
)

DEFAULT_CARRIER = "mfvis_engine.jobs.carrier.runner:carry_out"
DEFAULT_PORT = 8786
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class ServerSettings:
    """How an engine is served.

    Attributes:
        host: Address or name to listen on; "0.0.0.0" for all of this machine's.
        port: To listen on; 0 for any that is free.
        certificates: Folder of `make_certificates`; None to make some for this run alone, which loopback alone allows.
        workers: Worker processes, each with one job at a time; None for one a GPU, and one without any. More may come
            from other machines.
        folder: Where it keeps its files; weights and videos in it are there again the next time. None for a temporary
            one, which goes with it.
        carrier: What carries a job out in a worker, as "module:function", with the signature of
            `carrier.runner.carry_out`.
        limits: What it keeps; None for as much as is usual.
        gives_way: Whether its workers leave the processor to programs that a person works with.
    """

    host: str = LOOPBACK
    port: int = DEFAULT_PORT
    certificates: Path | None = None
    workers: int | None = None
    folder: Path | None = None
    carrier: str = DEFAULT_CARRIER
    limits: Limits | None = None
    gives_way: bool = False


class Server:
    """A running engine.

    Attributes:
        address: For clients, as "tls://host:port".
        certificates: Where the credentials of a client are found on this machine.
        worker_count: Its worker processes.
        gpus: What the workers share, as CUDA names them; empty where they see what this process sees.
    """

    def __init__(
        self,
        address: str,
        certificates: Path,
        worker_count: int,
        gpus: tuple[str, ...],
        running: contextlib.AsyncExitStack,
    ) -> None:
        """For `start`; `running` ends what runs."""
        self.address = address
        self.certificates = certificates
        self.worker_count = worker_count
        self.gpus = gpus
        self._running = running

    @classmethod
    async def start(cls, settings: ServerSettings) -> "Server":
        """Starts one in the running event loop; returns when its workers are ready for jobs.

        Raises:
            CertificateError: Certificates are missing, damaged or expired, or there are none and it is to listen
                beyond this machine.
            EngineError: It cannot be started.
        """
        _check_host(settings)
        gpus = () if settings.workers == 1 else visible_gpus()
        try:
            async with contextlib.AsyncExitStack() as stack:
                return await cls._start(stack, settings, gpus)
        except (OSError, RuntimeError) as error:
            raise _cannot_start(settings, error) from error

    @classmethod
    async def _start(
        cls, stack: contextlib.AsyncExitStack, settings: ServerSettings, gpus: tuple[str, ...]
    ) -> "Server":
        home: _Folder = Home() if settings.folder is None else KeptFolder(settings.folder)
        stack.callback(home.close)
        stack.enter_context(silence_logging_cmgr(logging.CRITICAL))
        certificates = settings.certificates or _temporary_certificates(home.folder / CERTIFICATES)
        own = Credentials.read(certificates, ENGINE)
        scheduler = await started_scheduler(settings.host, settings.port, own, home.folder / SCHEDULER)
        stack.push_async_callback(scheduler.close)
        workers = placed_workers(
            scheduler.address,
            LOOPBACK,
            own,
            home.folder / WORKERS,
            settings.workers,
            gpus,
            gives_way=settings.gives_way,
        )
        for worker in workers:
            stack.push_async_callback(worker.close)
        plugin = await attach_board(Board(home.folder, settings.limits), scheduler, own, settings.carrier)
        stack.push_async_callback(plugin.before_close)
        await asyncio.gather(*(worker.start() for worker in workers))
        return cls(scheduler.address, certificates, len(workers), gpus, stack.pop_all())

    async def close(self) -> None:
        """Ends the workers, whatever they do, and the scheduler."""
        await self._running.aclose()


def serve(settings: ServerSettings, on_ready: Callable[[Server], None]) -> None:
    """Serves an engine until Ctrl+C, or another signal that asks this process to end; then ends it cleanly.

    Called on the main thread. A second signal ends the process at once.

    Args:
        settings: How.
        on_ready: Called when clients may come.

    Raises:
        EngineError: As `Server.start`.
    """
    asyncio.run(_serve(settings, on_ready))


async def _serve(settings: ServerSettings, on_ready: Callable[[Server], None]) -> None:
    stopped = asyncio.Event()
    with told_to_stop(stopped):
        server = await Server.start(settings)
        try:
            if not stopped.is_set():
                on_ready(server)
            await stopped.wait()
        finally:
            await server.close()


class _Folder(Protocol):
    folder: Path

    def close(self) -> None:
        """Gives it up."""


def _temporary_certificates(folder: Path) -> Path:
    make_certificates(folder)
    (folder / f"{AUTHORITY}.key").unlink()  # nobody else shall ever be let in
    return folder


def _cannot_start(settings: ServerSettings, error: Exception) -> EngineError:
    reason = error.__cause__ or error  # dask's own says only what failed
    is_taken = isinstance(reason, OSError) and reason.errno == errno.EADDRINUSE
    remedy = " Another program listens there, perhaps another engine: give another --port." if is_taken else ""
    return EngineError(f"The engine cannot be started on {settings.host}:{settings.port}: {reason}.{remedy}")


def _check_host(settings: ServerSettings) -> None:
    """Raises where the engine would listen beyond this machine for whoever comes."""
    if not settings.host:
        raise EngineError(
            "The host to listen on is empty. Give an address of this machine, or 0.0.0.0 for all of them."
        )
    try:
        found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise EngineError(
            f"The host {settings.host} is not known here ({error}). Give an address of this machine, or 0.0.0.0 for"
            " all of them."
        ) from error
    addresses = {str(address[0]).partition("%")[0] for *_, address in found}
    if settings.certificates is None and not all(ipaddress.ip_address(address).is_loopback for address in addresses):
        raise CertificateError(
            f"An engine on {settings.host} can be reached from other machines, and without certificates anybody there"
            " could run code here. Make certificates (mfvis engine certificates DIR), and give --certificates DIR; or"
            f" listen on {LOOPBACK}."
        )
