"""Workers of this machine for an engine on another."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from distributed.utils import get_ip, silence_logging_cmgr

from mfvis_engine.jobs.cluster.gpus import visible_gpus
from mfvis_engine.jobs.cluster.home import Home
from mfvis_engine.jobs.cluster.placement import placed_workers
from mfvis_engine.jobs.cluster.stop_signals import told_to_stop
from mfvis_engine.jobs.errors import EngineError
from mfvis_engine.jobs.files.layout import WORKERS
from mfvis_engine.jobs.wire.certificates import ENGINE, Credentials
from mfvis_engine.jobs.wire.codec import decode_answer, encode
from mfvis_engine.jobs.wire.dial import Dial, no_answer
from mfvis_engine.jobs.wire.messages import Hello, Version, Welcome


@dataclass(frozen=True)
class JoinSettings:
    """Whom to work for, and how.

    Attributes:
        address: Of the engine, as "tls://host:port".
        certificates: Folder of `make_certificates`, with the files of the engine: workers of it show the same.
        workers: Worker processes, each with one job at a time; None for one a GPU, and one without any.
        host: Address of this machine at which the engine reaches it; None for the one that leads to the engine.
        connect_s: How long to try to reach the engine.
    """

    address: str
    certificates: Path
    workers: int | None = None
    host: str | None = None
    connect_s: float = 10.0


def work(settings: JoinSettings, on_ready: Callable[[int], None]) -> None:
    """Works for an engine until Ctrl+C, or another signal that asks this process to end; then ends it cleanly.

    Jobs that are in hand then go on in another worker. Where the engine goes away, the workers wait until it is back.
    Called on the main thread. A second signal ends the process at once.

    Args:
        settings: How.
        on_ready: Called with the number of workers when they are ready for jobs.

    Raises:
        CertificateError: Certificates are missing, damaged or expired.
        EngineUnavailableError: No engine answers there, or it refuses the credentials.
        EngineVersionError: It is of another version.
        EngineError: The workers cannot be started.
    """
    asyncio.run(_work(settings, on_ready))


async def _work(settings: JoinSettings, on_ready: Callable[[int], None]) -> None:
    own = Credentials.read(settings.certificates, ENGINE)
    stopped = asyncio.Event()
    with told_to_stop(stopped):
        await _greet(settings, own)
        async with contextlib.AsyncExitStack() as stack:
            count = await _start(stack, settings, own)
            if not stopped.is_set():
                on_ready(count)
            await stopped.wait()


async def _greet(settings: JoinSettings, own: Credentials) -> None:
    """Raises where there is no engine of this version."""
    dial = Dial(settings.address, own)
    try:
        answer = await dial.call(encode(Hello(Version.own())), settings.connect_s)
    except OSError as error:
        raise no_answer(settings.address, error, settings.connect_s) from error
    finally:
        await dial.close()
    decode_answer(answer, Welcome).check_version(settings.address)


async def _start(stack: contextlib.AsyncExitStack, settings: JoinSettings, own: Credentials) -> int:
    gpus = visible_gpus()
    try:
        home = Home()
        stack.callback(home.close)
        stack.enter_context(silence_logging_cmgr(logging.CRITICAL))
        host = settings.host or _way_to(settings.address)
        workers = placed_workers(settings.address, host, own, home.folder / WORKERS, settings.workers, gpus)
        for worker in workers:
            stack.push_async_callback(worker.close)
        await asyncio.gather(*(worker.start() for worker in workers))
    except (OSError, RuntimeError) as error:
        raise EngineError(f"The workers cannot be started: {error.__cause__ or error}") from error
    return len(workers)


def _way_to(address: str) -> str:
    """The address of this machine on the way to an engine."""
    parts = urlsplit(address)
    found: str = get_ip(parts.hostname, parts.port)  # type: ignore[no-untyped-call]
    return found
