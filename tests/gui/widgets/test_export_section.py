"""The section "Export", alone."""

import json

import pytest

from mfvis_engine.annotation.verbs import Verify
from mfvis_engine.project import Project
from mfvis_napari.messages import Kind
from mfvis_napari.requests import Request
from mfvis_napari.session import Session
from mfvis_napari.widgets.export import ExportSection
from mfvis_napari.widgets.export.export_work import ExportCancelledError, ExportWork
from mfvis_napari.workspace import Workspace
from tests.gui.review_clip import make_proposed_project

pytestmark = pytest.mark.gui


class Desk:
    """A section with a project, without a napari window."""

    def __init__(self, qtbot, path):
        self.qtbot, self.said, self.folder = qtbot, [], path.parent
        self.workspace = Workspace(None)
        self.workspace.messages.said.connect(self.said.append)
        self.section = ExportSection(self.workspace)
        qtbot.addWidget(self.section)
        self.section.resize(400, 500)
        self.section.show()
        project = Project.open(path)
        self.session = self.workspace.session = Session(project, project.video())
        self.workspace.session_changed.emit()

    def choose(self, file_format):
        combo = self.section.form.file_format
        combo.setCurrentIndex(combo.findData(file_format))

    def press(self, name):
        self.section.findChild(object, f"mfvis.export.{name}").click()

    def await_end(self):
        self.qtbot.waitUntil(lambda: not self.section._background.is_busy, timeout=20_000)

    @property
    def result(self):
        label = self.section.result.label
        return label.text().splitlines() if label.isVisible() else []

    def close(self):
        self.workspace.session = None
        self.workspace.session_changed.emit()
        self.session.close()


@pytest.fixture
def desk(qtbot, tmp_path):
    made = Desk(qtbot, make_proposed_project(tmp_path))
    yield made
    made.close()


def test_an_export_is_written_read_back_and_told(desk):
    target = desk.folder / "walk.json"
    assert desk.section.form.place.text() == str(target)
    assert "13 of 13 masks are not verified" in desk.section.form.warning.text()
    desk.press("run")
    assert not desk.section.form.isEnabled()
    desk.await_end()
    assert desk.result == ["Written and read back: 2 tracks, 12 frames", str(target)]
    assert {one["id"] for one in json.loads(target.read_text())["annotations"]} == {1, 2}


def test_it_is_written_by_keys_alone(desk):
    from qtpy.QtCore import Qt

    desk.workspace.requested.emit(Request.EXPORT)
    desk.qtbot.waitUntil(lambda: desk.section.focusWidget() is desk.section.button)
    desk.qtbot.keyClick(desk.section.button, Qt.Key.Key_Return)
    desk.await_end()
    assert desk.result[0].startswith("Written and read back")


def test_a_file_is_replaced_only_when_that_was_agreed(desk):
    target = desk.folder / "walk.json"
    target.write_text("mine")
    desk.press("run")
    assert desk.section._asking.isVisible()
    assert desk.section._question.text() == "walk.json is there already."
    desk.press("keep")
    assert (target.read_text(), desk.section._asking.isVisible()) == ("mine", False)
    desk.press("run")
    desk.press("replace")
    desk.await_end()
    assert desk.result[0].startswith("Written and read back")
    assert target.read_text() != "mine"


def test_only_verified_masks(desk):
    desk.section.form.include.setCurrentIndex(1)
    assert desk.section.form.warning.text() == "There are no such masks yet."
    desk.press("run")
    desk.await_end()
    assert (desk.said[-1].kind, desk.result) == (Kind.REFUSED, [])
    desk.session.do(Verify((1,), 0, 2))
    assert desk.section.form.warning.text() == "3 masks, all verified."
    desk.press("run")
    desk.await_end()
    assert desk.result[-1] == "Left out, since they have no such mask in any frame: tracks 2."


def test_the_form_follows_the_format(desk):
    form = desk.section.form
    desk.choose("davis")
    assert form.place.text() == str(desk.folder / "walk-davis")
    assert not form.with_frames.isVisible()
    form.place.setText(str(desk.folder / "mine"))
    desk.choose("cvat")
    assert form.place.text() == str(desk.folder / "mine.xml")
    assert not form.include.isEnabled()
    assert form.warning.text() == "2 tracks; this format holds boxes, no masks."
    desk.choose("coco-vis")
    form.include.setCurrentIndex(2)
    assert form.warning.text() == "Tick the kinds of masks to export."
    assert not desk.section.button.isEnabled()
    next(iter(form.kinds.values())).setChecked(True)
    assert desk.section.button.isEnabled()


@pytest.mark.parametrize("with_frames", [False, True])
def test_a_cancelled_export_says_what_is_left(desk, with_frames):
    desk.section.form.with_frames.setChecked(with_frames)
    work = ExportWork(desk.section.form.plan(desk.session, overwrite=False), lambda text: None)
    on_frame = work._on_frame

    def cancel_at(what, frame_index):
        if frame_index == 3 and what == ("Writing pictures" if with_frames else "Writing masks"):
            work.cancel()
        on_frame(what, frame_index)

    work._on_frame = cancel_at
    with pytest.raises(ExportCancelledError, match="walk.json is written" if with_frames else "nothing was written"):
        work.run()
    left = {path.name for path in desk.folder.iterdir()} - {"clip", "walk.mfvis"}
    assert left == ({"walk.json"} if with_frames else set())


def test_cancelling_by_button(desk, monkeypatch):
    monkeypatch.setattr(ExportWork, "run", lambda work: wait_for_cancel(work))
    desk.press("run")
    desk.press("cancel")
    desk.await_end()
    assert desk.said[-1].text == "The export was cancelled: nothing was written."
    assert desk.section.button.isVisible()


def wait_for_cancel(work):
    assert work._cancelled.wait(20)
    work._on_frame("Writing masks", 0)


def test_the_cost_report_is_drawn_and_saved(desk):
    cost = desk.section.cost
    desk.press("cost")
    desk.qtbot.waitUntil(lambda: cost.drawn is not None, timeout=20_000)
    assert cost.drawn.report.mask_count == 13
    assert cost.picture.height() == pytest.approx(cost.picture.width() * 9 / 16, abs=2)
    desk.qtbot.mouseClick(cost.picture, left_button())
    window = cost.findChild(object, "mfvis.export.cost_window")
    assert window.isVisible()
    window.close()
    for name, as_json in (("cost.json", True), ("cost.png", False)):
        cost.save(desk.folder / name, as_json=as_json)
        desk.qtbot.waitUntil(lambda: not cost._saving.is_busy, timeout=20_000)
        assert (desk.folder / name).stat().st_size
    assert desk.said[-1].text == f"Saved {desk.folder / 'cost.png'}."


def left_button():
    from qtpy.QtCore import Qt

    return Qt.MouseButton.LeftButton
