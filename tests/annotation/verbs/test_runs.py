import numpy as np
import pytest

from mfvis_engine.annotation import MaskOrigin, MaskState, UnknownTrackError, VerbRefusedError
from mfvis_engine.annotation.verbs import AcceptRun, RejectRun

from .scene import HEIGHT, WIDTH, RunInMemory


@pytest.fixture
def run(scene):
    """A run for 1, 2 and 99 (which is not annotated), done for the frames 0 to 2."""
    labels = np.zeros((HEIGHT, WIDTH), np.uint16)
    labels[:, 0], labels[:, 1], labels[:, 2] = 1, 2, 99
    scene.runs["new"] = RunInMemory((1, 2, 99), dict.fromkeys(range(3), labels))
    return labels


def test_accepting_takes_over_what_nobody_worked_on(scene, run):
    scene.paint(1, 1, [5], MaskOrigin.EDITED, None)
    scene.paint(3, 2, [0], verified=True)
    changes = scene.do(AcceptRun("new"))
    assert scene.pixels[:3, 0].tolist() == [[1, 2, 0, 0, 0, 0], [0, 2, 0, 0, 0, 1], [3, 2, 0, 0, 0, 0]]
    assert [change.written_ids for change in changes] == [(1, 2), (2,), (2,)]
    assert [change.skipped_ids for change in changes] == [(), (1,), ()]
    assert scene.state(1, 0) == MaskState(1, 0, MaskOrigin.PREDICTED, "new")
    assert scene.state(1, 1) == MaskState(1, 1, MaskOrigin.EDITED)
    assert scene.state(99, 0) is None


def test_a_prediction_is_recorded_just_where_it_has_pixels(scene, run):
    scene.paint(3, 0, [0])  # which the run covers
    scene.paint(4, 0, [5])
    scene.paint(1, 1, [5], MaskOrigin.EDITED, None)
    scene.pixels[1] = 1  # over all of the run
    scene.runs["new"].frames[2] = np.zeros((HEIGHT, WIDTH), np.uint16)
    scene.paint(2, 2, [3])
    changes = scene.do(AcceptRun("new"))
    assert sorted(scene.states) == [(0, 1), (0, 2), (0, 4), (1, 1)]
    assert [change.written_ids for change in changes] == [(1, 2), (2,)]  # and 2 is gone from frame 2
    assert changes[0].track_ids == (1, 2, 3)


def test_tracks_that_are_someone_else_by_now_are_left_out_and_refused_by_name(scene, run):
    scene.others["new"] = {1: "change 7 of the log (swap tracks 1 and 2 from frame 0) came since"}
    with pytest.raises(VerbRefusedError, match=r"Track 1 is not who it was when run new was made: change 7 .*Segment"):
        scene.do(AcceptRun("new", track_ids=(1, 2)))
    assert not scene.pixels.any()
    scene.do(AcceptRun("new"))
    assert scene.pixels[0, 0].tolist() == [0, 2, 0, 0, 0, 0]
    assert sorted(scene.states) == [(0, 2), (1, 2), (2, 2)]


def test_accepting_may_be_limited(scene, run):
    scene.do(AcceptRun("new", track_ids=(2,), frames=(1,)))
    assert list(scene.states) == [(1, 2)]


def test_what_a_run_does_not_have_is_refused(scene, run):
    with pytest.raises(UnknownTrackError, match=r"no proposals for the tracks \[3\]; its tracks are \[1, 2, 99\]"):
        scene.do(AcceptRun("new", track_ids=(1, 3)))
    with pytest.raises(VerbRefusedError, match="no proposals for frame 7; it has 3 of the frames 0 to 11"):
        scene.do(AcceptRun("new", frames=(1, 7)))
    assert not scene.pixels.any()


def test_rejecting_takes_away_what_nobody_worked_on(scene, run):
    scene.paint(3, 0, [5], run_id="old")
    scene.do(AcceptRun("new"))
    scene.states[1, 1] = MaskState(1, 1, MaskOrigin.PREDICTED, "new", verified=True)
    changes = scene.do(RejectRun("new"))
    assert scene.pixels[:3, 0].tolist() == [[0, 0, 0, 0, 0, 3], [1, 0, 0, 0, 0, 0], [0] * 6]
    assert sorted(scene.states) == [(0, 3), (1, 1)]
    assert [change.skipped_ids for change in changes] == [(), (1,), ()]
    assert scene.do(RejectRun("new")) == []


def test_rejecting_may_be_limited(scene, run):
    scene.do(AcceptRun("new"))
    scene.do(RejectRun("new", track_ids=(1,), frames=(0, 1)))
    assert sorted(scene.states) == [(0, 2), (1, 2), (2, 1), (2, 2)]
