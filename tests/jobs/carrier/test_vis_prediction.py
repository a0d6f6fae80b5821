import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch

from mfvis_engine.annotation import Annotations
from mfvis_engine.inference.vis import NothingFoundError
from mfvis_engine.jobs.carrier.runner import carry_out
from mfvis_engine.jobs.carrier.vis_training import JobSettingsError
from mfvis_engine.jobs.client.vis_requests import vis_predict_job
from mfvis_engine.jobs.desk import Wish
from mfvis_engine.jobs.errors import JobCancelledError
from mfvis_engine.jobs.events import FrameDone, Progress, Stage, Started, TracksFound
from mfvis_engine.project import Project
from tests.jobs.disc_job import NotingDesk
from tests.jobs.vis_scene import EVERYTHING, LENGTH, kept, project_of, small_model


@pytest.fixture
def desk(tmp_path):
    return NotingDesk(tmp_path)


def job_on(desk, tmp_path, **changes):
    with Project.open(project_of(tmp_path, 0), read_only=True) as project:
        job = vis_predict_job(project, kept(desk, small_model()), settings=EVERYTHING, min_score=0.0, device="cpu")
    return msgspec.structs.replace(job, **changes)


def carried_out(job, desk):
    torch.manual_seed(0)
    carry_out(job, Path(job.clip.path), desk)
    return desk


def test_what_is_found_is_told_first_and_then_frame_by_frame(desk, tmp_path):
    carried_out(job_on(desk, tmp_path, annotations=Annotations()), desk)
    (found,) = desk.of(TracksFound)
    ids = tuple(track.track_id for track in found.proposed)
    assert (found.known_ids, ids) == ((), tuple(range(1, 1 + len(ids))))
    assert ids
    assert isinstance(desk.events[0], Started)
    assert json.loads(desk.events[0].settings)["window_frames"] == EVERYTHING["window_frames"]
    frames = desk.frames()
    assert list(frames) == list(range(LENGTH))
    assert min(desk.events.index(event) for event in desk.of(FrameDone)) > desk.events.index(found)
    for track in found.proposed:
        first = min(keyframe.frame_index for keyframe in track.keyframes)
        assert all((frames[t].labels() == track.track_id).any() == (t >= first) for t in range(first + 1))
    told = desk.of(Progress)
    assert {progress.stage for progress in told} == {Stage.PREDICTING}
    assert (told[0].step, told[-1].step, told[-1].fraction_done) == (0, LENGTH, 1.0)


def test_what_lies_on_a_known_track_is_that_one(desk, tmp_path):
    found = carried_out(job_on(desk, tmp_path, annotations=Annotations()), desk).of(TracksFound)[0].proposed[0]
    known = Annotations((found.adopted_as(9),))
    again = NotingDesk(tmp_path)
    carried_out(job_on(again, tmp_path / "again", annotations=known), again)
    (told,) = again.of(TracksFound)
    assert told.known_ids == (9,)
    assert 9 not in {track.track_id for track in told.proposed}
    assert any((masks.labels() == 9).any() for masks in again.frames().values())


def test_a_second_attempt_tells_all_again(tmp_path):
    first = NotingDesk(tmp_path)
    job = job_on(first, tmp_path)
    carried_out(job, first)
    second = carried_out(job, NotingDesk(tmp_path, attempt=2, done=frozenset(range(2))))
    assert second.of(TracksFound) == first.of(TracksFound)
    assert second.frames() == first.frames()


def test_it_can_be_cancelled_between_two_windows(tmp_path):
    desk = NotingDesk(tmp_path, lambda desk: Wish.CANCEL if desk.of(Progress) else Wish.RUN)
    with pytest.raises(JobCancelledError):
        carried_out(job_on(desk, tmp_path), desk)
    assert desk.of(FrameDone) == []


def test_where_nothing_is_sure_enough_the_best_score_is_said(desk, tmp_path):
    with pytest.raises(NothingFoundError, match=r"No object scores 1 or more; the best of \d+ has 0\.\d+"):
        carried_out(job_on(desk, tmp_path, annotations=Annotations(), min_score=1.0), desk)


@pytest.mark.parametrize("settings", ["[", '{"overlap_frames": 40}'])
def test_settings_that_are_none_are_refused(desk, tmp_path, settings):
    with pytest.raises(JobSettingsError, match="Change them"):
        carried_out(job_on(desk, tmp_path, settings=settings), desk)
    assert desk.events == []


def test_masks_do_not_overlap_their_scores_fit(desk, tmp_path):
    carried_out(job_on(desk, tmp_path), desk)
    for masks in desk.frames().values():
        has_pixels = [(masks.labels() == track_id).any() for track_id in masks.track_ids]
        assert np.array_equal(has_pixels, np.array(masks.scores) > 0)
