import shutil
from contextlib import closing

import numpy as np
import pytest
import tifffile
from PIL import Image

from mfvis_engine.project import Project, VideoChangedError, VideoMissingError

from .conftest import write_pictures


def frames_of(project):
    with closing(project.video()) as video:
        return video.frames(0, video.length)


def test_the_path_is_stored_relative_with_slashes(tmp_path, video_path):
    with Project.create(tmp_path / "projects" / "deep" / "walk", video_path) as project:
        assert project.video_reference.relative_path == "../../../clip"
        assert project.video_reference.absolute_path == str(video_path.resolve())


def test_project_and_video_move_together(tmp_path):
    clip = write_pictures(tmp_path / "here" / "clip")
    with Project.create(tmp_path / "here" / "walk", clip) as project:
        before = frames_of(project)
    shutil.move(tmp_path / "here", tmp_path / "there")
    with Project.open(tmp_path / "there" / "walk") as moved:
        np.testing.assert_array_equal(frames_of(moved), before)


def test_a_project_moved_alone_finds_the_video_where_it_was(project, tmp_path):
    project.close()
    (tmp_path / "far" / "away").mkdir(parents=True)
    shutil.move(project.path, tmp_path / "far" / "away" / "walk.mfvis")
    with Project.open(tmp_path / "far" / "away" / "walk") as moved:
        assert frames_of(moved).shape == (4, 6, 8, 3)


def test_a_missing_video_names_the_places_and_the_remedy(project, video_path):
    shutil.rmtree(video_path)
    with pytest.raises(VideoMissingError, match=r"is not at .*clip.*mfvis relink .*walk.mfvis VIDEO"):
        project.video()


def test_a_changed_video_is_refused(project, video_path):
    Image.new("RGB", (8, 6), "white").save(video_path / "002.png")
    with pytest.raises(VideoChangedError, match=r"is not the video .* was made for: it has \d+ bytes, expected"):
        project.video()


def test_a_same_sized_change_of_a_file_is_refused(tmp_path):
    path = tmp_path / "stack.tif"
    tifffile.imwrite(path, np.zeros((3, 8, 8), np.uint8), photometric="minisblack")
    with Project.create(tmp_path / "walk", path) as project:
        tifffile.imwrite(path, np.ones((3, 8, 8), np.uint8), photometric="minisblack")
        with pytest.raises(VideoChangedError):
            project.video()


def test_another_video_in_the_relative_place_does_not_hide_the_right_one(tmp_path):
    clip = write_pictures(tmp_path / "here" / "clip")
    with Project.create(tmp_path / "here" / "walk", clip) as project:
        right = frames_of(project)
    write_pictures(tmp_path / "there" / "clip", length=2)
    shutil.move(tmp_path / "here" / "walk.mfvis", tmp_path / "there" / "walk.mfvis")
    with Project.open(tmp_path / "there" / "walk") as moved:
        np.testing.assert_array_equal(frames_of(moved), right)


def test_relinking_a_moved_video(project, video_path, tmp_path):
    before = frames_of(project)
    shutil.move(video_path, tmp_path / "elsewhere")
    project.relink_video(tmp_path / "elsewhere")
    np.testing.assert_array_equal(frames_of(project), before)
    project.close()
    with Project.open(project.path) as opened:
        np.testing.assert_array_equal(frames_of(opened), before)
        assert opened.video_reference.relative_path == "../elsewhere"


def test_relinking_refuses_other_frames_and_keeps_the_old_link(project, tmp_path):
    other = write_pictures(tmp_path / "other", length=5)
    with pytest.raises(VideoChangedError, match=r"\(5, 6, 8\); walk is about \(4, 6, 8\)"):
        project.relink_video(other)
    assert frames_of(project).shape == (4, 6, 8, 3)


@pytest.mark.parametrize("inside_the_clip", [False, True])
def test_a_copied_video_needs_no_original(tmp_path, video_path, inside_the_clip):
    folder = video_path if inside_the_clip else tmp_path
    with Project.create(folder / "walk", video_path, copy_video=True) as project:
        before = frames_of(project)
        assert project.video_reference.relative_path == "video/clip"
        assert project.video_reference.absolute_path is None
    moved_to = tmp_path / "moved.mfvis"
    shutil.move(project.path, moved_to)
    shutil.rmtree(video_path)
    with Project.open(moved_to) as moved:
        np.testing.assert_array_equal(frames_of(moved), before)


def test_a_project_inside_the_folder_of_pictures_does_not_change_the_video(video_path):
    with Project.create(video_path / "walk", video_path) as project:
        assert frames_of(project).shape == (4, 6, 8, 3)


def test_the_normalisation_of_a_16_bit_stack_is_recorded(tmp_path):
    path = tmp_path / "stack.tif"
    stack = np.random.default_rng(0).integers(100, 4000, (3, 16, 16)).astype(np.uint16)
    tifffile.imwrite(path, stack, photometric="minisblack")
    with Project.create(tmp_path / "walk", path) as project:
        recorded = project.video_reference.normalization
        before = frames_of(project)
    assert 100 <= recorded.low < recorded.high < 4000
    with Project.open(tmp_path / "walk") as opened:
        assert opened.video_reference.normalization == recorded
        np.testing.assert_array_equal(frames_of(opened), before)
