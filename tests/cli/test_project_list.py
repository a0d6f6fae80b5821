import io
import os

import pytest

from mfvis_engine.actions.errors import ProjectListError
from mfvis_engine.actions.project_list import STDIN, NamedProject, checked_projects, read_project_list
from mfvis_engine.formats import FormatError
from mfvis_engine.project import Project
from tests.cli.scripted_batch import make_project


@pytest.fixture
def folder(tmp_path):
    """With the projects a, b and "c d"."""
    for name in ("a", "b", "c d"):
        make_project(tmp_path / f"{name}.mfvis")
    return tmp_path


def test_lines_are_projects_relative_to_the_list(folder):
    (folder / "lists").mkdir()
    source = folder / "lists" / "some.txt"
    source.write_text(f"# those of May\n\n../a\n  ../c d.mfvis \r\n{folder / 'b'}\n", encoding="utf-8-sig")
    paths = read_project_list(source)
    assert paths == (source.parent / "../a", source.parent / "../c d.mfvis", folder / "b")
    assert [Project.open(path, read_only=True).name for path in paths] == ["a", "c d", "b"]


def test_stdin_is_relative_to_the_working_folder(folder, monkeypatch):
    monkeypatch.chdir(folder)
    monkeypatch.setattr("sys.stdin", io.StringIO("a\nc d\n"))
    assert [str(path) for path in read_project_list(STDIN)] == ["a", "c d"]


def test_all_that_is_wrong_is_told_at_once_with_its_lines(folder):
    (folder / "list.txt").write_text("a\ngone\n\nb\na.mfvis\n./b\na.npy\n", encoding="utf-8")
    with pytest.raises(ProjectListError) as raised:
        read_project_list(folder / "list.txt")
    first, *lines = str(raised.value).split("\n  ")
    assert first.startswith("Nothing was begun")
    assert [line.partition(":")[0] for line in lines] == ["line 2", "line 5", "line 6", "line 7"]
    assert "There is no" in lines[0]
    assert "is named in line 1 already" in lines[1]
    assert "is named in line 4 already" in lines[2]
    assert "is no project" in lines[3]


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_project_named_by_a_link_too_is_named_twice(folder):
    (folder / "link.mfvis").symlink_to(folder / "a.mfvis")
    named = [NamedProject("project 1", folder / "a"), NamedProject("project 2", folder / "link")]
    with pytest.raises(ProjectListError, match=r"project 2: .*link is named in project 1 already"):
        checked_projects("the command", named)


def test_a_damaged_project_is_left_to_its_turn(folder):
    (folder / "a.mfvis" / "zarr.json").write_text("{", encoding="utf-8")
    (folder / "list.txt").write_text("a\n", encoding="utf-8")
    assert read_project_list(folder / "list.txt") == (folder / "a",)


@pytest.mark.parametrize("text", ["", "\n\n", "# a\n  # b\n"])
def test_a_list_of_nothing_is_refused(folder, text):
    (folder / "list.txt").write_text(text, encoding="utf-8")
    with pytest.raises(ProjectListError, match="names no project"):
        read_project_list(folder / "list.txt")


def test_a_list_that_is_not_there_is_told(folder):
    with pytest.raises(FormatError, match="check the path"):
        read_project_list(folder / "list.txt")
