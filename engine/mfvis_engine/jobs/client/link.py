"""How a client talks to an engine: questions from any thread, tried again when the connection breaks."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

from mfvis_engine.jobs.errors import EngineUnavailableError
from mfvis_engine.jobs.wire.certificates import Credentials
from mfvis_engine.jobs.wire.codec import Answer, decode_answer, encode
from mfvis_engine.jobs.wire.dial import Dial, LoopThread, no_answer
from mfvis_engine.jobs.wire.messages import Hello, Request, Version, Welcome

PATIENCE_S = 30.0
"""How long a broken connection is tried again before it counts as lost for good."""

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 2.0

_CLOSED = "This program has closed its connection to the engine"


class Link:
    """A connection to one engine; it is made anew when it breaks.

    Attributes:
        address: Of the engine.
        engine_id: No other engine has it.
    """

    def __init__(self, loop: LoopThread, address: str, credentials: Credentials, connect_s: float) -> None:
        """Connects.

        Args:
            loop: That the connection lives in; this does not close it.
            address: As "tls://host:port".
            credentials: That the engine trusts.
            connect_s: How long to try.

        Raises:
            EngineUnavailableError: No engine answers there, or it refuses the credentials.
            EngineVersionError: It is of another version.
        """
        self.address = address
        self._loop = loop
        self._is_closed = False
        self._asking: set[asyncio.Task[Any]] = set()
        self._dial = loop.run(_made, address, credentials)
        try:
            self.engine_id = loop.run(self._greeted, connect_s)
        except BaseException:
            self.close()
            raise

    def ask(self, request: Request, answer_type: type[Answer]) -> Answer:
        """The engine's answer; called from any thread but the loop's.

        Raises:
            EngineUnavailableError: The connection is lost for good.
            EngineError: The engine answers with it.
        """
        if self._is_closed:
            raise EngineUnavailableError(_CLOSED)
        answer: Answer = self._loop.run(self.ask_async, request, answer_type)
        return answer

    async def ask_async(self, request: Request, answer_type: type[Answer], patience_s: float | None = None) -> Answer:
        """The same, in the loop.

        Raises:
            EngineUnavailableError: The connection was tried for `patience_s` seconds, `PATIENCE_S` by default.
            EngineError: The engine answers with it.
        """
        task = asyncio.current_task()
        assert task is not None
        self._asking.add(task)
        try:
            return decode_answer(
                await self._call(encode(request), PATIENCE_S if patience_s is None else patience_s), answer_type
            )
        finally:
            self._asking.discard(task)

    async def _greeted(self, connect_s: float) -> str:
        welcome = await self.ask_async(Hello(Version.own()), Welcome, connect_s)
        welcome.check_version(self.address)
        return welcome.engine_id

    def start(self, coroutine: Coroutine[Any, Any, None]) -> Callable[[], None]:
        """Starts a coroutine in the loop; what is returned cancels it."""
        return self._loop.start(coroutine)

    def close(self) -> None:
        """Closes the connection; questions that wait for an answer end with `EngineUnavailableError`."""
        self._is_closed = True
        self._loop.run(self._close)

    async def _close(self) -> None:
        await self._dial.close()
        if self._asking:
            await asyncio.wait(self._asking, timeout=2 * _LONGEST_PAUSE_S)

    async def _call(self, payload: bytes, patience_s: float) -> object:
        broken_since: float | None = None
        pause_s = _FIRST_PAUSE_S
        while not self._is_closed:
            try:
                return await self._dial.call(payload, patience_s)
            except OSError as error:
                now = time.monotonic()
                broken_since = now if broken_since is None else broken_since
                if now + pause_s - broken_since > patience_s:
                    raise no_answer(self.address, error, patience_s) from error
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
        raise EngineUnavailableError(_CLOSED)


async def _made(address: str, credentials: Credentials) -> Dial:
    return Dial(address, credentials)
