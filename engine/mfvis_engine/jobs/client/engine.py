"""The background engine, as a window, the command line or a script uses it."""

import atexit
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

from mfvis_engine.jobs.client.handle import JobHandle
from mfvis_engine.jobs.client.link import Link
from mfvis_engine.jobs.cluster.server import DEFAULT_CARRIER, Server, ServerSettings
from mfvis_engine.jobs.errors import ClipError
from mfvis_engine.jobs.job import AnyJob
from mfvis_engine.jobs.limits import Limits
from mfvis_engine.jobs.wire.certificates import CLIENT, Credentials
from mfvis_engine.jobs.wire.dial import LoopThread
from mfvis_engine.jobs.wire.messages import AskJob, JobInfo, JobList, ListJobs, Submit, Submitted
from mfvis_engine.jobs.wire.transfer import OnSent, upload_blob, upload_clips

CALLBACK_THREAD = "mfvis-engine-events"


class Engine:
    """Carries jobs out in processes of its own, on this machine or another; made by `start` or `connect`.

        with Engine.start() as engine:
            job = engine.submit(SegmentJob(clip=..., annotations=...))
            for event in job.events():
                print(event)

    Any thread may use it.

    Attributes:
        address: Where other clients reach it, with `credentials`.
        credentials: What this client shows.
    """

    def __init__(
        self, loop: LoopThread, link: Link, credentials: Credentials, stop: Callable[[], None] = lambda: None
    ) -> None:
        """For `start` and `connect`; `stop` ends what was started with it."""
        self.address = link.address
        self.credentials = credentials
        self._loop = loop
        self._link = link
        self._stop = stop
        self._is_closed = False
        self._callbacks = ThreadPoolExecutor(1, thread_name_prefix=CALLBACK_THREAD)
        atexit.register(self.close)

    @classmethod
    def start(
        cls,
        *,
        workers: int | None = 1,
        carrier: str = DEFAULT_CARRIER,
        limits: Limits | None = None,
        gives_way: bool = False,
    ) -> "Engine":
        """Starts an engine on this machine, for this process: it ends with it, whatever happens.

        Takes about a second. It listens on loopback alone, and takes only those who have its certificates, which
        nobody else can read.

        Args:
            workers: Worker processes, each with one job at a time; None for one a GPU, and one without any.
            carrier: What carries a job out in a worker, as "module:function", with the signature of
                `carrier.runner.carry_out`.
            limits: What it keeps.
            gives_way: Whether its workers leave the processor to programs that a person works with, such as a window.

        Raises:
            EngineError: It cannot be started.
        """
        loop = LoopThread()
        try:
            settings = ServerSettings(port=0, workers=workers, carrier=carrier, limits=limits, gives_way=gives_way)
            server = loop.run(Server.start, settings)
            credentials = Credentials.read(server.certificates, CLIENT)
        except BaseException:
            loop.close()
            raise
        return cls._connected(loop, server.address, credentials, lambda: loop.run(server.close))

    @classmethod
    def connect(cls, address: str, credentials: Credentials, *, connect_s: float = 10.0) -> "Engine":
        """Connects to an engine that runs already; closing leaves it running.

        Args:
            address: As "tls://host:port".
            credentials: That the engine trusts.
            connect_s: How long to try.

        Raises:
            EngineUnavailableError: No engine answers there, or it refuses the credentials.
            EngineVersionError: It is of another version.
        """
        return cls._connected(LoopThread(), address, credentials, lambda: None, connect_s)

    @classmethod
    def _connected(
        cls,
        loop: LoopThread,
        address: str,
        credentials: Credentials,
        stop: Callable[[], None],
        connect_s: float = 10.0,
    ) -> "Engine":
        try:
            return cls(loop, Link(loop, address, credentials, connect_s), credentials, stop)
        except BaseException:
            stop()
            loop.close()
            raise

    def submit(self, job: AnyJob, *, job_id: str | None = None, on_sent: OnSent | None = None) -> JobHandle:
        """Hands a job in. Its videos are sent first where the engine neither sees nor keeps them.

        Args:
            job: What to do.
            job_id: 32 hexadecimal digits; the same job handed in twice under one id is one job. A new id by default.
            on_sent: Called with bytes sent and bytes in all while videos are sent; what it raises ends that.

        Raises:
            ClipError: A video is not where the job says, or changed.
            UnknownBlobError: The engine does not keep the weights it starts from.
            EngineUnavailableError: The connection is lost for good.
            EngineError: The engine refuses it.
        """
        job_id = job_id or uuid.uuid4().hex
        request = Submit(job_id, job)
        answer = self._link.ask(request, Submitted)
        if not answer.taken:
            upload_clips(self._link, answer.missing, on_sent)
            lost = self._link.ask(request, Submitted).missing
            if lost:
                raise ClipError(f"The engine lost the video {lost[0].path} as soon as it had it. Submit again.")
        return self._handle(job_id)

    def keep_blob(self, path: Path) -> str:
        """Sends a file that jobs name by its SHA-256, such as learned weights, unless the engine keeps it already.

        Raises:
            OSError: It cannot be read.
            EngineError: The engine refuses it.
        """
        return upload_blob(self._link, path)

    def jobs(self) -> tuple[JobInfo, ...]:
        """The jobs the engine knows, oldest first: of all clients, and of those that ended the last ones."""
        return self._link.ask(ListJobs(), JobList).jobs

    def worker_count(self) -> int:
        """How many jobs it can carry out at once, at the moment: a worker that died is there again after seconds."""
        return self._link.ask(ListJobs(), JobList).worker_count

    def job(self, job_id: str) -> JobHandle:
        """A job of this or another client.

        Raises:
            UnknownJobError: There is none of this id, or it ended long ago.
        """
        self._link.ask(AskJob(job_id), JobInfo)
        return self._handle(job_id)

    def close(self) -> None:
        """Ends the connection, and an engine that was started with `start`; may be called again, but in no callback."""
        if self._is_closed:
            return
        self._is_closed = True
        atexit.unregister(self.close)
        try:
            self._link.close()
            self._stop()
        finally:
            self._loop.close()
            self._callbacks.shutdown(wait=False, cancel_futures=True)

    def __enter__(self) -> "Engine":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _handle(self, job_id: str) -> JobHandle:
        return JobHandle(self._link, self._callbacks, job_id)
