"""A local engine and real faults: nothing it promises is lost, and nothing of it is left behind."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import dask
import psutil
import pytest

from mfvis_engine.jobs.client.engine import Engine
from mfvis_engine.jobs.cluster import home as home_module
from mfvis_engine.jobs.cluster.home import Home
from mfvis_engine.jobs.errors import EngineError, JobFailedError
from mfvis_engine.jobs.events import Finished, FrameDone, Started, Warned
from tests.jobs.making import CARRIER, job_of

GONE_S = 5.0
"""Within which nothing may be left of an engine whose client was killed."""


@pytest.fixture(scope="module")
def engine():
    with Engine.start(carrier=CARRIER) as engine:
        yield engine


def test_a_killed_worker_is_replaced_and_the_job_goes_on(engine, video):
    job = engine.submit(job_of(video, "die:1,3"))
    events = list(job.events())
    frames = [event.masks.frame_index for event in events if isinstance(event, FrameDone)]
    assert frames == list(range(6))
    first, second = (event for event in events if isinstance(event, Started))
    assert (first.attempt, second.attempt) == (1, 2)
    assert first.device != second.device
    assert any(isinstance(event, Warned) and "3 finished frames are kept" in event.message for event in events)
    assert events[-1] == Finished()


def test_a_worker_killed_three_times_fails_its_job_keeps_the_frames_and_spares_the_others(engine, video):
    job = engine.submit(job_of(video, "die:9,2"))
    other = engine.submit(job_of(video, "frames:1"))
    with pytest.raises(JobFailedError, match="died 3 times; 6 finished frames are kept"):
        job.wait()
    frames = [event.masks.frame_index for event in job.events() if isinstance(event, FrameDone)]
    assert frames == list(range(6))
    other.wait()
    assert other.info().attempt == 1


def test_a_worker_beside_a_window_gives_way():
    here = psutil.Process()
    others = {child.pid for child in here.children(recursive=True)}
    with Engine.start(carrier=CARRIER, gives_way=True):
        started = [child for child in here.children(recursive=True) if child.pid not in others]
        workers = [child for child in started if "--multiprocessing-fork" in child.cmdline()]
        usual = psutil.BELOW_NORMAL_PRIORITY_CLASS if sys.platform == "win32" else max(here.nice(), 10)
        assert [worker.nice() for worker in workers] == [usual]


def test_a_job_that_wants_it_is_followed_by_a_fresh_process(engine, video):
    process_ids = []
    for command in ("fresh", "nothing", "nothing"):
        job = engine.submit(job_of(video, command))
        process_ids.append(next(event.device for event in job.events() if isinstance(event, Started)))
        job.wait()
        assert job.info().attempt == 1
    assert process_ids[0] != process_ids[1] == process_ids[2]


def test_two_hundred_jobs_in_a_row_leave_nothing(engine, video):
    def carry_out(count):
        jobs = [engine.submit(job_of(video, "nothing")) for _ in range(count)]
        for job in jobs:
            job.wait()
        return next(event.device for event in jobs[-1].events() if isinstance(event, Started))

    before = carry_out(40)
    worker = psutil.Process(int(before.split()[1]))
    sizes = [_mebibytes(worker), _mebibytes(psutil.Process())]
    processes = len(psutil.Process().children(recursive=True))
    assert carry_out(160) == before
    assert _mebibytes(worker) - sizes[0] < 10
    assert _mebibytes(psutil.Process()) - sizes[1] < 20
    assert len(psutil.Process().children(recursive=True)) == processes


def test_closing_leaves_no_process_and_no_file(video):
    engine = Engine.start(carrier=CARRIER)
    folder = engine.credentials.key.parent.parent
    worker = _worker_of(engine, video)
    assert folder.stat().st_mode & 0o077 == 0 or os.name == "nt"
    engine.close()
    assert psutil.wait_procs([worker], timeout=GONE_S)[1] == []
    assert not folder.exists()
    engine.close()


_CLIENT = """
import json, sys, time
from pathlib import Path
import psutil
from mfvis_engine.jobs.client.engine import Engine
from tests.jobs.making import CARRIER, job_of

engine = Engine.start(carrier=CARRIER)
job = engine.submit(job_of(Path(sys.argv[1]), "wait"))
for number, _ in zip(range(3), job.events()):
    pass
children = [child.pid for child in psutil.Process().children(recursive=True)]
print(json.dumps([children, str(engine.credentials.key.parent.parent)]), flush=True)
time.sleep(1000)
"""


def test_a_killed_client_leaves_no_process_and_the_next_engine_removes_its_files(video, tmp_path, monkeypatch):
    # Where no engine of another test looks, which might be the next one.
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    environment = {**os.environ, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(tmp_path))}
    command = [sys.executable, "-c", _CLIENT, str(video)]
    client = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert client.stdout is not None
    pids, folder = json.loads(client.stdout.readline())
    processes = [psutil.Process(pid) for pid in pids]
    assert processes
    client.kill()
    client.wait()
    client.stdout.close()
    assert psutil.wait_procs(processes, timeout=GONE_S)[1] == []
    assert Path(folder).exists()
    Home().close()
    assert not Path(folder).exists()


_UNGUARDED = """
import sys
from pathlib import Path
from mfvis_engine.jobs.client.engine import Engine
from tests.jobs.making import CARRIER, job_of

print("once", flush=True)
engine = Engine.start(carrier=CARRIER)
engine.submit(job_of(Path(sys.argv[1]), "die:1,1")).wait()
"""


def test_a_script_without_a_guard_runs_once_and_needs_no_close(video, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(_UNGUARDED, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, str(script), str(video)], capture_output=True, text=True, check=False, env=environment
    )
    assert (done.returncode, done.stdout) == (0, "once\n"), done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="Ctrl+C is sent another way there")
def test_ctrl_c_in_a_terminal_does_not_reach_the_worker(engine, video):
    worker = _worker_of(engine, video)
    worker.send_signal(signal.SIGINT)
    assert _worker_of(engine, video) == worker


_MODULES = """
import sys
import mfvis_engine.jobs.client.engine, mfvis_engine.jobs.client.handle
import mfvis_engine.jobs.cluster.server, mfvis_engine.jobs.job
import mfvis_engine.jobs.worker.task
print([name for name in ("torch", "qtpy", "napari") if name in sys.modules])
"""


def test_clients_import_no_torch():
    done = subprocess.run([sys.executable, "-c", _MODULES], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_configuration_of_dask_is_left_alone(engine, video):
    before = json.dumps(dask.config.config, default=str, sort_keys=True)
    with Engine.connect(engine.address, engine.credentials) as client:
        client.submit(job_of(video, "nothing")).wait()
    with Engine.start(carrier=CARRIER):
        pass
    assert json.dumps(dask.config.config, default=str, sort_keys=True) == before


def test_it_listens_on_loopback_alone_and_nothing_speaks_without_tls(engine, video):
    _worker_of(engine, video)
    processes = [psutil.Process(), *psutil.Process().children(recursive=True)]
    addresses = {
        connection.laddr
        for process in processes
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert len(addresses) >= 3
    assert {address.ip for address in addresses} == {"127.0.0.1"}
    for address in addresses:
        with socket.create_connection(address, timeout=10) as connection:
            connection.sendall(b"GET /info/main/workers.html HTTP/1.0\r\n\r\n")
            with contextlib.suppress(ConnectionResetError):
                assert not connection.recv(100).startswith(b"HTTP")


def test_python_imports_nothing_from_where_other_users_can_write(engine, video):
    home = engine.credentials.key.parent.parent
    shared = [Path(path) for path in sys.path if Path(path).is_relative_to(tempfile.gettempdir())]
    assert all(path.is_relative_to(home) for path in shared if "dask" in str(path))


def test_an_engine_that_cannot_make_its_folder_says_so(monkeypatch):
    def full(**_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(home_module.tempfile, "mkdtemp", full)
    with pytest.raises(EngineError, match="No space left on device"):
        Engine.start(carrier=CARRIER)


def _worker_of(engine, video):
    job = engine.submit(job_of(video, "nothing"))
    job.wait()
    device = next(event.device for event in job.events() if isinstance(event, Started))
    return psutil.Process(int(device.split()[1]))


def _mebibytes(process):
    return process.memory_info().rss / 2**20
