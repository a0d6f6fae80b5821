"""The timeline in a window, by mouse."""

import numpy as np
import pytest
from napari.components import ViewerModel
from qtpy.QtCore import QPoint, QPointF, Qt
from qtpy.QtGui import QWheelEvent
from qtpy.QtWidgets import QApplication, QMenu

from mfvis_engine.annotation import VERIFIED_BIT
from mfvis_engine.annotation.verbs import DeleteTrack, NewTrack, SetBox, Verify
from mfvis_napari.actions.catalogue import ACTIONS
from mfvis_napari.messages import Kind, Messages
from mfvis_napari.widgets.timeline import Timeline
from mfvis_napari.widgets.timeline.canvas import RULER_PX, Canvas
from mfvis_napari.widgets.timeline.marked import MarkedRange
from mfvis_napari.widgets.timeline.pixels import ROW_PX
from mfvis_napari.workspace import Workspace

pytestmark = pytest.mark.gui
LEFT, NO_KEY = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def workspace(session):
    workspace = Workspace(ViewerModel())
    workspace.session = session
    said = []
    workspace.messages.said.connect(said.append)
    yield workspace
    assert [message.text for message in said if message.kind is Kind.FAILED] == []


@pytest.fixture
def timeline(workspace, qtbot):
    timeline = Timeline(workspace)
    qtbot.addWidget(timeline)
    timeline.resize(700, 200)
    timeline.show()
    qtbot.waitExposed(timeline)
    return timeline


def at(timeline, row, frame_index, dx=0.0):
    """The middle of a frame in a row; -1 for the ruler."""
    y = RULER_PX // 2 if row < 0 else RULER_PX + row * ROW_PX + ROW_PX // 2
    return QPoint(round(timeline.canvas.x_px(frame_index) + dx), y)


def picture(timeline):
    image = timeline.canvas.grab().toImage()
    return np.array([[image.pixel(x, y) for x in range(0, image.width(), 3)] for y in range(0, image.height(), 2)])


def turn(timeline, place, down=0, along=0, modifiers=NO_KEY):
    canvas = timeline.canvas
    event = QWheelEvent(
        QPointF(place),
        QPointF(canvas.mapToGlobal(place)),
        QPoint(),
        QPoint(along, down),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas, event)


def menu_at(timeline, row, frame_index):
    timeline.canvas._ask_menu(QPointF(at(timeline, row, frame_index)), QPoint(0, 0))
    return timeline.findChildren(QMenu)[-1]


def entry(menu, text):
    return next(action for action in menu.actions() if action.text().startswith(text))


def test_a_click_selects_the_row_and_goes_to_the_frame(timeline, qtbot):
    view = timeline.workspace.session.view

    qtbot.mouseClick(timeline.canvas, LEFT, pos=at(timeline, 1, 5))

    qtbot.waitUntil(lambda: view.frame_index == 5, timeout=1000)
    assert view.track_ids == (2,)


def test_dragging_over_the_ruler_scrubs_once_a_turn_of_the_event_loop(timeline, qtbot):
    session = timeline.workspace.session
    frames = []
    session.view.frame_changed.connect(frames.append)
    canvas = timeline.canvas

    canvas.press(QPointF(at(timeline, -1, 1)), NO_KEY)
    for frame_index in (2, 5, 9, 7):
        canvas.move_to(QPointF(at(timeline, -1, frame_index)))
    assert frames == []
    QApplication.processEvents()
    assert frames == [7]
    canvas.move_to(QPointF(5000, 5))
    QApplication.processEvents()
    canvas.release()
    canvas.move_to(QPointF(at(timeline, -1, 3)))
    QApplication.processEvents()
    assert frames == [7, 11]
    assert session.view.track_ids == ()


def test_ctrl_click_adds_and_takes_away_without_moving(timeline, qtbot):
    view = timeline.workspace.session.view
    view.select([1])

    qtbot.mouseClick(timeline.canvas, LEFT, CTRL, at(timeline, 1, 5))
    assert view.track_ids == (1, 2)
    qtbot.mouseClick(timeline.canvas, LEFT, CTRL, at(timeline, 0, 5))
    QApplication.processEvents()
    assert view.track_ids == (2,)
    assert view.frame_index == 0


def test_a_click_on_a_name_selects_and_a_double_click_goes_to_the_first_box(timeline, qtbot):
    view = timeline.workspace.session.view
    name = QPoint(30, RULER_PX + ROW_PX + 5)

    qtbot.mouseClick(timeline.canvas, LEFT, pos=name)
    QApplication.processEvents()
    assert (view.track_ids, view.frame_index) == ((2,), 0)
    qtbot.mouseDClick(timeline.canvas, LEFT, pos=name)
    qtbot.waitUntil(lambda: view.frame_index == 2, timeout=1000)


def test_a_click_next_to_a_keyframe_means_it(workspace, qtbot, make_project_of):
    timeline, session = make_project_of(2000)
    keyframe = 1000
    session.do(NewTrack(1, "fish"))
    session.do(SetBox(1, keyframe, (1, 1, 5, 5)))
    assert timeline.canvas.scale.px_per_frame < 1

    for dx, met in ((3, True), (-3, True), (8, False)):
        qtbot.mouseClick(timeline.canvas, LEFT, pos=at(timeline, 0, keyframe, dx))
        QApplication.processEvents()
        assert (session.view.frame_index == keyframe) is met
    qtbot.mouseClick(timeline.canvas, LEFT, pos=at(timeline, -1, keyframe, 3))
    QApplication.processEvents()
    assert session.view.frame_index != keyframe


@pytest.fixture
def make_project_of(workspace, qtbot, tmp_path):
    """A timeline of an empty project about as many frames as asked for."""
    import tifffile

    from mfvis_engine.project import Project
    from mfvis_napari.session import Session

    opened = []

    def make(length):
        tifffile.imwrite(tmp_path / "long.tif", np.zeros((length, 8, 8), np.uint8), photometric="minisblack")
        project = Project.create(tmp_path / "long.mfvis", tmp_path / "long.tif")
        workspace.session = Session(project, project.video())
        opened.append(workspace.session)
        timeline = Timeline(workspace)
        qtbot.addWidget(timeline)
        timeline.resize(700, 120)
        timeline.show()
        qtbot.waitExposed(timeline)
        return timeline, workspace.session

    yield make
    for session in opened:
        session.close()


def test_zooming_scrolling_and_keeping_the_cursor_in_sight(make_project_of):
    timeline, session = make_project_of(2000)
    canvas, place = timeline.canvas, QPoint(400, 50)
    under = canvas.frame_at(QPointF(place))

    for _ in range(12):
        turn(timeline, place, down=120, modifiers=CTRL)
    assert canvas.scale.px_per_frame > 5
    assert abs(canvas.frame_at(QPointF(place)) - under) <= 1
    first = canvas.scale.first_frame
    turn(timeline, place, down=-120, modifiers=SHIFT)
    assert canvas.scale.first_frame > first

    session.view.frame_index = 1999
    assert canvas.frame_at(QPointF(699, 50)) == 1999
    session.view.frame_index = 3
    assert canvas.head_px <= canvas.x_px(3) <= canvas.width()
    assert timeline._frames_bar.isVisible()
    canvas._double_click(QPointF(400, 5), NO_KEY)
    assert canvas.scale.is_fitted
    assert not timeline._frames_bar.isVisible()


def test_rows_scroll_and_the_selected_one_comes_into_sight(timeline):
    session = timeline.workspace.session
    for track_id in range(3, 30):
        session.do(NewTrack(track_id, "cell"))
    QApplication.processEvents()
    canvas = timeline.canvas
    assert timeline._rows_bar.isVisible()

    turn(timeline, QPoint(400, 60), down=-120)
    assert canvas.top_px == 2 * ROW_PX
    session.view.select([29])
    assert canvas.top_px == canvas.hidden_rows_px
    assert canvas.row_at(QPointF(20, canvas.height() - 2)) == 28
    session.do(DeleteTrack(29))
    assert canvas.top_px == canvas.hidden_rows_px


def test_only_what_changed_is_painted_again(timeline):
    session = timeline.workspace.session
    before = picture(timeline)
    assert not timeline.canvas._stale_rows

    session.do(Verify((2,), 2, 4))
    assert timeline.canvas._stale_rows == {1}
    assert not timeline.canvas._is_all_stale
    changed = np.flatnonzero((picture(timeline) != before).any(axis=1)) * 2
    assert changed.size
    assert RULER_PX + ROW_PX <= changed.min() <= changed.max() < RULER_PX + 2 * ROW_PX

    before = picture(timeline)
    session.view.frame_index = 9
    assert not timeline.canvas._stale_rows
    assert not timeline.canvas._is_all_stale
    assert (picture(timeline) != before).any()


def test_the_menu_of_a_place_has_the_names_and_keys_of_the_actions(timeline):
    session = timeline.workspace.session

    menu = menu_at(timeline, 1, 4)

    assert session.view.track_ids == (2,)
    by_name = {action.data(): action.text() for action in menu.actions() if action.data()}
    titles = {action.name: f"{action.title}\t{action.keys[0]}" for action in ACTIONS}
    assert by_name == {name: titles[name] for name in by_name}
    assert {"boxes.keyframe", "tracks.split", "masks.verify_range", "masks.hand_back"} <= by_name.keys()
    assert "tracks.swap" not in by_name
    entry(menu, "Keyframe here").trigger()
    assert session.annotations.track(2).keyframe(4) is not None
    assert session.view.frame_index == 4
    entry(menu_at(timeline, 0, 9), "Go to frame 9").trigger()
    assert session.view.frame_index == 9


def test_the_clicked_one_of_several_tracks_is_the_one_that_actions_are_about(timeline):
    view = timeline.workspace.session.view
    view.select([1, 2])

    menu = menu_at(timeline, 0, 4)

    assert view.track_ids == (2, 1)
    assert entry(menu, "Swap two selected tracks")


def test_a_range_marked_with_shift_is_verified_and_handed_back(timeline):
    session, canvas = timeline.workspace.session, timeline.canvas
    canvas.press(QPointF(at(timeline, 0, 6)), SHIFT)
    canvas.move_to(QPointF(at(timeline, 0, 3)))
    assert "frames 3 to 6 (4)" in timeline.legend.text
    canvas.release()
    assert canvas.marked == MarkedRange((1,), 3, 6)
    assert entry(menu_at(timeline, 0, 8), "Keyframe here")

    entry(menu_at(timeline, 0, 4), "Verify these frames").trigger()

    assert np.flatnonzero(session.masks.codes(1) & VERIFIED_BIT).tolist() == [3, 4, 5, 6]
    assert canvas.marked is None
    canvas.mark(MarkedRange((1,), 5, 9))
    entry(menu_at(timeline, 0, 5), "Take verification").trigger()
    assert np.flatnonzero(session.masks.codes(1) & VERIFIED_BIT).tolist() == [3, 4]
    canvas.mark(MarkedRange((1,), 0, 9))
    entry(menu_at(timeline, 0, 5), "Give the masks").trigger()
    assert not session.masks.codes(1).any()


def test_what_is_under_the_mouse_is_told(timeline):
    canvas = timeline.canvas

    canvas.move_to(QPointF(at(timeline, 0, 8)))
    assert timeline.legend.text == "track 1 cell · frame 8 · keyframe · no mask"
    canvas.move_to(QPointF(at(timeline, -1, 8)))
    assert timeline.legend.text == "frame 8"
    canvas.leaveEvent(None)
    assert timeline.legend.text == ""


def test_it_lets_go_of_a_project_that_closes(timeline, qtbot):
    workspace, session = timeline.workspace, timeline.workspace.session
    canvas = timeline.canvas
    canvas.press(QPointF(at(timeline, 0, 8)), NO_KEY)  # a scrub that is still to come

    workspace.session = None
    workspace.session_changed.emit()
    QApplication.processEvents()

    session.do(Verify((1,), 0, 1))
    session.view.select([1])
    session.view.frame_index = 4
    canvas.move_to(QPointF(at(timeline, 0, 3)))
    assert canvas.board is None
    assert picture(timeline).size
    workspace.session = session
    workspace.session_changed.emit()
    assert len(canvas.board.tracks) == 2


def test_a_fault_in_painting_is_told_once(qtbot, monkeypatch):
    messages, said = Messages(), []
    messages.said.connect(said.append)
    canvas = Canvas(messages)
    qtbot.addWidget(canvas)
    monkeypatch.setattr(canvas, "_bring_up_to_date", lambda shades: 1 / 0)

    canvas.grab()
    canvas.grab()
    assert [message.kind for message in said] == [Kind.FAILED]
    monkeypatch.undo()
    canvas.show_board(None)
    canvas.grab()
    assert len(said) == 1


def test_the_picture_follows_the_timeline_and_the_timeline_the_picture(annotator, qtbot):
    viewer, session = annotator.workspace.viewer, annotator.workspace.session
    timeline = Timeline(annotator.workspace)
    viewer.window.add_dock_widget(timeline, name="Timeline", area="bottom")
    qtbot.waitUntil(lambda: timeline.canvas.width() > 300, timeout=2000)

    qtbot.mousePress(timeline.canvas, LEFT, pos=at(timeline, 0, 3))
    qtbot.mouseMove(timeline.canvas, at(timeline, 0, 6))
    qtbot.mouseRelease(timeline.canvas, LEFT, pos=at(timeline, 0, 6))
    qtbot.waitUntil(lambda: viewer.dims.current_step[0] == 6, timeout=2000)
    assert session.view.track_ids == (1,)
    viewer.dims.set_current_step(0, 9)
    assert timeline.canvas._frame_index == 9
