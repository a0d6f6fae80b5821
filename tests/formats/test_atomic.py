import errno
import os

import pytest

from mfvis_engine.formats import FormatError, WriteError
from mfvis_engine.formats.atomic import folder_when_done, made_if_missing, replaced_when_done


def test_a_file_takes_its_place_when_the_block_ends(tmp_path):
    target = tmp_path / "out.txt"
    target.write_text("old")
    with replaced_when_done(target) as unfinished:
        unfinished.write_text("new")
        assert unfinished.name == "out.txt"
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


def test_the_old_file_stays_when_the_block_raises(tmp_path):
    target = tmp_path / "out.txt"
    target.write_text("old")
    with pytest.raises(ZeroDivisionError), replaced_when_done(target) as unfinished:  # noqa: PT012
        unfinished.write_text("half")
        raise ZeroDivisionError
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_nothing_is_left_of_a_folder_when_the_block_raises(tmp_path):
    with pytest.raises(ZeroDivisionError), folder_when_done(tmp_path / "out") as unfinished:  # noqa: PT012
        (unfinished / "half").write_text("half")
        raise ZeroDivisionError
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("when_done", [replaced_when_done, folder_when_done])
def test_a_missing_parent_is_named(tmp_path, when_done):
    with (
        pytest.raises(FormatError, match=r"the folder .*nowhere does not exist"),
        when_done(tmp_path / "nowhere" / "x"),
    ):
        pass


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(FormatError, match="is a folder"), replaced_when_done(tmp_path):
        pass


def test_a_disk_that_fills_is_named_with_what_was_written(tmp_path, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    target = tmp_path / "out.txt"
    target.write_text("old")
    monkeypatch.setattr(os, "fsync", full)
    with (
        pytest.raises(WriteError, match=r"out\.txt cannot be written \(No space left.* 4 bytes had been .* make room"),
        replaced_when_done(target) as unfinished,
    ):
        unfinished.write_text("half")
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("when_done", [replaced_when_done, folder_when_done])
def test_a_folder_that_may_not_be_written_is_named(tmp_path, monkeypatch, when_done):
    def refuse(path, *_):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)

    monkeypatch.setattr(os, "mkdir", refuse)
    with (
        pytest.raises(WriteError, match=r"out cannot be written \(Permission denied\)\. Nothing was changed.* rights"),
        when_done(tmp_path / "out"),
    ):
        pass
    assert not list(tmp_path.iterdir())


def test_the_place_may_be_refused_at_last(tmp_path):
    target = tmp_path / "out.txt"
    with pytest.raises(WriteError, match=r"out\.txt cannot be written"), replaced_when_done(target) as unfinished:  # noqa: PT012
        unfinished.write_text("new")
        target.mkdir()
    assert list(tmp_path.iterdir()) == [target]
    assert not list(target.iterdir())


def test_what_is_wrong_with_another_file_is_not_taken_for_a_refusal(tmp_path):
    with pytest.raises(FileNotFoundError), replaced_when_done(tmp_path / "out.txt") as unfinished:  # noqa: PT012
        unfinished.write_text("half")
        (tmp_path / "source").read_text()
    assert not list(tmp_path.iterdir())


def test_a_long_name_leaves_room_for_the_hidden_one(tmp_path):
    target = tmp_path / f"{'x' * 240}.txt"
    with replaced_when_done(target) as unfinished:
        unfinished.write_text("new")
    assert target.read_text() == "new"


def test_a_folder_that_was_made_goes_again_only_if_it_is_empty(tmp_path):
    folder = tmp_path / "out"
    with pytest.raises(ZeroDivisionError), made_if_missing(folder):
        raise ZeroDivisionError
    assert not folder.exists()
    with pytest.raises(ZeroDivisionError), made_if_missing(folder):  # noqa: PT012
        (folder / "file").touch()
        raise ZeroDivisionError
    assert (folder / "file").exists()
    folder = tmp_path / "empty"
    folder.mkdir()
    with pytest.raises(ZeroDivisionError), made_if_missing(folder):
        raise ZeroDivisionError
    assert folder.is_dir()


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "out").touch()
    with pytest.raises(WriteError, match="out cannot be written"), made_if_missing(tmp_path / "out"):
        pass
