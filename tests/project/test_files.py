"""What is written is on the disk, names and all, before anything goes on."""

import errno
import os
import stat
import sys

import pytest

from mfvis_engine.annotation.verbs import NewTrack
from mfvis_engine.project import Project, backup_project, files
from mfvis_engine.project.files import built_aside, make_folder, replace_durably, sync_folder, write_durably

from .conftest import HEIGHT, WIDTH, write_pictures

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot sync a folder")


@pytest.fixture
def synced(monkeypatch):
    """What was synced so far, in order: for each file or folder what `os.fstat` says of it, and what a folder held."""
    seen = []
    fsync = os.fsync

    def watched(descriptor):
        status = os.fstat(descriptor)
        is_folder = stat.S_ISDIR(status.st_mode)
        seen.append((status.st_ino, set(os.listdir(descriptor)) if is_folder else None))  # noqa: PTH208
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    return seen


def inode(path):
    return path.stat().st_ino


@posix
def test_a_file_is_synced_before_it_takes_its_place_and_the_folder_after(tmp_path, synced):
    path = tmp_path / "file"
    write_durably(path, b"old")
    synced.clear()
    write_durably(path, b"new")
    assert path.read_bytes() == b"new"
    assert synced == [(inode(path), None), (inode(tmp_path), {"file"})]


@posix
def test_folders_that_are_made_on_the_way_are_synced_into_those_above(tmp_path, synced):
    write_durably(tmp_path / "c" / "17" / "0", b"new")
    assert (inode(tmp_path), {"c"}) in synced
    assert (inode(tmp_path / "c"), {"17"}) in synced
    assert synced[-1] == (inode(tmp_path / "c" / "17"), {"0"})
    synced.clear()
    make_folder(tmp_path / "c" / "17")
    assert synced == []


@posix
def test_a_folder_that_is_built_aside_is_synced_whole_before_it_appears(tmp_path, synced):
    with built_aside(tmp_path / "whole") as partial:
        (partial / "sub").mkdir()
        (partial / "sub" / "file").write_bytes(b"1")
        (partial / "sub" / "file").chmod(0o444)
    whole = tmp_path / "whole"
    assert {one for one, _ in synced[:-1]} == {inode(whole), inode(whole / "sub"), inode(whole / "sub" / "file")}
    assert synced[-1] == (inode(tmp_path), {"whole"})


@posix
def test_a_folder_that_is_renamed_is_synced_in_its_place(tmp_path, synced):
    (tmp_path / "old").mkdir()
    replace_durably(tmp_path / "old", tmp_path / "new")
    assert synced == [(inode(tmp_path), {"new"})]


@posix
def test_what_a_project_promises_to_be_there_is_synced(tmp_path, synced):
    with Project.create(tmp_path / "walk", write_pictures(tmp_path / "clip")) as project:
        assert (inode(tmp_path), {"clip", "walk.mfvis"}) in synced
        project.do(NewTrack(1, "cell"))
        writer = project.create_run({}, [1])
        runs = project.path / "runs"
        assert (inode(runs), {"zarr.json", writer.run_id}) in synced
        writer.write_frame(1, [[1] * WIDTH] * HEIGHT, [1])
        project.merge_run(writer.run_id)
        chunk = project.path / "masks" / "c" / "1" / "0" / "0"
        assert {inode(folder) for folder in chunk.parents[:4]} <= {one for one, _ in synced}
        project.delete_run(writer.run_id)
        assert any(one == inode(runs) and any(name.endswith(".removed") for name in held or ()) for one, held in synced)
    synced.clear()
    copy = backup_project(project.path, tmp_path / "copy").path
    everything = {inode(path) for path in (copy, *copy.rglob("*"))}
    assert everything <= {one for one, _ in synced}
    assert synced[-1][0] == inode(tmp_path)


def test_where_folders_cannot_be_synced_nothing_fails_but_a_broken_disk_does(tmp_path, monkeypatch):
    def refuse(number):
        def fsync(descriptor):
            raise OSError(number, os.strerror(number))

        return fsync

    monkeypatch.setattr(files.os, "fsync", refuse(errno.EINVAL))
    sync_folder(tmp_path)
    monkeypatch.setattr(files.os, "fsync", refuse(errno.EIO))
    if sys.platform == "win32":
        sync_folder(tmp_path)
    else:
        with pytest.raises(OSError, match="Input/output"):
            sync_folder(tmp_path)
