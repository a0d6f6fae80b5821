"""Workers that join an engine from another process tree, as from another machine."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from mfvis_engine.jobs.cluster.joining import JoinSettings, work
from mfvis_engine.jobs.errors import EngineUnavailableError
from mfvis_engine.jobs.events import FrameDone, JobState
from mfvis_engine.jobs.wire.certificates import CertificateError, make_certificates
from tests.jobs.cluster.serving import Served
from tests.jobs.making import job_of

GONE_S = 5.0

_WORK = """
import sys
from pathlib import Path
from mfvis_engine.jobs.cluster.joining import JoinSettings, work

address, certificates, count = sys.argv[1:]
work(JoinSettings(address, Path(certificates), workers=int(count)), lambda number: print(number, flush=True))
print("ended", flush=True)
"""


class Joined:
    """A process tree of workers."""

    def __init__(self, served, count):
        self.process = subprocess.Popen(
            [sys.executable, "-c", _WORK, served.address, str(served.certificates), str(count)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout.readline() == f"{count}\n"

    def ended(self):
        """What is left of it after it was told to end, and what it said."""
        own = psutil.Process(self.process.pid)
        tree = [own, *own.children(recursive=True)]
        self.process.send_signal(signal.SIGTERM)
        out, errors = self.process.communicate(timeout=60)
        return psutil.wait_procs(tree, timeout=GONE_S)[1], (out, errors)


@pytest.fixture(scope="module")
def front(tmp_path_factory):
    """An engine without workers of its own."""
    folder = tmp_path_factory.mktemp("front") / "certificates"
    make_certificates(folder)
    served = Served(workers=0, certificates=folder)
    yield served
    served.ended(signal.SIGTERM)


@pytest.mark.skipif(os.name == "nt", reason="a process is told to end another way there")
def test_jobs_wait_for_workers_and_go_on_in_others_when_some_leave(front, video):
    with front.connected() as engine:
        assert engine.worker_count() == front.worker_count == 0
        job = engine.submit(job_of(video, "frames:3"))
        joined = Joined(front, 2)
        assert engine.worker_count() == 2
        job.wait()
        assert sum(isinstance(event, FrameDone) for event in job.events()) == 3
        unfinished = engine.submit(job_of(video, "wait"))
        _wait_for(lambda: unfinished.state() is JobState.RUNNING)
        assert joined.ended() == ([], ("ended\n", ""))
        assert (unfinished.state(), engine.worker_count()) == (JobState.QUEUED, 0)
        others = Joined(front, 1)
        _wait_for(lambda: unfinished.state() is JobState.RUNNING)
        assert unfinished.info().attempt == 2
        unfinished.cancel()
        assert others.ended()[0] == []


def _wait_for(is_so):
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_an_engine_that_is_not_there_is_named(front):
    settings = JoinSettings("tls://127.0.0.1:9", front.certificates, connect_s=0.5)
    with pytest.raises(EngineUnavailableError, match=r"No engine answers at tls://127\.0\.0\.1:9"):
        work(settings, lambda count: None)


def test_certificates_of_another_authority_are_refused(front, tmp_path):
    make_certificates(tmp_path)
    settings = JoinSettings(front.address, tmp_path, connect_s=0.5)
    with pytest.raises(EngineUnavailableError, match="one authority"):
        work(settings, lambda count: None)


def test_certificates_that_are_missing_are_named(front, tmp_path):
    with pytest.raises(CertificateError, match="is missing"):
        work(JoinSettings(front.address, tmp_path), lambda count: None)
