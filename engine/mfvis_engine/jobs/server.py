"""An engine for other machines, or for other programs on this one: a scheduler and its workers, until told to stop."""

import asyncio
import contextlib
import errno
import ipaddress
import logging
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Protocol

from distributed import Nanny, Scheduler
from distributed.diagnostics.plugin import NannyPlugin
from distributed.protocol.pickle import dumps
from distributed.utils import silence_logging_cmgr

from mfvis_engine.jobs.board import ENGINE_ID_FILE, Board
from mfvis_engine.jobs.certificates import AUTHORITY, CLIENT, ENGINE, CertificateError, Credentials, make_certificates
from mfvis_engine.jobs.dask_edge import attach_board
from mfvis_engine.jobs.dask_nodes import started_scheduler
from mfvis_engine.jobs.errors import EngineError
from mfvis_engine.jobs.home import Home
from mfvis_engine.jobs.kept_worker import KeptWorker
from mfvis_engine.jobs.local import DEFAULT_CARRIER, LOOPBACK
from mfvis_engine.project.errors import ProjectError
from mfvis_engine.project.lock import LOCK, OWNER, ProjectLock

DEFAULT_PORT = 8786
_CERTIFICATES, _SCHEDULER, _WORKERS, _JOBS = "certificates", "scheduler", "workers", "jobs"
_OF_ONE_RUN = (_CERTIFICATES, _SCHEDULER, _WORKERS, _JOBS)
_GPU_VARIABLE = "CUDA_VISIBLE_DEVICES"
_SURVEY_S = 20.0
_STOP_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
"""Those that the system knows: Ctrl+C, an end asked for, a terminal that closed, Ctrl+Break."""


@dataclass(frozen=True)
class ServerSettings:
    """How an engine is served.

    Attributes:
        host: Address or name to listen on; "0.0.0.0" for all of this machine's.
        port: To listen on; 0 for any that is free.
        certificates: Folder of `make_certificates`; None to make some for this run alone, which loopback alone allows.
        workers: Worker processes, each with one job at a time; None for one a GPU, and one without any.
        folder: Where it keeps its files; weights and videos in it are there again the next time. None for a temporary
            one, which goes with it.
        carrier: What carries a job out in a worker, as "module:function", with the signature of `runner.carry_out`.
    """

    host: str = LOOPBACK
    port: int = DEFAULT_PORT
    certificates: Path | None = None
    workers: int | None = None
    folder: Path | None = None
    carrier: str = DEFAULT_CARRIER


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
        gpus = visible_gpus()
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
        certificates = settings.certificates or _temporary_certificates(home.folder / _CERTIFICATES)
        own = Credentials.read(certificates, ENGINE)
        scheduler = await started_scheduler(settings.host, settings.port, own, home.folder / _SCHEDULER)
        stack.push_async_callback(scheduler.close)
        workers = await _workers(scheduler, settings.workers or max(1, len(gpus)), gpus, own, home.folder / _WORKERS)
        for worker in workers:
            stack.push_async_callback(worker.close)
        plugin = await attach_board(Board(home.folder), scheduler, own, settings.carrier)
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
    with _told_to_stop(stopped):
        server = await Server.start(settings)
        try:
            if not stopped.is_set():
                on_ready(server)
            await stopped.wait()
        finally:
            await server.close()


@contextlib.contextmanager
def _told_to_stop(stopped: asyncio.Event) -> Iterator[None]:
    """While this lasts, the first signal to end sets `stopped`; those after it do what they did before.

    Signals that are ignored stay so, as that of a closed terminal under nohup.
    """
    loop = asyncio.get_running_loop()
    numbers = [getattr(signal, name) for name in _STOP_SIGNALS if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    before = {number: handler for number, handler in before.items() if handler not in (signal.SIG_IGN, None)}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def stop(_number: int, _frame: FrameType | None) -> None:
        restore()
        loop.call_soon_threadsafe(stopped.set)

    for number in before:
        signal.signal(number, stop)
    try:
        yield
    finally:
        restore()


def visible_gpus() -> tuple[str, ...]:
    """The NVIDIA GPUs that this process may use, as CUDA names them; found without loading CUDA or torch."""
    given = os.environ.get(_GPU_VARIABLE)
    if given is not None:
        return tuple(name.strip() for name in given.split(",") if name.strip() not in ("", "-1"))
    question = ["nvidia-smi", "--query-gpu=uuid", "--format=csv,noheader"]
    try:
        answer = subprocess.run(question, capture_output=True, encoding="utf-8", timeout=_SURVEY_S, check=True)
    except (OSError, subprocess.SubprocessError):
        return ()
    return tuple(line.strip() for line in answer.stdout.splitlines() if line.strip())


class KeptFolder:
    """A folder of an engine whose weights and videos stay when it ends; one engine at a time uses it.

    Attributes:
        folder: It, for its owner alone.
    """

    def __init__(self, folder: Path) -> None:
        """Makes it where it is missing, and removes what an engine that was killed left of its run.

        Raises:
            EngineError: Something else is in it, or another engine uses it.
            OSError: The disk refuses it.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not {path.name for path in folder.iterdir()} <= {LOCK, OWNER} and not (folder / ENGINE_ID_FILE).exists():
            raise EngineError(f"{folder} holds files that are not of an engine. Give a new or an empty folder.")
        folder.chmod(0o700)
        try:
            self._lock = ProjectLock(folder)
        except ProjectError as error:
            raise EngineError(f"Another engine uses {folder}, or it cannot be written: {error}") from error
        (folder / ENGINE_ID_FILE).touch()  # from now on it is known for an engine's, whenever this is killed
        self.folder = folder
        self._clear()

    def close(self) -> None:
        """Removes what was of one run alone; may be called again."""
        self._clear()
        self._lock.release()

    def _clear(self) -> None:
        for name in _OF_ONE_RUN:
            shutil.rmtree(self.folder / name, ignore_errors=True)


class _Folder(Protocol):
    folder: Path

    def close(self) -> None:
        """Gives it up."""


class _OwnGpu(NannyPlugin):
    """Lets each worker of a machine with several GPUs see one of them.

    Nannies take it before they start a process. It travels by pickle, as dask's plugins do, from a scheduler that they
    take their tasks from anyway.
    """

    name = "mfvis-own-gpu"

    def __init__(self, gpu_of_worker: dict[str, str]) -> None:
        self._gpu_of_worker = gpu_of_worker

    def setup(self, nanny: Nanny) -> None:
        """Called by a nanny."""
        gpu = self._gpu_of_worker.get(str(nanny.name))
        if gpu is not None:
            nanny.env[_GPU_VARIABLE] = gpu


async def _workers(
    scheduler: Scheduler, count: int, gpus: tuple[str, ...], credentials: Credentials, folder: Path
) -> list[KeptWorker]:
    """Workers that are not started yet; they are reached by the scheduler alone, on loopback."""
    names = [f"worker-{number}" for number in range(count)]
    if len(gpus) > 1:
        own_gpu = _OwnGpu({name: gpus[number % len(gpus)] for number, name in enumerate(names)})
        pickled = dumps(own_gpu)  # type: ignore[no-untyped-call]
        await scheduler.register_nanny_plugin(None, pickled, own_gpu.name, idempotent=False)
    return [KeptWorker(scheduler.address, name, LOOPBACK, credentials, folder) for name in names]


def _temporary_certificates(folder: Path) -> Path:
    make_certificates(folder)
    (folder / f"{AUTHORITY}.key").unlink()  # nobody else shall ever be let in
    Credentials.read(folder, CLIENT)
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
