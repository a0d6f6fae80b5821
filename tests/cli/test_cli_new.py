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
