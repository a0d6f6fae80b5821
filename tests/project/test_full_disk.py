"""A disk that is full: nothing that was saved is lost, the error says so, and work goes on when there is space.

On a small disk of its own, which only root on Linux can make; `test_repair` has what can be tried anywhere.
"""

import os
import random
import subprocess

import numpy as np
import pytest

from mfvis_engine.annotation import Annotations, Track
from mfvis_engine.annotation.verbs import EditMask, ImportMasks, ReplaceAnnotations
from mfvis_engine.project import (
    Project,
    ProjectExistsError,
    ProjectStorageError,
    ReadOnlyProjectError,
    backup_project,
    check_project,
)
from tests.small_disk import small_disk

from .conftest import write_pictures
from .model import Model, state_of

LENGTH, HEIGHT, WIDTH = 6, 96, 96
DISK_KIB = 4096


@pytest.fixture
def disk(tmp_path):
    """The folder where a small disk is mounted."""
    with small_disk(tmp_path / "disk", DISK_KIB):
        yield tmp_path / "disk"


@pytest.fixture
def begun(disk, tmp_path):
    """A project on the small disk with masks in every frame, and its model."""
    clip = write_pictures(tmp_path / "clip", LENGTH, (HEIGHT, WIDTH))
    with Project.create(disk / "walk", clip) as project:
        model = Model(project)
        labels = np.ones((HEIGHT, WIDTH), np.uint16)
        for one in (project, model):
            one.do(ReplaceAnnotations(Annotations((Track(1, "cell"), Track(2, "cell")))))
            one.do(ImportMasks("a file", frames=((t, labels) for t in range(LENGTH))))
    return project.path, model


def fill(disk, free_kib):
    """Fills the disk but for some KiB."""
    stat = os.statvfs(disk)
    size = stat.f_bavail * stat.f_frsize - free_kib * 1024
    (disk / "filler").write_bytes(b"\0" * max(size, 0))


def noise(chance):
    labels = np.random.default_rng(chance.randrange(10**6)).integers(0, 3, (HEIGHT, WIDTH)).astype(np.uint16)
    labels[0, 0] = 1
    return labels


def painted(chance, one_frame):
    """A change of one frame, or of all of them; twice, for project and model, since frames are walked through once."""
    frames = [(t, noise(chance)) for t in ([chance.randrange(LENGTH)] if one_frame else range(LENGTH))]
    if one_frame:
        return (EditMask(frames[0][0], 0, 0, frames[0][1]),) * 2
    return tuple(ImportMasks("a file", replace=True, frames=iter(frames)) for _ in range(2))


@pytest.mark.parametrize("one_frame", [True, False])
@pytest.mark.parametrize("free_kib", [0, 4, 8, 16, 24, 40, 64, 96])
def test_a_change_on_a_full_disk_is_done_or_recorded_or_never_was(disk, begun, free_kib, one_frame):
    path, model = begun
    chance = random.Random(free_kib)
    with Project.open(path) as project:
        fill(disk, free_kib)
        for _ in range(100):
            for_project, for_model = painted(chance, one_frame)
            try:
                project.do(for_project)
            except ProjectStorageError as error:
                message = str(error)
                break
            model.do(for_model)
        else:
            pytest.fail("the disk was never full")
        if "Nothing was changed" not in message:
            assert "the change is recorded" in message
            model.do(for_model)
        assert state_of(project) == model.state  # though the disk is still full
        with Project.open(path, read_only=True) as reader:
            assert state_of(reader) == model.state
        (disk / "filler").unlink()
        for one in (project, model):
            one.undo()
        assert state_of(project) == model.state
    assert check_project(path).is_clean


@pytest.mark.parametrize("free_kib", [0, 8, 48])
def test_a_project_on_a_full_disk_is_opened_or_refused_in_words(disk, begun, free_kib):
    path, model = begun
    fill(disk, free_kib)
    with Project.open(path, read_only=True) as reader:
        assert state_of(reader) == model.state
    try:
        Project.open(path).close()
        refusal = ""
    except ProjectStorageError as error:
        refusal = str(error)
    assert not refusal or "Free some space" in refusal
    (disk / "filler").unlink()
    with Project.open(path) as project:
        assert state_of(project) == model.state
    assert check_project(path).is_clean


def test_a_backup_to_a_full_disk_leaves_nothing(disk, begun, tmp_path):
    path, model = begun
    elsewhere = backup_project(path, tmp_path / "elsewhere").path
    fill(disk, 100)
    before = sorted(disk.iterdir())
    with pytest.raises((OSError, ProjectStorageError)):
        backup_project(elsewhere, disk / "copy")
    assert sorted(disk.iterdir()) == before
    with pytest.raises(ProjectExistsError, match="exists already"):
        backup_project(elsewhere, path)
    with Project.open(path, read_only=True) as project:
        assert state_of(project) == model.state


def test_a_disk_that_cannot_be_written_is_read_checked_and_backed_up(disk, begun, tmp_path):
    path, model = begun
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    with pytest.raises(ReadOnlyProjectError, match=r"cannot be written .*Open the project for reading"):
        Project.open(path)
    with Project.open(path, read_only=True) as reader:
        assert state_of(reader) == model.state
    assert check_project(path).is_clean
    with Project.open(backup_project(path, tmp_path / "copy").path) as copy:
        assert state_of(copy) == model.state
