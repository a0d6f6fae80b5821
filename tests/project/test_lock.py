import json
import os
import socket
import subprocess
import sys

import pytest

from mfvis_engine.project import Project, ProjectLockedError, ReadOnlyProjectError, lock
from mfvis_engine.project.lock import LockOwner, ProjectLock

HOLDER = """
import sys
from mfvis_engine.project.lock import ProjectLock
from pathlib import Path

held = ProjectLock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    """A process that holds the lock of a folder, and the folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout.readline() == "held\n"
        yield process, tmp_path
        process.kill()


@pytest.fixture
def without_system_locks(monkeypatch):
    def refuse(file):
        raise OSError("this file system has no locks")

    monkeypatch.setattr(lock, "_lock", refuse)


def test_a_second_writer_is_refused_and_told_who_the_first_is(holder):
    process, folder = holder
    named = rf"open for writing in process {process.pid} on {socket.gethostname()} since \d{{4}}-.*Close it there"
    with pytest.raises(ProjectLockedError, match=named):
        ProjectLock(folder)


def test_the_lock_dies_with_its_process(holder):
    process, folder = holder
    process.kill()
    process.wait()
    ProjectLock(folder).release()


def test_a_project_has_one_writer_and_many_readers(project):
    with pytest.raises(ProjectLockedError, match=rf"walk\.mfvis is open for writing in process {os.getpid()}"):
        Project.open(project.path)
    with Project.open(project.path, read_only=True) as reader:
        assert reader.annotations() == project.annotations()
    project.close()
    Project.open(project.path).close()


def test_an_opening_that_fails_gives_the_lock_back(project):
    project.close()
    database = project.path / "annotations.sqlite"
    good = database.read_bytes()
    database.write_bytes(b"not a database" * 100)
    with pytest.raises(Exception, match="cannot be read"):
        Project.open(project.path)
    database.write_bytes(good)
    Project.open(project.path).close()


def test_a_lock_may_be_released_twice_and_taken_again(tmp_path):
    held = ProjectLock(tmp_path)
    held.release()
    held.release()
    ProjectLock(tmp_path).release()


@pytest.mark.usefixtures("without_system_locks")
def test_without_system_locks_a_file_is_the_lock(tmp_path):
    held = ProjectLock(tmp_path)
    with pytest.raises(ProjectLockedError, match=rf"process {os.getpid()} .*delete .*\.lock-owner"):
        ProjectLock(tmp_path)
    held.release()
    ProjectLock(tmp_path).release()


@pytest.mark.skipif(sys.platform == "win32", reason="whether a process is dead is not known there")
@pytest.mark.usefixtures("without_system_locks")
@pytest.mark.parametrize("started", ["", "1"])
def test_without_system_locks_the_lock_of_a_dead_process_is_taken_over(tmp_path, started):
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    # With `started`, the number belongs to another process by now: this one.
    pid = os.getpid() if started else process.pid
    if started and not LockOwner.this_process().started:
        pytest.skip("this system does not tell when a process started")
    owner = {"pid": pid, "host": socket.gethostname(), "since": "then", "started": started}
    (tmp_path / ".lock-owner").write_text(json.dumps(owner), encoding="utf-8")
    held = ProjectLock(tmp_path)
    assert LockOwner.read(tmp_path / ".lock-owner").started == LockOwner.this_process().started
    held.release()
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


@pytest.mark.usefixtures("without_system_locks")
@pytest.mark.parametrize("text", ["", '{"pid": 1, "host": "far away", "since": "then", "started": ""}'])
def test_without_system_locks_the_lock_of_an_unknown_process_is_respected(tmp_path, text):
    (tmp_path / ".lock-owner").write_text(text, encoding="utf-8")
    with pytest.raises(ProjectLockedError, match="delete"):
        ProjectLock(tmp_path)


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / ".lock").mkdir()  # root may write everywhere, but not to a folder as if it were a file
    with pytest.raises(ReadOnlyProjectError, match=r"cannot be written .*Open the project for reading"):
        ProjectLock(tmp_path)
