import json
from datetime import UTC, datetime

import pytest

from mfvis_engine.annotation.verbs import RenameCategory
from mfvis_engine.project import Project
from tests.cli.conftest import said


@pytest.fixture
def busy_project(boxed_project):
    """A project with an import and three changes."""
    with Project.open(boxed_project) as project:
        for category in ("a", "b", "c"):
            project.do(RenameCategory(1, category))
    return boxed_project


def category_of(path):
    with Project.open(path, read_only=True) as project:
        return [track.category for track in project.annotations().tracks if track.track_id == 1]


def test_undo_and_redo_across_processes(run, busy_project):
    done = run("undo", busy_project)
    assert done.exit_code == 0
    assert done.stdout == (f"Undone: rename category of track 1 to c\nRedo with: mfvis redo {busy_project}\n")
    assert category_of(busy_project) == ["b"]
    done = run("redo", busy_project)
    assert done.stdout == (f"Done again: rename category of track 1 to c\nUndo with: mfvis undo {busy_project}\n")
    assert category_of(busy_project) == ["c"]


def test_several_at_once_the_last_first(run, busy_project):
    lines = run("undo", busy_project, "-n", 2).stdout.splitlines()
    assert [line[-1] for line in lines[:2]] == ["c", "b"]
    assert lines[2] == f"Redo with: mfvis redo {busy_project} -n 2"
    assert category_of(busy_project) == ["a"]


def test_more_than_there_is(run, busy_project):
    done = run("undo", busy_project, "-n", 99)
    assert done.exit_code == 0
    assert "There is nothing more to undo." in done.stdout
    assert f"mfvis redo {busy_project} -n 4" in done.stdout
    assert category_of(busy_project) == []
    assert run("undo", busy_project).stdout == "There is nothing to undo.\n"
    assert "nothing more to redo" in run("redo", busy_project, "-n", 99).stdout
    assert run("redo", busy_project).stdout == "There is nothing to redo.\n"
    assert category_of(busy_project) == ["c"]


def test_the_log_shows_the_newest_first_and_marks_what_is_undone(run, busy_project):
    run("undo", busy_project)
    done = run("log", busy_project)
    assert done.exit_code == 0
    rows = [said(line.strip("│")) for line in done.stdout.splitlines() if "│" in line]
    assert [row.split(" │ ")[1] for row in rows] == [
        "rename category of track 1 to c",
        "rename category of track 1 to b",
        "rename category of track 1 to a",
        "import boxes.csv",
    ]
    assert ["undone" in row for row in rows] == [True, False, False, False]
    assert f"{datetime.now():%Y-}" in rows[0]


def test_a_long_log_is_cut_and_says_how_to_see_the_rest(run, busy_project):
    done = run("log", busy_project, "-n", 1)
    assert "track 1 to c" in done.stdout
    assert "track 1 to b" not in done.stdout
    assert "3 earlier changes not shown." in done.stdout
    assert f"mfvis log {busy_project} -n 4" in done.stdout


def test_the_log_as_json(run, busy_project, tmp_path):
    run("undo", busy_project)
    out = tmp_path / "new folder" / "log.json"
    assert run("log", busy_project, "--json", out).exit_code == 0
    entries = json.loads(out.read_text(encoding="utf-8"))
    assert [entry["undone"] for entry in entries] == [True, False, False, False]
    newest = entries[0]
    assert (newest["verb"], newest["track_ids"], newest["frame_count"]) == ("rename_category", [1], 0)
    assert datetime.fromisoformat(newest["time"]).tzinfo == UTC
    assert "is there already" in run("log", busy_project, "-n", 2, "--json", out).stderr
    run("log", busy_project, "-n", 2, "--json", out, "--overwrite")
    assert len(json.loads(out.read_text(encoding="utf-8"))) == 2


def test_the_log_is_not_written_into_the_project(run, busy_project):
    done = run("log", busy_project, "--json", busy_project / "annotations.sqlite")
    assert done.exit_code == 1
    assert "lies in the project" in said(done.stderr)
    assert category_of(busy_project) == ["c"]


def test_an_empty_log(run, empty_project):
    assert run("log", empty_project).stdout == "Nothing was changed yet.\n"


@pytest.mark.parametrize("words", [("undo", "-n", 0), ("redo", "-n", "x"), ("log", "-n", 0)])
def test_no_number_is_wrong_usage(run, busy_project, words):
    command, *options = words
    assert run(command, busy_project, *options).exit_code == 2
