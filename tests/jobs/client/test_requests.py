import numpy as np
import pytest
from PIL import Image

from mfvis_engine.annotation import Annotations, Keyframe, Track
from mfvis_engine.annotation.verbs import EditMask, Verify
from mfvis_engine.jobs.client import requests
from mfvis_engine.jobs.client.requests import segment_job
from mfvis_engine.jobs.errors import NothingToSegmentError
from mfvis_engine.jobs.job import TrainingLimits
from mfvis_engine.project import Project, VideoMissingError

LENGTH = 6


@pytest.fixture
def project(tmp_path):
    (tmp_path / "clip").mkdir()
    for index in range(LENGTH):
        Image.fromarray(np.full((10, 12, 3), index, np.uint8)).save(tmp_path / "clip" / f"{index}.png")
    with Project.create(tmp_path / "walk", tmp_path / "clip") as made:
        yield made


@pytest.fixture
def annotated(project):
    box = (1, 1, 8, 8)
    tracks = tuple(Track(i, "cell", (Keyframe(0, box), Keyframe(LENGTH - 1, box))) for i in (1, 4))
    project.replace_annotations(Annotations(tracks))
    return project


def paint(project, frame_index, track_id):
    project.do(EditMask(frame_index, 2, 3, np.full((2, 2), track_id, np.uint16)))


def test_a_job_says_what_the_project_holds(annotated, tmp_path):
    job = segment_job(annotated, limits=TrainingLimits(steps=5), focus_frame=3)
    assert job.annotations == annotated.annotations()
    assert (job.clip.length, job.clip.height, job.clip.width) == (LENGTH, 10, 12)
    assert job.clip.is_at(tmp_path / "clip")
    assert (job.limits.steps, job.focus_frame, job.masks) == (5, 3, ())


def test_a_project_without_a_box_is_refused(project):
    with pytest.raises(NothingToSegmentError, match="has no box in any frame"):
        segment_job(project)
    project.replace_annotations(Annotations((Track(1, "cell", (Keyframe(0, (0, 0, 1, 1), outside=True),)),)))
    with pytest.raises(NothingToSegmentError, match="boxes import"):
        segment_job(project)


def test_a_video_that_is_gone_is_named(annotated, tmp_path):
    (tmp_path / "clip").rename(tmp_path / "elsewhere")
    with pytest.raises(VideoMissingError, match="mfvis relink"):
        segment_job(annotated)


def test_a_persons_masks_go_with_it(annotated):
    paint(annotated, 2, 4)
    annotated.do(Verify((1, 4), 2, 2))
    paint(annotated, 4, 1)
    masks = segment_job(annotated).masks
    assert [(one.frame_index, one.track_ids) for one in masks] == [(2, (1, 4)), (4, (1,))]
    for one in masks:
        np.testing.assert_array_equal(one.labels(), annotated.read_masks(one.frame_index))
    assert segment_job(annotated, learn_from_masks=False).masks == ()


def test_of_many_masks_some_go_spread_over_the_video(annotated, monkeypatch):
    monkeypatch.setattr(requests, "MOST_MASK_FRAMES", 3)
    annotated.do(Verify((1,), 0, LENGTH - 1))
    assert [one.frame_index for one in segment_job(annotated).masks] == [0, 2, 5]
