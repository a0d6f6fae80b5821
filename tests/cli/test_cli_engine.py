import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from mfvis_engine.jobs.client.engine import Engine
from mfvis_engine.jobs.cluster import joining, server
from mfvis_engine.jobs.cluster.joining import JoinSettings
from mfvis_engine.jobs.cluster.server import ServerSettings
from mfvis_engine.jobs.limits import Limits
from tests.cli.conftest import said
from tests.jobs.making import CARRIER, job_of

GONE_S = 5.0


@pytest.fixture
def served_with(monkeypatch):
    """The settings that the command serves with; it serves nothing."""
    given: list[ServerSettings] = []

    def serve(settings, on_ready):
        given.append(settings)
        on_ready(server.Server("tls://10.0.0.1:8786", Path("certificates"), 2, ("GPU-a", "GPU-b"), None))

    monkeypatch.setattr(server, "serve", serve)
    return given


@pytest.mark.parametrize("command", ["certificates", "serve", "work", "jobs"])
def test_help_has_an_example_and_says_what_comes_next(run, command):
    done = run("engine", command, "--help")
    assert done.exit_code == 0
    assert f"Example mfvis engine {command}" in said(done.stdout).replace("Examples", "Example")
    assert "Then" in done.stdout


def test_certificates_says_what_goes_where(run, tmp_path):
    folder = tmp_path / "certificates"
    done = run("engine", "certificates", folder)
    assert done.exit_code == 0
    assert {path.name for path in folder.iterdir()} == {
        f"{name}.{kind}" for name in ("authority", "engine", "client") for kind in ("pem", "key")
    }
    assert "Copy authority.pem, engine.pem and engine.key to where the engine runs." in done.stdout
    assert "Copy authority.pem, client.pem and client.key to each machine" in done.stdout
    assert f"Next: mfvis engine serve --host 0.0.0.0 --certificates {folder}" in done.stdout


def test_certificates_again_keeps_the_authority(run, tmp_path):
    run("engine", "certificates", tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    done = run("engine", "certificates", tmp_path)
    assert done.exit_code == 0
    changed = {path.name for path in tmp_path.iterdir() if path.read_bytes() != before[path.name]}
    assert changed == {"engine.pem", "engine.key", "client.pem", "client.key"}
    (tmp_path / "authority.key").unlink()
    done = run("engine", "certificates", tmp_path)
    assert done.exit_code == 1
    assert "Bring it back" in done.stderr


def test_serve_says_where_and_how_to_stop(run, served_with, tmp_path):
    words = ("--host", "0.0.0.0", "--certificates", "certificates", "--folder", tmp_path, "--video-gigabytes", 2)
    done = run("engine", "serve", *words)
    assert done.exit_code == 0
    limits = Limits(clip_bytes=2_000_000_000)
    assert served_with == [
        ServerSettings(host="0.0.0.0", certificates=Path("certificates"), folder=tmp_path, limits=limits)
    ]
    assert "The engine listens at tls://10.0.0.1:8786, with 2 workers on 2 GPUs." in done.stdout
    assert "See its jobs: mfvis engine jobs tls://10.0.0.1:8786 --certificates certificates" in done.stdout
    assert "Ctrl+C stops it." in done.stdout


def test_serve_beyond_this_machine_needs_certificates(run):
    done = run("engine", "serve", "--host", "0.0.0.0")
    assert done.exit_code == 1
    assert "mfvis engine certificates DIR" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("words", [("--port", "70000"), ("--workers", "-1"), ("--carrier", "os:system")])
def test_wrong_usage_of_serve_is_2(run, served_with, words):
    assert run("engine", "serve", *words).exit_code == 2
    assert served_with == []


def test_jobs_are_listed(run, tmp_path):
    video = tmp_path / "walk.mp4"
    video.write_bytes(b"film")
    with Engine.start(carrier=CARRIER) as engine:
        words = ("engine", "jobs", engine.address, "--certificates", engine.credentials.key.parent)
        assert "has no jobs" in run(*words).stdout
        job = engine.submit(job_of(video, "frames:2"))
        job.wait()
        done = run(*words)
    assert done.exit_code == 0
    workers, head, row = done.stdout.splitlines()
    assert workers == "The engine has 1 worker at present."
    assert head.split() == ["job", "kind", "state", "frames", "submitted", "video"]
    assert re.fullmatch(rf"{job.id}  train +finished +2  \d{{4}}-\d\d-\d\d \d\d:\d\d  {re.escape(str(video))}", row)
    assert head.index("video") == row.index(str(video))


def test_work_says_how_many_work_and_how_to_stop(run, monkeypatch, tmp_path):
    given = []

    def work(settings, on_ready):
        given.append(settings)
        on_ready(2)

    monkeypatch.setattr(joining, "work", work)
    done = run("engine", "work", "tls://10.0.0.1:8786", "--certificates", tmp_path, "--workers", "2")
    assert done.exit_code == 0
    assert given == [JoinSettings("tls://10.0.0.1:8786", tmp_path, workers=2)]
    assert "2 workers of this machine for the engine at tls://10.0.0.1:8786. Ctrl+C stops them." in done.stdout


def test_jobs_without_certificates(run, tmp_path):
    done = run("engine", "jobs", "tls://127.0.0.1:9", "--certificates", tmp_path)
    assert done.exit_code == 1
    assert "authority.pem is missing" in done.stderr


@pytest.mark.parametrize("command", ["jobs", "work"])
@pytest.mark.parametrize("address", ["127.0.0.1:8786", "tcp://127.0.0.1:8786"])
def test_what_is_no_address_is_named(run, tmp_path, address, command):
    done = run("engine", command, address, "--certificates", tmp_path)
    assert done.exit_code == 2
    assert "tls://host:port" in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="Ctrl+C is sent another way there")
def test_ctrl_c_ends_what_was_served():
    served = subprocess.Popen(
        [sys.executable, "-m", "mfvis_engine.cli", "engine", "serve", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not (line := served.stdout.readline()).startswith("Ctrl+C"):
        assert line, served.stderr.read()
    own = psutil.Process(served.pid)
    processes = [own, *own.children(recursive=True)]
    for process in processes:  # as a terminal does
        process.send_signal(signal.SIGINT)
    out, errors = served.communicate(timeout=60)
    assert (served.returncode, out, errors) == (0, "The engine has ended.\n", "")
    assert psutil.wait_procs(processes, timeout=GONE_S)[1] == []
