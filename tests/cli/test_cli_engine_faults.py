"""`mfvis segment --engine local` in a process of its own, killed, stopped, and with a project on a full disk."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time

import psutil
import pytest

from mfvis_engine.jobs.cluster.home import Home
from mfvis_engine.project import Project, RunStatus, check_project
from tests.cli.conftest import LENGTH, said
from tests.small_disk import filled, small_disk

GONE_S = 5.0
"""Within which no process may be left of a command that was killed."""
DISK_KIB = 16384


class Command:
    """The command at work on a project, with an engine whose files lie in `temporary`."""

    def __init__(self, project_path, steps, temporary):
        words = ["segment", project_path, "--engine", "local", "--steps", steps, "--device", "cpu"]
        self._project_path = project_path
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mfvis_engine.cli", *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            env={**os.environ, "TMPDIR": str(temporary), "COLUMNS": "200"},
        )

    def wait_for(self, has_come):
        """Returns once `has_come` is true of the project's run."""
        while self.process.poll() is None:
            with Project.open(self._project_path, read_only=True) as project:
                if any(map(has_come, project.runs())):
                    return
            time.sleep(0.05)
        pytest.fail(f"it ended early: {self.process.communicate()}")

    def tree(self):
        own = psutil.Process(self.process.pid)
        return [own, *own.children(recursive=True)]

    def ended(self):
        """Exit code, and what it wrote to stderr."""
        _, errors = self.process.communicate(timeout=60)
        return self.process.returncode, said(errors)


@pytest.fixture
def begin(tmp_path, monkeypatch):
    """A function that starts the command on a project."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    begun = []

    def start(project_path, steps=3):
        begun.append(Command(project_path, steps, temporary))
        return begun[-1]

    start.temporary = temporary
    yield start
    for command in begun:
        with contextlib.suppress(psutil.Error):
            command.process.kill()
        command.process.communicate()


def has_started(info):
    """Whether the job has told on which device it runs."""
    return "device" in info.settings


def assert_whole(path, status):
    """The project is whole; it has one run, and masks where that has finished."""
    assert check_project(path).is_clean
    with Project.open(path) as project:
        (info,) = project.runs()
        assert info.status is status
        assert any(project.read_masks(t).any() for t in range(LENGTH)) == (status is RunStatus.FINISHED)


def test_killed_it_leaves_no_process_and_a_whole_project_and_the_job_can_be_gone_on_with(
    run, boxed_project, begin, tiny_net, monkeypatch
):
    command = begin(boxed_project)
    command.wait_for(has_started)
    processes = command.tree()
    assert len(processes) > 1
    command.process.kill()
    assert psutil.wait_procs(processes, timeout=GONE_S)[1] == []
    assert_whole(boxed_project, RunStatus.RUNNING)
    done = run("segment", boxed_project, "--resume")
    assert done.exit_code == 0, done.stderr
    assert_whole(boxed_project, RunStatus.FINISHED)
    (left,) = begin.temporary.glob("mfvis-engine-*")
    monkeypatch.setattr("tempfile.tempdir", str(begin.temporary))
    Home().close()  # as the next engine does
    assert not left.exists()


@pytest.mark.skipif(os.name == "nt", reason="Ctrl+C is sent another way there")
@pytest.mark.parametrize("seed", range(2))
def test_ctrl_c_at_any_moment_leaves_no_process_no_file_and_a_whole_project(boxed_project, begin, seed):
    command = begin(boxed_project, steps=300)
    command.wait_for(lambda info: True)
    time.sleep(random.Random(seed).uniform(0, 4))
    processes = command.tree()
    for process in processes:  # as a terminal does
        process.send_signal(signal.SIGINT)
    code, errors = command.ended()
    assert code == 130, errors
    assert "--resume" in errors
    assert "Traceback" not in errors
    assert psutil.wait_procs(processes, timeout=GONE_S)[1] == []
    assert list(begin.temporary.glob("mfvis-engine-*")) == []
    assert_whole(boxed_project, RunStatus.FAILED)


def test_a_full_disk_of_the_project_is_said_and_the_job_can_be_gone_on_with_when_there_is_room(
    run, video_path, boxes_path, begin, tiny_net, tmp_path
):
    disk = tmp_path / "disk"
    with small_disk(disk, DISK_KIB):
        path = disk / "walk.mfvis"
        Project.create(path, video_path).close()
        assert run("boxes", "import", path, boxes_path).exit_code == 0
        command = begin(path)
        command.wait_for(has_started)
        processes = command.tree()
        with filled(disk, free_kib=0):
            code, errors = command.ended()
            assert code == 1, errors
            assert "No space left on device" in errors
            assert "Traceback" not in errors
            assert psutil.wait_procs(processes, timeout=GONE_S)[1] == []
            assert list(begin.temporary.glob("mfvis-engine-*")) == []
            with Project.open(path, read_only=True) as project:
                assert project.annotations().track_ids == (1, 3)
        assert check_project(path).is_clean
        done = run("segment", path, "--resume")
        assert done.exit_code == 0, done.stderr
        assert_whole(path, RunStatus.FINISHED)
