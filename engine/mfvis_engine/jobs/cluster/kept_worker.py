"""A worker process that is there again whenever it has ended.

dask's `LocalCluster` does much the same, but gives a worker up for good that takes more than 15 seconds to come back,
as on a busy machine, and one that dies while it starts.
"""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType

import psutil  # type: ignore[import-untyped]
from distributed import Nanny
from distributed.core import Status

from mfvis_engine.jobs.cluster.nodes import started_worker
from mfvis_engine.jobs.wire.certificates import Credentials

_JOIN_S = 10.0
_PAUSE_S = 1.0
_REASON = "engine-close"

_logger = logging.getLogger(__name__)


class KeptWorker:
    """Keeps one worker process running, from `start` to `close`, in one event loop."""

    def __init__(
        self,
        scheduler: str,
        name: str,
        host: str,
        credentials: Credentials,
        folder: Path,
        environment: Mapping[str, str] = MappingProxyType({}),
        *,
        gives_way: bool = False,
    ) -> None:
        """Arguments as of `started_worker`."""
        self._arguments = (scheduler, name, host, credentials, folder, environment)
        self._gives_way = gives_way
        self._nanny: Nanny | None = None
        self._keeping: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Starts it; returns when it is ready for jobs.

        Raises:
            OSError: It cannot listen.
            RuntimeError: The process cannot be started.
        """
        self._nanny = await started_worker(*self._arguments, gives_way=self._gives_way)
        self._keeping = asyncio.create_task(self._keep(self._nanny))

    async def close(self) -> None:
        """Ends it without waiting for its job."""
        if self._keeping is not None:
            self._keeping.cancel()
        if self._nanny is not None and self._nanny.status is not Status.closed:
            self._nanny.close_gracefully(reason=_REASON)  # it shall not start another
            _kill(self._nanny.pid)
            await self._nanny.close(timeout=_JOIN_S, reason=_REASON)

    async def _keep(self, nanny: Nanny) -> None:
        """The nanny itself starts a process again that died, but closes where that dies before it is ready."""
        while True:
            await nanny.finished()  # type: ignore[no-untyped-call]
            await asyncio.sleep(_PAUSE_S)
            try:
                self._nanny = nanny = await started_worker(*self._arguments, gives_way=self._gives_way)
            except Exception as error:
                _logger.warning("A worker process cannot be started (%s); it is tried again", error)


def _kill(process_id: int | None) -> None:
    if process_id is not None:
        with suppress(psutil.NoSuchProcess):
            psutil.Process(process_id).kill()
