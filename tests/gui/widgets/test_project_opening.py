"""From the question to the open project, whatever is answered; without a window."""

import errno
import shutil
import warnings

import pytest
from napari.components import ViewerModel

from mfvis_engine.project import Project, ProjectLockedError
from mfvis_engine.sample import sample_clip
from mfvis_engine.video import TruncatedVideoWarning
from mfvis_napari import workspace as workspace_module
from mfvis_napari.memory import Memory
from mfvis_napari.widgets.project.opening import SAMPLE_PROJECT, Opening, OpeningError
from mfvis_napari.workspace import Workspace
from tests.gui.clip import make_project, write_clip
from tests.gui.widgets.answers import Answers

pytestmark = pytest.mark.gui


class NoLayers:
    def __init__(self, *_):
        pass

    def remove(self):
        pass

    def let_go(self):
        pass


@pytest.fixture
def workspace(qapp, monkeypatch):
    monkeypatch.setattr(workspace_module, "LayerSet", NoLayers)
    workspace = Workspace(ViewerModel())
    workspace.texts = []
    workspace.messages.said.connect(lambda message: workspace.texts.append(message.text))
    yield workspace
    workspace.close()


@pytest.fixture
def video(tmp_path):
    return write_clip(tmp_path / "videos" / "walk", length=2)


def opening_of(workspace, **answers):
    dialogs = Answers(**answers)
    return Opening(workspace, dialogs, Memory()), dialogs


def test_a_video_gets_a_project_beside_it_and_comes_back_to_it(workspace, video):
    opening, dialogs = opening_of(workspace, video=[video])
    path = opening.ask_video().project.path
    assert path == video.with_name("walk.mfvis")
    workspace.close_project()

    assert opening.open_video(video).project.path == path
    assert Memory().recent_projects == (path,)
    assert Memory().last_folder == video.parent
    assert dialogs.names == ["video"]


def test_cancelling_leaves_the_open_project(workspace, video):
    opening, _ = opening_of(workspace)
    session = opening.open_video(video)
    answers = [ask() for ask in (opening.ask_video, opening.ask_video_folder, opening.ask_project, opening.open_sample)]
    assert answers == [None] * 4
    assert workspace.session is session


def refuse_first(monkeypatch, workspace, number, times=1):
    """Has the disk refuse the first projects; a folder's rights mean nothing to root."""
    create, refusals = workspace.create_project, [number] * times

    def create_project(path, video_path):
        if refusals:
            raise OSError(refusals.pop(), "refused", str(path))
        return create(path, video_path)

    monkeypatch.setattr(workspace, "create_project", create_project)


def test_beside_a_video_that_may_only_be_read_a_place_is_asked_for(workspace, video, tmp_path, monkeypatch):
    refuse_first(monkeypatch, workspace, errno.EROFS, times=2)
    opening, dialogs = opening_of(workspace, project_place=[tmp_path / "no" / "walk", tmp_path / "yes" / "walk"])

    assert opening.open_video(video).project.path == tmp_path / "yes" / "walk.mfvis"

    (_, suggested, why), _ = dialogs.asked
    assert suggested.name == "walk.mfvis"
    assert str(video.parent) in why
    workspace.close_project()
    assert opening.open_video(video).project.path == tmp_path / "yes" / "walk.mfvis"  # which was not asked for again


def test_no_place_no_project(workspace, video, monkeypatch):
    refuse_first(monkeypatch, workspace, errno.EACCES)
    opening, dialogs = opening_of(workspace)
    assert opening.open_video(video) is None
    assert dialogs.names == ["project_place"]


def test_a_full_disk_is_told(workspace, video, monkeypatch):
    refuse_first(monkeypatch, workspace, errno.ENOSPC)
    opening, _ = opening_of(workspace)
    with pytest.raises(OpeningError, match=r"walk\.mfvis cannot be made .*room"):
        opening.open_video(video)


def test_a_moved_video_is_asked_for_until_the_right_one_comes(workspace, tmp_path):
    project_path = make_project(tmp_path)
    (tmp_path / "clip").rename(tmp_path / "moved")
    other = write_clip(tmp_path / "other", length=3)
    opening, dialogs = opening_of(workspace, lost_video=[other, tmp_path / "nothing", tmp_path / "moved"])

    session = opening.open_project(project_path)

    assert tuple(session.video.frame(0)[10, 10]) == (220, 60, 60)
    problems = [lost.problem for _, lost, _ in dialogs.asked]
    assert str(tmp_path / "clip") in problems[0]
    assert "(3, 60, 80)" in problems[1]
    assert "nothing" in problems[2]
    assert workspace.texts == []


def test_without_its_video_a_project_does_not_open_and_the_other_stays(workspace, project_path, video):
    opening, dialogs = opening_of(workspace)
    before = opening.open_video(video)
    shutil.move(project_path.parent / "clip", project_path.parent / "moved")

    assert opening.open_project(project_path) is None
    assert workspace.session is before
    assert dialogs.names == ["lost_video"]


def test_another_file_of_the_same_frames_is_taken_with_a_warning(workspace, project_path):
    clip = project_path.parent / "clip"
    (clip / "0000.png").unlink()
    shutil.copy(clip / "0001.png", clip / "0000.png")
    opening, dialogs = opening_of(workspace, lost_video=[clip])

    assert opening.open_project(project_path) is not None
    assert "is not the video" in dialogs.asked[0][1].problem
    assert "not the file" in workspace.texts[0]


def test_opening_a_moved_video_itself_finds_its_project(workspace, video, tmp_path):
    opening, dialogs = opening_of(workspace)
    path = opening.open_video(video).project.path
    workspace.close_project()
    moved = shutil.move(video, tmp_path / "walk")

    assert opening.open_video(moved).project.path == path
    assert dialogs.asked == []


def test_the_sample_is_a_project_with_boxes_once(workspace, tmp_path):
    opening, _ = opening_of(workspace, sample_folder=[tmp_path, tmp_path])
    session = opening.open_sample()
    assert len(session.annotations.tracks) > 1
    assert session.project.video_reference.is_inside
    workspace.close_project()

    assert opening.open_sample().project.path == tmp_path / SAMPLE_PROJECT
    assert sample_clip().video_path.with_name("clip.mfvis").exists() is False


def test_a_locked_project_is_opened_for_reading_and_later_for_writing_at_the_same_place(workspace, project_path):
    opening, _ = opening_of(workspace)
    with Project.open(project_path):
        session = opening.open_project(project_path)
        assert session.read_only
        session.view.frame_index = 5
        session.view.select([2])
        with pytest.raises(ProjectLockedError):
            opening.retry_for_writing()
        assert workspace.session is session

    session = opening.retry_for_writing()
    assert (session.read_only, session.view.frame_index, session.view.track_ids) == (False, 5, (2,))


def test_a_cut_off_video_is_told(workspace, video, monkeypatch):
    create = workspace.create_project

    def create_project(path, video_path):
        warnings.warn("walk is cut off", TruncatedVideoWarning, stacklevel=1)
        return create(path, video_path)

    monkeypatch.setattr(workspace, "create_project", create_project)
    opening, _ = opening_of(workspace)

    assert opening.open_video(video) is not None
    assert workspace.texts == ["walk is cut off"]
