"""The section "Review", alone."""

import pytest

from mfvis_engine.annotation import VERIFIED_BIT
from mfvis_engine.annotation.verbs import Verify
from mfvis_engine.project import Project
from mfvis_napari.messages import Kind
from mfvis_napari.requests import Request
from mfvis_napari.session import Session
from mfvis_napari.widgets.review import ReviewSection
from mfvis_napari.workspace import Workspace
from tests.gui.review_clip import make_proposed_project

pytestmark = pytest.mark.gui


class Desk:
    """A section with a project, without a napari window."""

    def __init__(self, qtbot, path, *, read_only=False):
        self.qtbot, self.said = qtbot, []
        self.workspace = Workspace(None)
        self.workspace.messages.said.connect(self.said.append)
        self.section = ReviewSection(self.workspace)
        qtbot.addWidget(self.section)
        self.section.resize(400, 500)
        self.section.show()
        project = Project.open(path, read_only=read_only)
        self.session = self.workspace.session = Session(project, project.video())
        self.workspace.session_changed.emit()

    def await_complete(self):
        self.qtbot.waitUntil(lambda: "so far" not in self.section._counts.text() and bool(self.masks()), timeout=20_000)

    def masks(self):
        return [(row.item.track_id, row.item.frame_index) for row in self.section.model.rows]

    def settled(self):
        return [row.settled for row in self.section.model.rows]

    @property
    def place(self):
        return self.session.view.track_id, self.session.view.frame_index

    def press(self, name):
        self.section.findChild(object, f"mfvis.review.{name}").click()

    def close(self):
        self.workspace.session = None
        self.workspace.session_changed.emit()
        self.session.close()


@pytest.fixture
def desk(qtbot, tmp_path):
    made = Desk(qtbot, make_proposed_project(tmp_path))
    made.await_complete()
    yield made
    made.close()


def test_the_worst_comes_first_and_accepting_goes_on(desk):
    assert desk.masks() == [(1, 3), (2, 5)]
    assert desk.section._counts.text() == "2 to look at \N{MIDDLE DOT} 0 of 13 verified"
    desk.workspace.requested.emit(Request.NEXT_REVIEW)
    assert desk.place == (1, 3)
    desk.press("accept")
    assert desk.session.masks.codes(1)[3] & VERIFIED_BIT
    assert desk.place == (2, 5)
    assert desk.settled() == [True, False]
    assert desk.section._counts.text() == "1 to look at \N{MIDDLE DOT} 1 of 13 verified"
    desk.workspace.requested.emit(Request.PREVIOUS_REVIEW)
    assert desk.place == (1, 3)
    desk.workspace.requested.emit(Request.NEXT_REVIEW)
    desk.press("accept")
    assert desk.said[-1].text == "That was the last one in the list."
    desk.press("next")
    assert desk.said[-1].kind is Kind.REFUSED


def test_accepting_is_asked_for_by_key_too(desk):
    for place in ((1, 3), (2, 5)):  # the first time there is nothing to accept yet: it only goes there
        desk.workspace.requested.emit(Request.ACCEPT_REVIEW)
        assert desk.place == place
    assert desk.settled() == [True, False]


def test_what_is_not_in_view_is_shown_before_it_is_accepted(desk):
    desk.press("next")
    desk.session.view.frame_index = 0
    desk.press("accept")
    assert desk.said[-1].kind is Kind.REFUSED
    assert desk.place == (1, 3)
    assert not desk.session.masks.codes(1)[3] & VERIFIED_BIT
    desk.press("accept")
    assert desk.session.masks.codes(1)[3] & VERIFIED_BIT


def test_a_click_goes_there_and_the_reason_is_told(desk, qtbot):
    from qtpy.QtCore import Qt

    view = desk.section.view
    place = view.visualRect(desk.section.model.index(0, 2)).center()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert desk.place == (1, 3)
    assert desk.section._why.text().startswith("Mask covers 40 % of the box")


def test_the_current_row_stays_while_the_list_changes(desk, qtbot):
    desk.press("next")
    desk.session.do(Verify((2,), 5, 5))
    assert desk.settled() == [False, True]
    found = []
    desk.section.surveyor.found.connect(found.append)
    qtbot.waitUntil(lambda: bool(found), timeout=20_000)
    assert desk.masks() == [(1, 3), (2, 5)]
    assert desk.section.view.current == 0


def test_a_range_of_the_selected_track_is_verified(desk):
    desk.session.view.select([1])
    desk.section.range_line.suggest(2, 6)
    desk.press("verify_range")
    assert [int(code >> 7) for code in desk.session.masks.codes(1)] == [0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0]
    desk.session.view.select([])
    desk.press("verify_range")
    assert desk.said[-1].kind is Kind.REFUSED


def test_it_goes_where_a_box_helps(desk):
    desk.press("helps")
    assert desk.place == (1, 3)
    assert "40 % of the box" in desk.said[-1].text
    desk.session.view.select([2])
    desk.press("helps")
    assert desk.place[0] == 2


def test_a_project_for_reading_is_only_looked_at(qtbot, tmp_path):
    desk = Desk(qtbot, make_proposed_project(tmp_path), read_only=True)
    desk.await_complete()
    assert not desk.section.findChild(object, "mfvis.review.accept").isEnabled()
    desk.press("next")
    assert desk.place == (1, 3)
    desk.close()
    assert desk.masks() == []
    assert not desk.section.isEnabled()
