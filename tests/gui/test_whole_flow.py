"""From a video to a file of masks with mouse and keys, in a window with the real engine."""

import numpy as np
import psutil
import pytest
from qtpy.QtCore import Qt

from mfvis_engine.annotation import VERIFIED_BIT, KeyframeOrigin, MaskOrigin
from mfvis_engine.formats import FileFormat, FileSource, read_content
from mfvis_engine.project import Project, RunStatus, check_project
from mfvis_napari.training.advance import Phase
from mfvis_napari.training.ending import HowEnded
from tests.gui.clip import HEIGHT, LENGTH, WIDTH, write_clip
from tests.gui.hand import Hand
from tests.gui.widgets.answers import Answers

pytestmark = [pytest.mark.gui, pytest.mark.slow]

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
STILL, MOVING = 2, 1


@pytest.fixture
def hand(own_window):
    return Hand(own_window.workspace.viewer)


def test_from_a_video_to_a_file_of_masks_and_on_the_next_day(own_window, hand, tmp_path, qtbot):
    clip = write_clip(tmp_path / "clip")
    own_window.project.opening._dialogs = Answers(video=[clip], project=[tmp_path / "clip.mfvis"])
    hand.key(Qt.Key.Key_M, CTRL | SHIFT)
    session = own_window.workspace.session
    assert session.project.path == tmp_path / "clip.mfvis"

    draw_boxes(hand, session)
    train(own_window, hand, qtbot)
    painted = paint_and_verify(own_window, hand)
    export(own_window, qtbot, painted)

    own_window.workspace.close_project()
    own_window.project.open_project.click()
    check_next_day(own_window, hand, painted)

    close_while_it_trains(own_window, hand, qtbot)
    with Project.open(tmp_path / "clip.mfvis") as project:
        assert not project.read_only
        assert [run.status for run in project.runs()] == [RunStatus.FINISHED, RunStatus.RUNNING]
        np.testing.assert_array_equal(project.read_masks(0), painted)
    assert check_project(tmp_path / "clip.mfvis").findings == ()


def draw_boxes(hand, session):
    """Two objects; of the moving one a box four frames on too, its copy in the next, and one between."""
    for corner, opposite in (((5, 5), (25, 25)), ((10, 32), (30, 52))):
        hand.key(Qt.Key.Key_N)
        hand.drag(corner, (15, 40), opposite)
    assert session.annotations.track_ids == (MOVING, STILL)
    session.view.select([MOVING])
    for _ in range(4):
        hand.key(Qt.Key.Key_F)
    hand.key(Qt.Key.Key_N, SHIFT)
    hand.drag((24, 6), (30, 15), (44, 26))
    hand.drag((35, 15), (35, 14), (36, 14))
    hand.key(Qt.Key.Key_B, CTRL)
    assert session.view.frame_index == 5
    hand.drag((35, 15), (38, 15), (40, 15))
    session.view.frame_index = 2
    hand.drag((25, 15), (30, 18), (25, 15))
    for frame_index in range(6):
        left = 5 + 5 * frame_index
        assert session.box(MOVING, frame_index).box_xyxy == pytest.approx((left, 5, left + 20, 25), abs=0.6)
    drawn = [(one.frame_index, one.origin) for one in session.annotations.track(MOVING).keyframes]
    assert drawn == [(frame_index, KeyframeOrigin.DRAWN) for frame_index in (0, 2, 4, 5)]


def train(window, hand, qtbot):
    endings, advances, previews = [], [], []
    window.trainer.ended.connect(endings.append)
    window.trainer.advanced.connect(advances.append)
    window.trainer.previewed.connect(lambda *preview: previews.append(preview))
    form = window.train.form
    form.stop.value, form.steps.value, form.device.value = "after steps", 2, "cpu"
    hand.key(Qt.Key.Key_T)
    assert window.train.button.text() == "Cancel"
    qtbot.waitUntil(lambda: bool(endings), timeout=60_000)
    assert endings[0].how is HowEnded.FINISHED, endings[0]
    assert endings[0].frame_count == LENGTH
    assert {Phase.STARTING, Phase.READING, Phase.LEARNING, Phase.PREDICTING} <= {one.phase for one in advances}
    assert previews
    assert STILL in window.workspace.layers.masks.layer.data[0][32:52, 10:30]
    assert window.train.aftermath.outcome.label.text() == endings[0].text


def paint_and_verify(window, hand):
    """Returns the masks of the first frame as they were left."""
    session, layer = window.workspace.session, window.workspace.layers.masks.layer
    hand.key(Qt.Key.Key_Home)
    session.view.select([STILL])
    hand.key(Qt.Key.Key_B)
    layer.brush_size = 4
    before = session.read_masks(0)
    hand.drag((50, 50), (60, 50), (70, 50))
    painted = session.read_masks(0)
    assert (painted[49:51, 50:70] == STILL).all()
    assert not (before[49:51, 50:70] == STILL).all()
    hand.key(Qt.Key.Key_Z, CTRL)
    np.testing.assert_array_equal(layer.data[0], before)
    hand.key(Qt.Key.Key_Z, CTRL | SHIFT)
    np.testing.assert_array_equal(layer.data[0], painted)

    hand.key(Qt.Key.Key_V)
    hand.key(Qt.Key.Key_F)
    hand.key(Qt.Key.Key_F)
    hand.key(Qt.Key.Key_V, SHIFT)
    assert np.flatnonzero(session.masks.codes(STILL) & VERIFIED_BIT).tolist() == [0, 1, 2]
    return painted


def export(window, qtbot, painted):
    window.export.button.click()
    qtbot.waitUntil(lambda: window.export.result.isVisible(), timeout=10_000)
    target = window.workspace.session.project.path.with_suffix(".json")
    assert str(target) in window.export.result.label.text()
    content = read_content(FileSource(target, FileFormat.COCO_VIS), (LENGTH, HEIGHT, WIDTH))
    frames = [np.array(labels) for labels in content.masks()]
    assert len(frames) == LENGTH
    np.testing.assert_array_equal(frames[0], painted)
    assert content.annotations.track_ids == (MOVING, STILL)


def check_next_day(window, hand, painted):
    session = window.workspace.session
    assert session.annotations.track_ids == (MOVING, STILL)
    np.testing.assert_array_equal(window.workspace.layers.masks.layer.data[0], painted)
    assert session.project.mask_states(0, STILL)[0].origin is MaskOrigin.EDITED
    for verified in ([0], []):
        hand.key(Qt.Key.Key_Z, CTRL)
        assert np.flatnonzero(session.masks.codes(STILL) & VERIFIED_BIT).tolist() == verified
    hand.key(Qt.Key.Key_Z, CTRL)
    assert not (session.read_masks(0)[49:51, 50:70] == STILL).all()
    hand.key(Qt.Key.Key_Y, CTRL)
    np.testing.assert_array_equal(session.read_masks(0), painted)


def close_while_it_trains(window, hand, qtbot):
    advances, workspace, trainer = [], window.workspace, window.trainer
    trainer.advanced.connect(advances.append)
    window.train.form.steps.value = 10_000
    hand.key(Qt.Key.Key_T)
    qtbot.waitUntil(lambda: advances and advances[-1].phase is Phase.LEARNING, timeout=60_000)
    processes = [one for one in psutil.Process().children(recursive=True) if not is_pythons_own(one)]
    assert processes
    window.window().close()
    qtbot.waitUntil(lambda: workspace.session is None)
    trainer.wait_closed()
    assert psutil.wait_procs(processes, timeout=10)[1] == []


def is_pythons_own(process):
    """The tracker that multiprocessing starts with its first process, and keeps."""
    return any("resource_tracker" in argument for argument in process.cmdline())
