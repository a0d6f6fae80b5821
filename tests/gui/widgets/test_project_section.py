"""The section shows what is open, and its buttons and drops do what they say."""

import json

import numpy as np
import pytest
from napari.components import ViewerModel
from PIL import Image
from qtpy.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from qtpy.QtGui import QDragEnterEvent, QDropEvent
from qtpy.QtWidgets import QApplication

from mfvis_engine.annotation import Keyframe, Track
from mfvis_engine.annotation.verbs import NewTrack
from mfvis_engine.formats import write_box_csv
from mfvis_engine.project import Project
from mfvis_napari import workspace as workspace_module
from mfvis_napari.memory import Memory
from mfvis_napari.requests import Request
from mfvis_napari.widgets.project import ProjectSection
from mfvis_napari.widgets.project.dialogs import Overlap
from mfvis_napari.workspace import Workspace
from tests.gui.clip import ANNOTATIONS, HEIGHT, LENGTH, WIDTH, write_clip
from tests.gui.widgets.answers import Answers
from tests.gui.widgets.test_project_opening import NoLayers

pytestmark = pytest.mark.gui


@pytest.fixture
def section(qtbot, monkeypatch):
    monkeypatch.setattr(workspace_module, "LayerSet", NoLayers)
    workspace = Workspace(ViewerModel())
    section = ProjectSection(workspace, Memory(), Answers())
    qtbot.addWidget(section)
    section.texts = []
    workspace.messages.said.connect(lambda message: section.texts.append(message.text))
    yield section
    workspace.close()


@pytest.fixture
def opened(section, project_path):
    section.opening.open_project(project_path)
    return section


def answer(section, **answers):
    section._dialogs._answers = {name: [given] for name, given in answers.items()}


def entries(menu):
    return {action.text(): action for action in menu.actions() if action.text()}


def test_without_a_project_it_says_how_to_begin(section):
    assert not section._hint.isHidden()
    assert section._facts.isHidden()
    assert not entries(section.more)["Close"].isEnabled()


def test_it_shows_what_is_open_and_when_it_was_saved(opened, project_path):
    assert opened._hint.isHidden()
    assert (opened.name.text(), opened.path.toolTip()) == ("walk", str(project_path))
    assert opened.video.toolTip().startswith(f"{LENGTH} frames, {WIDTH} \N{MULTIPLICATION SIGN} {HEIGHT}")
    assert opened.saved.text() == "All changes saved"

    opened.workspace.session.do(NewTrack(4, "cat"))
    assert opened.saved.text().startswith("All changes saved, last at ")
    entries(opened.more)["Close"].trigger()
    assert opened._facts.isHidden()


def test_read_only_says_who_has_it_and_tries_again(section, project_path):
    with Project.open(project_path):
        section.opening.open_project(project_path)
        assert "reading only: it is open in process" in section.saved.text()
        section.retry.click()
        assert "open for writing in process" in section.texts[-1]
    section.retry.click()

    assert section.texts[-1] == "Open for writing now."
    assert (section.saved.text(), section.retry.isHidden()) == ("All changes saved", True)


def test_the_open_key_and_the_button_ask_for_a_video(section, tmp_path):
    video = write_clip(tmp_path / "run", length=2)
    answer(section, video=video)
    section.workspace.requested.emit(Request.OPEN)
    assert section.name.text() == "run"
    section.open_video.click()
    assert section._dialogs.names == ["video", "video"]


def test_recent_projects_that_are_gone_are_grey_and_can_be_taken_off(opened, project_path, tmp_path):
    Memory().remember_project(tmp_path / "gone" / "old.mfvis")
    opened.workspace.close_project()
    opened.recent.fill()
    old, walk = opened.recent.actions()[:2]
    assert [(action.text().split()[0], action.isEnabled()) for action in (old, walk)] == [
        ("old", False),
        ("walk", True),
    ]

    walk.trigger()
    assert opened.workspace.session.project.path == project_path
    entries(opened.recent)["Take those that are gone off the list"].trigger()
    assert Memory().recent_projects == (project_path,)
    entries(opened.recent)["Empty the list"].trigger()
    opened.recent.fill()
    assert list(entries(opened.recent)) == ["No project was open yet"]


def drop(widget, *paths):
    dropped = QMimeData()
    dropped.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    how = Qt.DropAction.CopyAction, dropped, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(5, 5), *how)
    QApplication.sendEvent(widget, enter)
    if enter.isAccepted():
        QApplication.sendEvent(widget, QDropEvent(QPointF(5, 5), *how))
    return enter.isAccepted()


def test_what_is_dropped_is_opened_or_imported(section, project_path, tmp_path):
    write_box_csv(tmp_path / "more.csv", type(ANNOTATIONS)((Track(7, "cat", (Keyframe(1, (1, 2, 9, 9)),)),)))

    assert drop(section, project_path)
    assert section.name.text() == "walk"
    assert drop(section, tmp_path / "more.csv")
    assert section.workspace.session.annotations.track_ids == (1, 2, 7)
    assert not drop(section, project_path, tmp_path / "more.csv")


def test_a_refusal_is_told(section, tmp_path):
    (tmp_path / "notes.mp4").write_text("no video")
    drop(section, tmp_path / "notes.mp4")
    assert "notes.mp4" in section.texts[-1]


def write_masks(folder):
    """One mask of track 9 in the first frame, as DAVIS keeps them."""
    folder.mkdir()
    for frame_index in range(LENGTH):
        labels = np.zeros((HEIGHT, WIDTH), np.uint8)
        labels[:5, :5] = 9 * (frame_index == 0)
        Image.fromarray(labels).save(folder / f"{frame_index:05}.png")
    return folder


def test_a_folder_of_masks_is_imported_and_everybody_hears_of_it(opened, tmp_path):
    session, heard = opened.workspace.session, []
    assert not session.masks.codes(9).any()
    session.changed.connect(heard.append)
    answer(opened, mask_folder=write_masks(tmp_path / "masks"))

    entries(opened.more)["Import a folder of masks..."].trigger()

    assert session.read_masks(0)[0, 0] == 9
    assert session.masks.codes(9)[0]
    assert [set(done.track_ids) for done in heard] == [{9}]
    assert "1 masks" in opened.texts[-1]
    list(session.undo())
    assert not session.read_masks(0).any()


@pytest.mark.parametrize(
    ("overlap", "left"), [(Overlap.REPLACE, 1), (Overlap.KEEP, 5), (None, 5)], ids=["replace", "keep", "cancel"]
)
def test_tracks_that_are_there_are_asked_about(opened, tmp_path, overlap, left):
    path = tmp_path / "boxes.csv"
    write_box_csv(path, type(ANNOTATIONS)((Track(1, "cell", (Keyframe(0, (1, 5, 25, 25)),)),)))
    answer(opened, annotations=path, overlap=overlap)

    entries(opened.more)["Import boxes or masks..."].trigger()

    assert opened.workspace.session.annotations.track(1).keyframes[0].box_xyxy[0] == left


def test_of_a_file_of_several_videos_one_is_asked_for(opened, tmp_path):
    path = tmp_path / "two.json"
    size = {"width": WIDTH, "height": HEIGHT, "length": LENGTH}
    videos = [
        {"id": number, "file_names": [f"{name}/{index}.jpg" for index in range(LENGTH)], **size}
        for number, name in ((1, "walk"), (2, "run"))
    ]
    boxes = [[1, 2, 10, 10]] + [None] * (LENGTH - 1)
    track = {"id": 8, "video_id": 2, "category_id": 1, "iscrowd": 0, "bboxes": boxes}
    content = {"videos": videos, "categories": [{"id": 1, "name": "cat"}], "annotations": [track]}
    path.write_text(json.dumps(content))
    answer(opened, annotations=path, video_name="run")

    entries(opened.more)["Import boxes or masks..."].trigger()

    assert opened.workspace.session.annotations.track_ids == (1, 2, 8)
    assert "run" in opened._dialogs.asked[-1][1]


def test_a_backup_is_made_while_work_goes_on(opened, tmp_path, qtbot):
    answer(opened, backup_place=tmp_path / "copies" / "walk")
    with qtbot.waitSignal(opened.backing_up.ended):
        entries(opened.more)["Back up..."].trigger()
        assert not entries(opened.more)["Back up..."].isEnabled()
        opened.workspace.session.do(NewTrack(5, "cat"))

    assert str(tmp_path / "copies" / "walk.mfvis") in opened.texts[-1]
    assert entries(opened.more)["Back up..."].isEnabled()
    with Project.open(tmp_path / "copies" / "walk.mfvis") as copy:
        assert {1, 2} <= {*copy.annotations().track_ids}


def test_a_backup_that_fails_says_why(opened, tmp_path, qtbot):
    (tmp_path / "taken.mfvis").mkdir()
    answer(opened, backup_place=tmp_path / "taken.mfvis")
    with qtbot.waitSignal(opened.backing_up.ended):
        opened.back_up()
    assert "exists already" in opened.texts[-1]
