"""An engine served in a process tree of its own, and its clients."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import psutil
import pytest

from mfvis_engine.annotation import Annotations, Keyframe, Track
from mfvis_engine.formats import write_box_csv
from mfvis_engine.jobs.client.engine import Engine
from mfvis_engine.jobs.cluster.home import KeptFolder
from mfvis_engine.jobs.cluster.server import ServerSettings, serve
from mfvis_engine.jobs.errors import EngineError, EngineUnavailableError
from mfvis_engine.jobs.events import JobState, Started, Warned
from mfvis_engine.jobs.wire.certificates import CLIENT, CertificateError, Credentials, make_certificates
from mfvis_engine.project import Project, RunStatus
from tests.jobs.cluster.serving import CARRIER, Served
from tests.jobs.making import job_of
from tests.video.clips import write_clip

DOCUMENTATION = Path(__file__).parents[3] / "docs" / "engine.md"
GONE_S = 5.0
"""Within which nothing may be left of an engine that was told to end."""


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    make_certificates(folder / "certificates")
    served = Served("0.0.0.0", "GPU-a,GPU-b", certificates=folder / "certificates", folder=folder / "kept")
    yield served
    if served.process.poll() is None:
        served.ended(signal.SIGTERM)


def test_clients_see_their_jobs_through_and_each_worker_has_a_gpu(served, video):
    assert served.worker_count == 2
    with served.connected() as engine:
        jobs = [engine.submit(job_of(video, "wait")) for _ in range(2)]
        seen = [_first(job, Warned).message for job in jobs]
        workers = [_first(job, Started).device for job in jobs]
        assert sorted(seen) == ["GPU-a", "GPU-b"]
        assert len(set(workers)) == 2
    with served.connected() as engine:  # one that comes back
        for job in jobs:
            engine.job(job.id).cancel()
        engine.submit(job_of(video, "frames:2")).wait()
        assert [info.frame_count for info in engine.jobs()] == [0, 0, 2]


def test_a_worker_that_is_free_takes_the_jobs_that_wait_behind_a_long_one(served, video):
    with served.connected() as engine:
        long = engine.submit(job_of(video, "wait"))
        for job in [engine.submit(job_of(video, "frames:1")) for _ in range(6)]:
            job.wait()
        assert long.state() is JobState.RUNNING
        long.cancel()


def test_a_worker_that_died_has_the_same_gpu_when_it_is_back(served, video):
    with served.connected() as engine:
        other = engine.submit(job_of(video, "wait"))
        taken = _first(other, Warned).message
        events = list(engine.submit(job_of(video, "die:1,1")).events())
        other.cancel()
    before, after = (event.message for event in events if isinstance(event, Warned) and "GPU-" in event.message)
    assert before == after != taken


def test_beyond_this_machine_one_port_is_open(served):
    addresses = {
        connection.laddr
        for process in served.tree()
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert len(addresses) > 2
    assert {address.port for address in addresses if address.ip != "127.0.0.1"} == {served.port}


def test_a_client_of_another_authority_is_refused(served, tmp_path):
    make_certificates(tmp_path)
    with pytest.raises(EngineUnavailableError, match="certificates of"):
        Engine.connect(served.address, Credentials.read(tmp_path, CLIENT), connect_s=1.0)


def test_a_folder_in_use_is_named(served):
    with pytest.raises(EngineError, match="Another engine uses"):
        KeptFolder(served.certificates.parent / "kept")


_IN_USE = """
import sys
from mfvis_engine.jobs.errors import EngineError
from mfvis_engine.jobs.cluster.server import ServerSettings, serve

try:
    serve(ServerSettings(port=int(sys.argv[1])), print)
except EngineError as error:
    print(error)
"""


def test_a_port_in_use_is_named(served):
    done = subprocess.run(
        [sys.executable, "-c", _IN_USE, str(served.port)], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.startswith(f"The engine cannot be started on 127.0.0.1:{served.port}: ")
    assert "give another --port" in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="no process can be asked to end there")
def test_a_signal_leaves_no_process_and_no_file(video):
    served = Served()
    home = served.certificates.parent
    with served.connected() as engine:
        _first(engine.submit(job_of(video, "wait")), Started)
    processes = served.tree()
    assert len(processes) > 1
    assert served.ended(signal.SIGTERM) == (0, "ended\n", "")
    assert psutil.wait_procs(processes, timeout=GONE_S)[1] == []
    assert not home.exists()


def test_a_killed_engine_leaves_no_process(video, tmp_path):
    served = Served(folder=tmp_path / "kept")
    with served.connected() as engine:
        _first(engine.submit(job_of(video, "wait")), Started)
        processes = served.tree()
        served.process.kill()
        served.process.communicate()
    assert psutil.wait_procs(processes, timeout=GONE_S)[1] == []
    KeptFolder(tmp_path / "kept").close()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::"])
def test_beyond_this_machine_it_listens_only_with_certificates(host):
    with pytest.raises(CertificateError, match="mfvis engine certificates DIR"):
        serve(ServerSettings(host=host, port=0), lambda _: None)


@pytest.mark.parametrize("host", ["", "no host at all"])
def test_a_host_that_is_none_is_named(host):
    with pytest.raises(EngineError, match="an address of this machine"):
        serve(ServerSettings(host=host, port=0), lambda _: None)


def test_certificates_that_are_missing_are_named(tmp_path):
    with pytest.raises(CertificateError, match="is missing"):
        serve(ServerSettings(host="0.0.0.0", port=0, certificates=tmp_path), lambda _: None)


@pytest.fixture
def walk(tmp_path, monkeypatch):
    """What the examples in the documentation find in their folder: a clip, boxes and a project."""
    write_clip(tmp_path / "walk.mp4", 3)
    track = Track(1, "cell", (Keyframe(0, (8.0, 8.0, 40.0, 40.0)), Keyframe(2, (8.0, 8.0, 40.0, 40.0))))
    write_box_csv(tmp_path / "boxes.csv", Annotations((track,)))
    with Project.create(tmp_path / "walk.mfvis", tmp_path / "walk.mp4") as project:
        project.replace_annotations(Annotations((track,)))
    monkeypatch.chdir(tmp_path)


def test_the_documented_examples_run(walk, served, monkeypatch):
    local, remote, _ = re.findall(r"```python\n(.*?)```", DOCUMENTATION.read_text(encoding="utf-8"), re.DOTALL)
    start = Engine.start
    monkeypatch.setattr(Engine, "start", lambda: start(carrier=CARRIER))
    done = _run(local, {})["masks_of_frame"]
    assert sorted(done) == [0, 1, 2]
    assert all(np.array_equal(np.unique(labels), [1]) and labels.shape == (48, 64) for labels in done.values())
    there = {"tls://gpu.example.org:8786": served.address, '"certificates"': repr(str(served.certificates))}
    running = _run(remote, there)["running"]
    with served.connected() as engine:
        assert engine.job(running.id).state() is JobState.FINISHED
    with Project.open("walk.mfvis", read_only=True) as project:
        assert [run.status for run in project.runs()] == [RunStatus.FINISHED]
        assert (project.read_masks(2) == 1).all()


def _run(example, changes):
    """The names of an example after it has run, with each of the changes made, which must fit."""
    for before, after in changes.items():
        assert example.count(before) == 1, before
        example = example.replace(before, after)
    names = {}
    exec(compile(example, str(DOCUMENTATION), "exec"), names)
    return names


def _first(job, kind):
    return next(event for event in job.events() if isinstance(event, kind))
