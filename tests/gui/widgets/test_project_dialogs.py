"""The questions as Qt asks them."""

from pathlib import Path

import pytest
from qtpy.QtWidgets import QApplication, QFileDialog, QInputDialog, QMessageBox, QWidget

from mfvis_napari.widgets.project.dialogs import LostVideo, Overlap, QtDialogs

pytestmark = pytest.mark.gui


@pytest.fixture
def dialogs(qtbot):
    parent = QWidget()
    qtbot.addWidget(parent)
    return QtDialogs(parent)


@pytest.fixture
def press(monkeypatch):
    """Has the button with a text pressed in the next question."""

    def press(text):
        def press_it(box):
            next(button for button in box.buttons() if text in button.text()).click()
            return 0

        monkeypatch.setattr(QMessageBox, "exec", press_it)

    return press


def choose(monkeypatch, name, path):
    answer = path if name == "getExistingDirectory" else (path, "")
    monkeypatch.setattr(QFileDialog, name, lambda *_: answer)


@pytest.mark.parametrize("name", ["video", "annotations"])
def test_files(dialogs, monkeypatch, tmp_path, name):
    choose(monkeypatch, "getOpenFileName", "/data/walk.mp4")
    assert getattr(dialogs, name)(tmp_path) == Path("/data/walk.mp4")
    choose(monkeypatch, "getOpenFileName", "")
    assert getattr(dialogs, name)(tmp_path) is None


@pytest.mark.parametrize("name", ["video_folder", "project", "sample_folder", "mask_folder"])
def test_folders(dialogs, monkeypatch, tmp_path, name):
    choose(monkeypatch, "getExistingDirectory", "/data/walk")
    assert getattr(dialogs, name)(tmp_path) == Path("/data/walk")
    choose(monkeypatch, "getExistingDirectory", "")
    assert getattr(dialogs, name)(tmp_path) is None


def test_places_for_something_new(dialogs, monkeypatch, press, tmp_path):
    choose(monkeypatch, "getSaveFileName", "/data/walk.mfvis")
    assert dialogs.backup_place(tmp_path) == Path("/data/walk.mfvis")
    press("Choose a place")
    assert dialogs.project_place(tmp_path, "because") == Path("/data/walk.mfvis")
    press("Cancel")
    assert dialogs.project_place(tmp_path, "because") is None


def test_a_lost_video_is_a_file_or_a_folder_as_it_was(dialogs, monkeypatch, press, tmp_path):
    choose(monkeypatch, "getOpenFileName", "/new/walk.mp4")
    choose(monkeypatch, "getExistingDirectory", "/new/walk")
    press("Show where")
    assert dialogs.lost_video(LostVideo("walk", Path("/old/walk.mp4"), "gone"), tmp_path) == Path("/new/walk.mp4")
    assert dialogs.lost_video(LostVideo("walk", Path("/old/walk"), "gone"), tmp_path) == Path("/new/walk")
    press("Cancel")
    assert dialogs.lost_video(LostVideo("walk", Path("/old/walk"), "gone"), tmp_path) is None


@pytest.mark.parametrize(("text", "overlap"), [("Replace", Overlap.REPLACE), ("Keep", Overlap.KEEP), ("Cancel", None)])
def test_overlaps(dialogs, press, text, overlap):
    press(text)
    assert dialogs.overlap("problem") is overlap


@pytest.mark.parametrize(("answer", "name"), [((" run ", True), "run"), (("run", False), None), (("", True), None)])
def test_names_of_videos(dialogs, monkeypatch, answer, name):
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: answer)
    assert dialogs.video_name("which") == name


def test_the_cursor_waits_as_long_as_something_is_done(dialogs):
    with dialogs.busy():
        assert QApplication.overrideCursor() is not None
    assert QApplication.overrideCursor() is None
