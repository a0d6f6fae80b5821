import numpy as np
import pytest

pytest.importorskip("napari", reason="the annotator works in a window")

from benchmarks.annotator.annotator import Looked, _keys, _steps
from benchmarks.annotator.figures import Figures, Queue
from benchmarks.annotator.tables import costs_table, outcome
from benchmarks.annotator.tally import Cost, Phase, Tally
from benchmarks.annotator.truth import Truth
from benchmarks.clips import Clip


@pytest.fixture
def truth(tmp_path):
    """Twelve frames of a 20 x 10 rectangle of track 4 that leaves after frame 8."""
    masks = np.zeros((12, 40, 60), np.uint8)
    masks[:9, 5:15, 10:30] = 4
    return Truth(Clip("square", tmp_path, masks))


def test_actions_and_seconds_count_for_the_innermost_phase():
    tally = Tally(iter([0.0, 1.0, 3.0, 6.0, 10.0]).__next__)
    with tally.during(Phase.REVIEW):
        tally.count(keys=1)
        with tally.during(Phase.PAINT):
            tally.count(clicks=5)
        tally.count(drags=1)
    assert tally.costs[Phase.REVIEW] == Cost(keys=1, drags=1, seconds=6)
    assert tally.costs[Phase.PAINT] == Cost(clicks=5, seconds=3)
    assert tally.total.actions == 7


def test_what_the_annotator_sees(truth):
    drawn = [(keyframe.frame_index, keyframe.outside) for keyframe in truth.keyframes(4, 5)]
    assert drawn == [(0, False), (5, False), (8, False), (9, True)]
    assert truth.box(4, 0) == (10, 5, 30, 15)
    assert truth.box(4, 9) is None
    (outline,) = truth.outlines(4, 0)
    assert sorted(outline) == [(10.5, 5.5), (10.5, 14.5), (29.5, 5.5), (29.5, 14.5)]
    labels = np.zeros((40, 60), np.uint16)
    labels[5:15, 10:20] = 7
    assert truth.j(4, 0, labels, 7) == pytest.approx(0.5)


@pytest.mark.parametrize(("frames", "tens", "ones"), [(0, 0, 0), (10, 1, 0), (9, 1, -1), (-13, -1, -3), (4, 0, 4)])
def test_frames_are_gone_to_with_few_keys(frames, tens, ones):
    assert _steps(frames) == (tens, ones)
    assert _keys(ones, "F", "D") == (["F"] * ones if ones > 0 else ["D"] * -ones)


def test_what_is_printed():
    queue = Queue.of(Looked((0.1, 0.9), (0.1, 0.9, 0.9, 0.9)))
    assert queue == Queue(2, 0.5, 0.25)
    assert np.isnan(Queue.of(Looked((), (0.9,))).bad_share)
    costs = {Phase.OPEN: Cost(clicks=1, seconds=2), Phase.BOXES: Cost(drags=3, keys=4, seconds=5)}
    figures = Figures("square", 12, 1, costs, 0.5, 0.6, 0.7, (queue,), 0, 0.1)
    assert "50% of the first 2 below J 0.6, of all 25%" in outcome(figures)
    assert costs_table(figures).splitlines()[-1].split() == ["all", "1", "3", "0", "4", "8", "7.0"]
