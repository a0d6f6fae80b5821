"""What goes wrong while a person works in a window: it is said, nothing is lost, and there is a way on."""

import subprocess
import sys
from contextlib import contextmanager

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication, QMessageBox

from mfvis_engine.annotation import MaskOrigin
from mfvis_engine.annotation.verbs import EditMask, NewTrack
from mfvis_engine.jobs.events import Failed, Finished
from mfvis_engine.project import Project, ProjectStorageError, RunStatus, check_project
from mfvis_napari import napari_private
from mfvis_napari.actions.action import Group
from mfvis_napari.messages import Kind
from tests.gui.clip import LENGTH, make_project, write_clip
from tests.gui.hand import Hand
from tests.gui.training.scripted import BEGIN, LEARNED, WHOLE_STORY, frames, labels_of, scripted_engines
from tests.gui.widgets.answers import Answers

pytestmark = [pytest.mark.gui, pytest.mark.both_bindings]

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


class Person:
    """Works in a window with a scripted engine, and reads what it says."""

    def __init__(self, window, qtbot):
        self.window, self.workspace, self.qtbot = window, window.workspace, qtbot
        self.hand, self.said = Hand(window.workspace.viewer), []
        self.workspace.messages.said.connect(self.said.append)
        napari_private.window_of(self.workspace.viewer).activateWindow()
        self.until(window.window().isActiveWindow)

    @property
    def session(self):
        return self.workspace.session

    @property
    def masks(self):
        return self.workspace.layers.masks.layer

    @property
    def job(self):
        return self.window.engines[-1].job

    @property
    def outcome(self):
        return self.window.train.aftermath.outcome

    def until(self, condition):
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=10_000)

    def train(self, *events):
        """Presses T, and has the engine tell these events."""
        before = self._job_count
        self.hand.key(Qt.Key.Key_T)
        self.until(lambda: self._job_count == before + 1 and self.job.is_followed)
        self.job.tell(*events)
        return self.job

    def until_trained(self, count=LENGTH, track_id=1):
        self.until(lambda: np.count_nonzero(self.session.masks.codes(track_id)) == count)

    def until_ended(self):
        self.until(lambda: not self.window.trainer.is_running)

    def paint(self, *points_xy, track_id=1):
        self.session.view.select([track_id])
        self.hand.key(Qt.Key.Key_B)
        self.masks.brush_size = 4
        self.hand.drag(*points_xy)

    @property
    def _job_count(self):
        return sum(len(engine.handles) for engine in self.window.engines)


@pytest.fixture
def person(annotator, qtbot):
    someone = Person(annotator, qtbot)
    yield someone
    annotator.workspace.messages.said.disconnect(someone.said.append)


@pytest.fixture
def owner(own_window, qtbot, project_path):
    """A person with a window of their own, which can be closed."""
    own_window.engines = scripted_engines(own_window.trainer)
    own_window.workspace.open_project(project_path)
    return Person(own_window, qtbot)


@contextmanager
def full_disk(project, monkeypatch):
    """A disk that refuses every change of a project."""

    def refuse(verb):
        raise ProjectStorageError("The disk is full. Nothing was changed. Free some space.")

    with monkeypatch.context() as patch:
        patch.setattr(project, "do", refuse)
        yield


def test_a_moved_video_is_asked_for_by_the_button(window, tmp_path):
    path = make_project(tmp_path / "project")
    moved = (tmp_path / "project" / "clip").rename(tmp_path / "moved")
    other = write_clip(tmp_path / "other", length=3)
    dialogs = window.project.opening._dialogs = Answers(project=[path], lost_video=[other, moved])
    window.project.open_project.click()
    try:
        assert dialogs.names == ["project", "lost_video", "lost_video"]
        assert "not there any more" in dialogs.asked[1][1].problem
        assert "(3, 60, 80)" in dialogs.asked[2][1].problem
        assert tuple(window.workspace.layers.video.data[0][10, 10]) == (220, 60, 60)
        assert window.workspace.session.annotations.track_ids == (1, 2)
    finally:
        window.workspace.close_project()


def test_a_window_closed_while_it_trains_keeps_what_it_has_and_says_so_the_next_day(owner, project_path, window):
    job = owner.train(*BEGIN, LEARNED, *frames(0, 1, 2))
    owner.until_trained(3)
    owner.paint((40, 50), (60, 50))
    painted = owner.session.read_masks(0)
    engine, trainer = owner.window.engines[-1], owner.window.trainer

    owner.workspace.viewer.close()
    owner.until(lambda: owner.session is None)
    trainer.wait_closed()

    assert (job.wishes, engine.is_closed) == (["cancel"], True)
    with Project.open(project_path) as project:
        assert not project.read_only
        assert project.runs()[-1].status is RunStatus.RUNNING
        np.testing.assert_array_equal(project.read_masks(0), painted)
        np.testing.assert_array_equal(project.read_masks(2), labels_of(2))
    assert check_project(project_path).findings == ()

    window.workspace.open_project(project_path)
    next_day = Person(window, owner.qtbot)
    next_day.until(lambda: next_day.outcome.label.text())
    assert next_day.outcome.label.text().startswith(f"The last training was stopped after 3 of {LENGTH} frames")
    next_day.train(*WHOLE_STORY)
    next_day.until_ended()
    np.testing.assert_array_equal(next_day.session.read_masks(5), labels_of(5))
    window.workspace.close_project()


def test_an_engine_that_fails_says_why_and_the_next_one_works(person):
    person.train(*BEGIN, LEARNED, *frames(0), Failed("The GPU is out of memory. Close other programs."))
    person.until_ended()
    assert person.outcome.label.text().startswith("The GPU is out of memory. Close other programs. 1 of 12 frames")
    person.train(*BEGIN).lose()
    person.until_ended()
    assert "No engine answers" in person.outcome.label.text()
    engines = len(person.window.engines)
    person.outcome.buttons[0].click()
    person.until(lambda: len(person.window.engines) == engines + 1 and person.window.engines[-1].handles)
    person.until(lambda: person.job.is_followed)
    person.job.tell(*WHOLE_STORY)
    person.until_ended()
    np.testing.assert_array_equal(person.masks.data[11], labels_of(11))
    assert [message.text for message in person.said if message.kind is not Kind.SAID] == []


def test_a_fault_of_the_program_is_shown_and_the_window_lives(person, monkeypatch):
    person.paint((40, 50), (60, 50))

    def fall_over(*args):
        raise RuntimeError("the cat is on the keyboard")

    with monkeypatch.context() as patch:
        patch.setattr(person.workspace, "walk", fall_over)
        person.hand.key(Qt.Key.Key_Z, CTRL)
    (dialog,) = person.window.findChildren(QMessageBox, "mfvis.fault")
    assert dialog.isVisible()
    assert "is saved" in dialog.text()
    assert "RuntimeError: the cat is on the keyboard" in dialog.informativeText()
    assert "in fall_over" in dialog.detailedText()
    dialog.close()

    assert (person.session.read_masks(0)[50, 40:60] == 1).all()
    person.hand.key(Qt.Key.Key_Z, CTRL)
    assert not person.session.read_masks(0).any()


HOLD = """
import sys
from mfvis_engine.project import Project
with Project.open(sys.argv[1]):
    print("open", flush=True)
    sys.stdin.read()
"""


def test_a_project_that_is_open_in_another_process_can_be_looked_at_and_not_changed(window, qtbot, project_path):
    with Project.open(project_path) as project:
        project.do(EditMask(0, 0, 0, np.full((4, 4), 1, np.uint16)))
        before = project.log()
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(project_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout.readline() == "open\n"
        person = Person(window, qtbot)
        window.workspace.open_project(project_path)
        assert f"process {holder.pid}" in person.said[-1].text
        assert "reading" in window.project.saved.text()
        refuse_every_change(person)
        assert person.session.project.log() == before
        assert person.session.read_masks(0)[:4, :4].all()
        holder.stdin.close()
    window.project.retry.click()
    person.paint((40, 50), (60, 50))
    assert (person.session.read_masks(3)[50, 40:60] == 1).all()
    window.workspace.close_project()


def refuse_every_change(person):
    """By key, by mouse and by button."""
    person.session.view.frame_index = 3
    changing = [
        action
        for action in person.window.keys.actions.values()
        if action.group in (Group.BOXES, Group.TRACKS, Group.MASKS) and "category" not in action.name
    ]
    for action in [*changing, *map(person.window.keys.actions.get, ("whole.undo", "whole.redo", "whole.train"))]:
        if action.name in ("boxes.select", "masks.paint"):
            continue
        person.session.view.select([1] if action.name == "boxes.draw_here" else [1, 2])
        person.said.clear()
        person.window.keys._run(action)
        assert [message.kind for message in person.said] == [Kind.REFUSED], action.name
    boxes = person.session.boxes(3)
    person.hand.key(Qt.Key.Key_G)
    person.hand.drag((30, 15), (35, 20), (40, 20))
    person.hand.drag((40, 40), (50, 45), (70, 55))
    person.paint((40, 50), (60, 50))
    QApplication.processEvents()
    assert person.session.boxes(3) == boxes
    assert len(person.workspace.layers.boxes.layer.data) == len(boxes)
    assert not person.session.held_frames()


def test_what_cannot_be_saved_is_kept_and_saved_later(person, monkeypatch):
    with full_disk(person.session.project, monkeypatch):
        person.paint((40, 50), (60, 50))
        assert "disk is full" in person.said[-1].text
        person.hand.key(Qt.Key.Key_F)
        person.paint((40, 50), (60, 50), track_id=2)
        person.workspace.messages.guarded(person.workspace.close_project)()
        assert person.session is not None
        assert (person.masks.data[0][50, 40:60] == 1).all()
        assert not person.session.read_masks(0).any()
    person.hand.key(Qt.Key.Key_V)
    assert (person.session.read_masks(0)[50, 40:60] == 1).all()
    assert (person.session.read_masks(1)[50, 40:60] == 2).all()


def test_a_full_disk_keeps_the_window_open_once(owner, monkeypatch):
    session, qt_window = owner.session, owner.window.window()
    with full_disk(session.project, monkeypatch):
        owner.paint((40, 50), (60, 50))
        qt_window.close()
        owner.qtbot.wait(20)
        assert qt_window.isVisible()
        assert "stays open" in owner.said[-1].text
        assert owner.session is session
    qt_window.close()
    owner.until(lambda: owner.session is None)
    with Project.open(session.project.path) as project:
        assert (project.read_masks(0)[50, 40:60] == 1).all()


def test_a_full_disk_keeps_the_open_project_where_another_is_opened(person, monkeypatch, tmp_path):
    other = make_project(tmp_path / "other")
    with full_disk(person.session.project, monkeypatch):
        person.paint((40, 50), (60, 50))
        with pytest.raises(ProjectStorageError):
            person.workspace.open_project(other)
        assert (person.masks.data[0][50, 40:60] == 1).all()
    with Project.open(other) as project:
        assert not project.read_only
    person.workspace.open_project(other)
    assert person.session.project.path == other


def test_another_project_opened_while_it_trains_gets_nothing_of_it(person, project_path, tmp_path):
    job = person.train(*BEGIN, LEARNED, *frames(0, 1, 2))
    person.until_trained(3)
    person.workspace.open_project(make_project(tmp_path / "other"))
    job.tell(*frames(*range(3, LENGTH)), Finished())
    person.until(lambda: job.wishes == ["cancel"])
    person.qtbot.wait(50)
    assert not person.window.trainer.is_running
    assert person.window.train.button.text() == "Train"
    assert not any(person.session.read_masks(frame_index).any() for frame_index in range(LENGTH))
    with Project.open(project_path) as first:
        assert first.runs()[-1].status is RunStatus.RUNNING
        np.testing.assert_array_equal(first.read_masks(2), labels_of(2))
    assert check_project(project_path).findings == ()


def test_a_layer_removed_while_it_trains_closes_the_project(person, project_path):
    job = person.train(*BEGIN, LEARNED, *frames(0, 1))
    person.until_trained(2)
    person.workspace.viewer.layers.remove(person.masks)
    person.until(lambda: person.session is None)
    assert not person.workspace.viewer.layers
    assert "one of its layers was removed" in person.said[-1].text
    person.until(lambda: job.wishes == ["cancel"])
    with Project.open(project_path) as project:
        np.testing.assert_array_equal(project.read_masks(1), labels_of(1))


def test_undo_while_it_trains(person):
    person.paint((40, 50), (60, 50))
    job = person.train(*BEGIN, LEARNED, *frames(2, 3, 4))
    person.until_trained(4)
    person.hand.key(Qt.Key.Key_Z, CTRL)
    person.until(lambda: not person.session.read_masks(3).any())
    assert (person.session.read_masks(0)[50, 40:60] == 1).all()
    job.tell(*frames(*range(5, LENGTH)), *frames(0, 1), Finished())
    person.until_ended()
    assert person.outcome.label.text().startswith("12 frames")
    np.testing.assert_array_equal(person.session.read_masks(7), labels_of(7))
    while list(person.session.undo()):
        pass
    assert not person.session.read_masks(0).any()
    assert check_project(person.session.project.path).findings == ()


def test_a_track_deleted_while_its_masks_come_stays_deleted(person):
    job = person.train(*BEGIN, LEARNED, *frames(0, 1, 2, 3))
    person.until_trained(4)
    person.session.view.select([1])
    person.hand.key(Qt.Key.Key_Delete, SHIFT)
    assert person.session.annotations.track_ids == (2,)
    job.tell(*frames(*range(4, LENGTH)), Finished())
    person.until_ended()
    for frame_index in range(LENGTH):
        np.testing.assert_array_equal(person.session.read_masks(frame_index), labels_of(frame_index, (2,)))
    assert person.outcome.label.text().startswith(f"{LENGTH} frames")
    assert [message.text for message in person.said if message.kind is not Kind.SAID] == []


def test_a_stroke_is_neither_changed_nor_lost_by_masks_that_come(person):
    job = person.train(*BEGIN, LEARNED)
    person.session.view.select([1])
    person.hand.key(Qt.Key.Key_B)
    person.masks.brush_size = 4
    person.hand.press(40, 56)
    job.tell(*frames(*range(LENGTH)), Finished())
    person.until_trained(LENGTH - 1, track_id=2)
    person.hand.move(50, 56)
    assert set(np.unique(person.masks.data[0])) == {0, 1}
    person.hand.move(60, 56)
    person.hand.release(60, 56)
    person.until_ended()
    own = person.session.read_masks(0)
    assert (own[56, 40:60] == 1).all()
    assert not (own[10:20, 10:20] == 1).any()
    np.testing.assert_array_equal(own == 2, labels_of(0) == 2)
    assert person.session.project.mask_states(0, 1)[0].origin is MaskOrigin.EDITED
    np.testing.assert_array_equal(person.masks.data[0], own)


def test_frames_that_cannot_be_read_are_said_and_the_others_can_be_worked_on(window, qtbot, tmp_path):
    picture = write_clip(tmp_path / "clip") / "0005.png"
    picture.write_bytes(picture.read_bytes()[:200])
    window.workspace.create_project(tmp_path / "walk.mfvis", tmp_path / "clip")
    window.workspace.session.do(NewTrack(1, "cell"))
    person = Person(window, qtbot)
    viewer = person.workspace.viewer
    viewer.dims.set_current_step(0, 5)
    assert person.session.view.frame_index == 5
    assert "Frame 5" in person.said[-1].text
    person.hand.key(Qt.Key.Key_F)
    assert viewer.dims.current_step[0] == 6
    person.paint((40, 56), (60, 56))
    assert (person.session.read_masks(6)[56, 40:60] == 1).all()
    window.workspace.close_project()
