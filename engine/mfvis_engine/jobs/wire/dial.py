"""Connections to an engine, over dask's own transport; its messages carry ours as bytes under one operation."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from distributed import Security
from distributed.comm.core import Comm, FatalCommClosedError
from distributed.core import ConnectionPool, Status
from distributed.utils import LoopRunner, sync

from mfvis_engine.jobs.errors import EngineUnavailableError
from mfvis_engine.jobs.wire.certificates import Credentials

OPERATION = "mfvis"

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


def no_answer(address: str, error: Exception, tried_s: float) -> EngineUnavailableError:
    """The error of an engine that was tried for so long."""
    return EngineUnavailableError(
        f"No engine answers at {address} ({error}), tried for {tried_s:.0f} s. Check the address, that the engine runs,"
        " and that it has certificates of the same authority."
    )
