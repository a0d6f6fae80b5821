"""Looking at the masks beside the window."""

import queue

import numpy as np
import pytest

from mfvis_engine.annotation.verbs import EditMask, Verify
from mfvis_engine.errors import MfvisError
from mfvis_engine.project import Project
from mfvis_napari.reviewing.survey_thread import SurveyThread
from tests.gui.review_clip import make_proposed_project

PATIENCE_S = 20


class Told:
    """What a thread told, in order."""

    def __init__(self, path, annotations):
        self._findings, self.errors = queue.Queue(), queue.Queue()
        self.thread = SurveyThread(path, annotations, self._findings.put, self.errors.put)

    def complete(self):
        """The next findings after which nothing is left to look at."""
        while True:
            found = self._findings.get(timeout=PATIENCE_S)
            if not found.frames_left:
                return found


@pytest.fixture
def project(tmp_path):
    with Project.open(make_proposed_project(tmp_path)) as opened:
        yield opened


@pytest.fixture
def told(project):
    found = Told(project.path, project.annotations())
    yield found
    found.thread.stop()


def masks_of(findings):
    return [(item.track_id, item.frame_index) for item in findings.queue.items]


def test_all_frames_are_looked_at_and_then_what_changes(project, told):
    assert masks_of(told.complete()) == [(1, 3), (2, 5)]
    done = project.do(Verify((1,), 3, 4))
    told.thread.ask(done.frames.tolist(), project.annotations())
    assert masks_of(told.complete()) == [(2, 5)]
    done = project.do(EditMask(7, 5, 40, np.zeros((20, 18), np.uint16)))
    told.thread.ask(done.frames.tolist(), project.annotations())
    found = told.complete()
    assert masks_of(found) == [(2, 5), (1, 7)]  # a person's mask, and most of the box is empty
    assert found.hints[0].track_id in (1, 2)


def test_other_boxes_are_judged_without_looking_at_frames(project, told):
    told.complete()
    told.thread.ask((), project.annotations().without_track(1))
    assert masks_of(told.complete()) == [(2, 5)]


def test_a_failure_is_told_and_the_thread_lives(project, tmp_path, told):
    told.complete()
    away = tmp_path / "away"
    project.path.rename(away)
    told.thread.ask([3], project.annotations())
    assert isinstance(told.errors.get(timeout=PATIENCE_S), MfvisError)
    away.rename(project.path)
    told.thread.ask([3], project.annotations())
    assert masks_of(told.complete()) == [(1, 3), (2, 5)]


def test_it_rests_and_still_ends_at_once(project):
    told = Told(project.path, project.annotations())
    told.thread.rest(60)
    told.thread.stop(timeout_s=PATIENCE_S)
    assert not told.thread._thread.is_alive()
