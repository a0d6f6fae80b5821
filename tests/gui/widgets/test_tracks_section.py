"""The section "Tracks" by mouse and keys, in a window of its own."""

import shutil

import numpy as np
import pytest
from psygnal import Signal
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QLineEdit

from mfvis_engine.annotation import Annotations, Keyframe, Track
from mfvis_engine.annotation.verbs import EditMask, NewTrack, ReplaceAnnotations, Verify
from mfvis_engine.project import Project
from mfvis_napari.messages import Messages
from mfvis_napari.session import Session
from mfvis_napari.slices import Slices
from mfvis_napari.widgets.tracks import TracksSection
from mfvis_napari.widgets.tracks.model import Column
from mfvis_napari.workspace import Workspace
from tests.gui.clip import HEIGHT, WIDTH, make_project, paint_truth

pytestmark = pytest.mark.gui

LEFT, CTRL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier
BOX = (1, 1, 5, 5)


class Desk:
    """What of a workspace the section needs."""

    session_changed = Signal()

    def __init__(self):
        self.messages, self.slices, self.session = Messages(), Slices(), None
        self.layers = None
        self.said = []
        self.messages.said.connect(self.said.append)

    def open(self, session):
        self.session = session
        self.session_changed.emit()

    def walk(self, *args):
        Workspace.walk(self, *args)


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A folder with a project of three tracks, two of them painted in frames 2 to 4; to copy."""
    folder = tmp_path_factory.mktemp("template")
    with Project.open(make_project(folder)) as project:
        for frame_index in range(2, 5):
            project.do(EditMask(frame_index, 0, 0, paint_truth(np.zeros((HEIGHT, WIDTH), np.uint16), frame_index)))
        project.do(NewTrack(10, "cell", (Keyframe(9, BOX), Keyframe(11, BOX))))
    return folder


@pytest.fixture
def project_path(template, tmp_path):
    shutil.copytree(template, tmp_path / "project")
    return tmp_path / "project" / "walk.mfvis"


@pytest.fixture
def section(session, qtbot):
    desk = Desk()
    made = TracksSection(desk)
    qtbot.addWidget(made)
    made.resize(380, 500)
    made.show()
    desk.open(session)
    made.desk = desk
    yield made
    desk.open(None)
    assert [message for message in desk.said if message.error is not None] == []


def cells(section, column):
    shown = section.table.shown
    return [shown.index(row, column).data() for row in range(shown.rowCount())]


def click(section, track_id, modifier=Qt.KeyboardModifier.NoModifier, column=Column.STATE):
    index = section.table.shown.index_of(track_id).siblingAtColumn(column)
    QTest.mouseClick(section.table.viewport(), LEFT, modifier, section.table.visualRect(index).center())


def button(section, name):
    return section.buttons._buttons[name]


def test_a_row_tells_of_its_track(section):
    assert cells(section, Column.ID) == ["1", "2", "10"]
    assert cells(section, Column.CATEGORY) == ["cell", "dish", "cell"]
    assert cells(section, Column.KEYFRAMES) == ["2", "2", "2"]
    assert cells(section, Column.STATE) == ["3/9 edited", "3/4 edited", "no masks"]


def test_rows_follow_what_is_done_and_undone(section):
    session = section.desk.session
    session.do(Verify((2,), 2, 5))
    assert cells(section, Column.STATE) == ["3/9 edited", "verified", "no masks"]
    list(session.undo())
    list(session.undo())
    assert cells(section, Column.STATE) == ["3/9 edited", "3/4 edited"]
    session.do(ReplaceAnnotations(Annotations(tuple(Track(track_id, "bug") for track_id in range(2, 40)))))
    assert cells(section, Column.ID) == [str(track_id) for track_id in range(2, 40)]


def test_only_rows_of_tracks_that_changed_are_made_anew(section, monkeypatch):
    made = []
    from mfvis_napari.widgets.tracks import model

    original = model.track_row
    monkeypatch.setattr(model, "track_row", lambda track, codes: made.append(track.track_id) or original(track, codes))
    section.desk.session.do(Verify((2,), 2, 5))
    section.desk.session.view.frame_index = 5
    assert made == [2]


def test_numbers_are_sorted_as_numbers(section):
    for column, ids in (
        (Column.ID, ["1", "2", "10"]),
        (Column.CATEGORY, ["1", "10", "2"]),
        (Column.STATE, ["10", "1", "2"]),
        (Column.COLOR, ["1", "2", "10"]),  # by their first frames
    ):
        section.table.sortByColumn(column, Qt.SortOrder.AscendingOrder)
        assert cells(section, Column.ID) == ids


def test_a_filter_narrows_the_table_and_leaves_the_selection_alone(section):
    section.desk.session.view.select([10, 1])
    QTest.keyClicks(section.filter_line, "edited")
    assert cells(section, Column.ID) == ["1", "2"]
    assert section.desk.session.view.track_ids == (10, 1)
    section.filter_line.clear()
    assert section.table._selected() == (1, 10)


def test_what_is_clicked_is_selected_in_this_order(section):
    click(section, 10)
    click(section, 1, CTRL)
    assert section.desk.session.view.track_ids == (10, 1)
    click(section, 10, CTRL)
    assert section.desk.session.view.track_ids == (1,)
    click(section, 1)
    click(section, 10, Qt.KeyboardModifier.ShiftModifier)
    assert section.desk.session.view.track_ids == (1, 2, 10)


def test_what_is_selected_elsewhere_is_selected_in_the_table(section):
    section.desk.session.view.select([10, 2])
    assert section.table._selected() == (2, 10)
    section.desk.session.view.select(())
    assert section.table._selected() == ()


def test_two_clicks_and_a_button_merge_into_the_track_clicked_first(section):
    click(section, 10)
    click(section, 1, CTRL)
    assert "Track 1 becomes part of track 10" in button(section, "tracks.merge").toolTip()
    QTest.mouseClick(button(section, "tracks.merge"), LEFT)
    assert cells(section, Column.ID) == ["2", "10"]
    assert section.desk.session.view.track_ids == section.table._selected() == (10,)
    QTest.mouseClick(button(section, "whole.undo"), LEFT)
    section.desk.slices.finish()
    assert cells(section, Column.ID) == ["1", "2", "10"]
    QTest.mouseClick(button(section, "whole.redo"), LEFT)
    section.desk.slices.finish()
    assert cells(section, Column.ID) == ["2", "10"]


def test_what_cannot_be_done_is_grey_and_says_why(section):
    view = section.desk.session.view
    for selected, frame_index, name, reason in (
        ((), 0, "tracks.merge", "Selected now: 0"),
        ((1, 2, 10), 0, "tracks.swap", "Selected now: 3"),
        ((), 0, "tracks.delete", "Select a track first"),
        ((1,), 0, "tracks.split", "it is in frames 0 to 8"),
        ((1,), 8, "tracks.end", "no box and no mask after frame 8"),
        ((2,), 8, "boxes.delete_here", "no box and no mask in frame 8"),
    ):
        view.select(selected)
        view.frame_index = frame_index
        assert not button(section, name).isEnabled(), name
        assert reason in button(section, name).toolTip()


@pytest.mark.parametrize("names", [("tracks.split", "tracks.delete"), ("boxes.delete_here", "tracks.end")])
def test_what_is_not_grey_is_not_refused(section, names):
    section.desk.session.view.select([1])
    section.desk.session.view.frame_index = 4
    for name in names:
        assert button(section, name).isEnabled(), name
        QTest.mouseClick(button(section, name), LEFT)  # the fixture looks whether it was refused


def test_tips_and_menu_name_the_keys_of_the_person(section):
    assert button(section, "tracks.merge").toolTip().startswith("Merge two selected tracks (M)")
    section.show_keys(lambda name: ("Y",) if name == "tracks.merge" else ())
    assert "(Y)" in button(section, "tracks.merge").toolTip()
    texts = [entry.text() for entry in section.buttons.menu().actions()]
    assert "Merge two selected tracks\tY" in texts


def test_a_category_is_typed_into_its_cell_with_completion(section, qtbot):
    section.table.setCurrentIndex(section.table.shown.index_of(10))
    section.table.edit_category()
    line = section.table.findChild(QLineEdit)
    assert line.completer().model().stringList() == ["cell", "dish"]
    line.selectAll()
    QTest.keyClicks(line, "mouse")
    QTest.keyClick(line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: section.desk.session.annotations.track(10).category == "mouse")
    assert [chip.text() for chip in section.category_line._chip_of.values()] == ["1 cell", "2 dish", "3 mouse"]


def test_an_empty_category_is_refused_in_words_and_the_old_one_stays(section):
    section.table.tracks.setData(section.table.tracks.index(0, Column.CATEGORY), " ")
    assert "is empty" in section.desk.said.pop().text
    assert cells(section, Column.CATEGORY)[0] == "cell"


def test_a_typed_or_clicked_category_is_the_selected_tracks_and_the_next_ones(section):
    session = section.desk.session
    session.view.select([2])
    line = section.category_line.combo.lineEdit()
    line.selectAll()
    QTest.keyClicks(line, "mouse")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert session.annotations.track(2).category == session.categories.current == "mouse"
    QTest.mouseClick(section.category_line._chip_of["cell"], LEFT)
    assert session.annotations.track(2).category == session.categories.current == "cell"
    assert section.category_line.combo.currentText() == "cell"
    assert section.category_line._chip_of["cell"].isChecked()


def test_a_double_click_goes_to_the_first_frame_of_the_track(section):
    index = section.table.shown.index_of(10).siblingAtColumn(Column.STATE)
    click(section, 10)
    QTest.mouseDClick(section.table.viewport(), LEFT, CTRL & ~CTRL, section.table.visualRect(index).center())
    assert section.desk.session.view.frame_index == 9


def test_rows_tell_whether_the_track_is_in_the_frame_in_view(section):
    def tips():
        shown = section.table.shown
        return [shown.index(row, Column.COLOR).data(Qt.ItemDataRole.ToolTipRole) for row in range(3)]

    assert tips() == ["In the frame in view", "Not in the frame in view", "Not in the frame in view"]
    section.desk.session.view.frame_index = 9
    assert tips() == ["Not in the frame in view", "Not in the frame in view", "In the frame in view"]


def test_a_project_open_for_reading_cannot_be_changed_here(section, project_path):
    project = Project.open(section.desk.session.project.path, read_only=True)
    reading = Session(project, project.video())
    section.desk.open(reading)
    reading.view.select([1])
    assert not button(section, "tracks.delete").isEnabled()
    assert "reading only" in button(section, "boxes.draw").toolTip()
    assert not section.table.tracks.flags(section.table.tracks.index(0, Column.CATEGORY)) & Qt.ItemFlag.ItemIsEditable
    section.desk.open(None)
    reading.close()


def test_without_a_project_the_section_is_empty_and_grey(section):
    section.desk.open(None)
    assert not section.isEnabled()
    assert section.table.shown.rowCount() == 0
    assert section.category_line._chip_of == {}
