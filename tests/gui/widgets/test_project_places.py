"""Where the project of a video is looked for, and where it is made."""

import shutil

import pytest

from mfvis_engine.project import Project, ProjectDamagedError
from mfvis_napari.widgets.project.places import find_project, free_place
from tests.gui.clip import write_clip


@pytest.fixture
def video(tmp_path):
    return write_clip(tmp_path / "walk", length=2)


def make(path, video):
    Project.create(path, video).close()
    return path


def test_a_video_without_a_project_gets_one_beside_it(video, tmp_path):
    assert find_project(video) is None
    assert free_place(video) == tmp_path / "walk.mfvis"
    assert free_place(tmp_path / "run.2026.mp4") == tmp_path / "run.2026.mfvis"


def test_a_project_beside_its_video_is_found(video, tmp_path):
    assert find_project(video) is None
    assert find_project(make(tmp_path / "walk.mfvis", video).parent / "walk") == tmp_path / "walk.mfvis"


def test_a_project_of_another_video_is_not_taken(video, tmp_path):
    make(tmp_path / "walk.mfvis", write_clip(tmp_path / "other", length=3))

    assert find_project(video) is None
    assert free_place(tmp_path / "walk.mp4") == tmp_path / "walk.mp4.mfvis"
    make(tmp_path / "walk.mp4.mfvis", tmp_path / "other")
    assert free_place(tmp_path / "walk.mp4") == tmp_path / "walk-2.mfvis"


def test_a_project_of_a_video_that_moved_with_it_is_found(video, tmp_path):
    make(tmp_path / "walk.mfvis", video)
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    shutil.move(video, moved)
    shutil.move(tmp_path / "walk.mfvis", moved)
    assert find_project(moved / "walk") == moved / "walk.mfvis"


def test_a_project_that_was_put_elsewhere_is_found_among_recent_ones(video, tmp_path):
    elsewhere = make(tmp_path / "projects" / "mine.mfvis", video)
    other = make(tmp_path / "projects" / "other.mfvis", write_clip(tmp_path / "other", length=3))
    assert find_project(video, [tmp_path / "gone.mfvis", other, elsewhere]) == elsewhere


def test_the_copy_in_a_project_belongs_to_it(video, tmp_path):
    with Project.create(tmp_path / "kept.mfvis", video, copy_video=True) as project:
        assert find_project(project.path / "video" / "walk") == project.path


def test_a_damaged_project_beside_its_video_is_not_passed_over(video, tmp_path):
    (make(tmp_path / "walk.mfvis", video) / "zarr.json").write_text("{")
    with pytest.raises(ProjectDamagedError):
        find_project(video)
