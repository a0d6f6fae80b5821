import shutil

import pytest

from mfvis_engine.project import Project
from tests.cli.conftest import said


def test_makes_a_project_and_says_what_comes_next(run, tmp_path, video_path):
    done = run("new", tmp_path / "walk", video_path)
    assert done.exit_code == 0
    assert "walk.mfvis: 4 frames of 64 x 48" in done.stdout
    assert "mfvis boxes import" in done.stdout
    with Project.open(tmp_path / "walk.mfvis") as project:
        assert (project.length, project.height, project.width) == (4, 48, 64)


@pytest.mark.parametrize("copy_video", [True, False])
def test_a_copied_video_outlives_the_original(run, tmp_path, video_path, copy_video):
    run("new", tmp_path / "walk", video_path, *(["--copy-video"] if copy_video else []))
    shutil.rmtree(video_path)
    done = run("info", tmp_path / "walk")
    assert done.exit_code == 0
    assert ("is not at" in said(done.stderr)) != copy_video


def test_an_existing_project_is_left_alone(run, empty_project, video_path):
    done = run("new", empty_project, video_path)
    assert done.exit_code == 1
    assert "walk.mfvis exists already" in said(done.stderr)


def test_a_missing_video_is_told_and_leaves_no_project(run, tmp_path):
    done = run("new", tmp_path / "walk", tmp_path / "gone.mp4")
    assert done.exit_code == 1
    assert "There is no file or folder" in done.stderr
    assert not (tmp_path / "walk.mfvis").exists()


def test_a_file_that_is_no_video_is_told(run, tmp_path, boxes_path):
    done = run("new", tmp_path / "walk", boxes_path)
    assert done.exit_code == 1
    assert "boxes.csv" in done.stderr


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_a_project_needs_a_name(run, tmp_path, video_path, monkeypatch, name):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    done = run("new", name, video_path)
    assert done.exit_code == 1
    assert "is no name for a new folder" in done.stderr
    assert not list(tmp_path.glob("**/*.mfvis"))


def test_a_project_is_no_video(run, tmp_path, masked_project):
    """Its masks are an array in zarr, which a video may be, too."""
    done = run("new", tmp_path / "other", masked_project)
    assert done.exit_code == 1
    assert "is a project, and no video" in done.stderr
    assert not (tmp_path / "other.mfvis").exists()


def test_the_next_command_works_where_something_else_has_the_short_name(run, tmp_path, video_path, boxes_path):
    done = run("new", video_path, video_path)  # a folder of pictures, and a project of the same name beside it
    assert f"mfvis boxes import {video_path}.mfvis BOXES.csv" in said(done.stdout)
    assert run("boxes", "import", f"{video_path}.mfvis", boxes_path).exit_code == 0
