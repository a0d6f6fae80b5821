import subprocess
import sys

import numpy as np
import pytest

from mfvis_engine.actions.training_sets import projects_set
from mfvis_engine.annotation import Annotations, Keyframe, Track
from mfvis_engine.annotation.verbs import EditMask
from mfvis_engine.jobs.carrier.vis_videos import OpenClips, class_names_of, labelled_set
from mfvis_engine.jobs.client.vis_requests import labelled_clip, labelled_clips, vis_predict_job
from mfvis_engine.jobs.errors import NothingToSegmentError
from mfvis_engine.jobs.video_model import VideoModel
from mfvis_engine.project import Project

LENGTH, HEIGHT, WIDTH = 4, 10, 12


@pytest.fixture
def project(tmp_path):
    """Two tracks, one of them absent at the end; a person's mask of one where it has no box, and of both in frame 3."""
    np.save(
        tmp_path / "clip.npy", np.arange(LENGTH * HEIGHT * WIDTH * 3, dtype=np.uint8).reshape(LENGTH, HEIGHT, WIDTH, 3)
    )
    with Project.create(tmp_path / "walk.mfvis", tmp_path / "clip.npy") as project:
        goes = Track(4, "dog", (Keyframe(0, (1, 1, 6, 6)), Keyframe(2, (1, 1, 6, 6), outside=True)))
        stays = Track(9, "cat", (Keyframe(0, (6, 2, 10, 8)), Keyframe(1, (7, 2, 11, 8))))
        project.replace_annotations(Annotations((goes, stays)))
        for frame_index, track_id in ((2, 4), (3, 4)):
            project.do(EditMask(frame_index, 2, 3, np.full((2, 3), track_id, np.uint16)))
        project.do(EditMask(3, 6, 6, np.full((3, 2), 9, np.uint16)))
        yield project


def on_a_worker(clips):
    with OpenClips() as opened:
        yield labelled_set(clips, class_names_of(clips), lambda clip: clip.path, opened)


@pytest.mark.parametrize("boxes_only", [False, True])
def test_a_worker_learns_from_the_very_videos_that_are_learned_from_here(project, boxes_only):
    (here,) = projects_set([project.path], boxes_only=boxes_only).videos
    clips = labelled_clips([project.path], boxes_only=boxes_only)
    for there_set in on_a_worker(clips):
        (there,) = there_set.videos
        assert there_set.class_names == ("cat", "dog")
        assert (there.name, there.size_hw, there.length) == (here.name, here.size_hw, here.length)
        for name in ("class_index", "boxes_xyxy", "annotated"):
            one, other = getattr(there, name), getattr(here, name)
            assert one.dtype == other.dtype
            assert np.array_equal(one, other, equal_nan=name == "boxes_xyxy")
        for t in range(LENGTH):
            assert np.array_equal(there.read_frame(t), here.read_frame(t))
            masks = there.read_masks(t)
            assert masks.keys() == here.read_masks(t).keys()
            assert all(np.array_equal(mask, here.read_masks(t)[row]) for row, mask in masks.items())
    assert any(here.read_masks(t) for t in range(LENGTH)) != boxes_only


def test_a_project_without_boxes_is_named(project):
    project.replace_annotations(Annotations())
    with pytest.raises(NothingToSegmentError, match="Draw or import"):
        labelled_clip(project)


def test_prediction_is_asked_for_with_what_is_known(project):
    job = vis_predict_job(project, VideoModel("ab", "{}"), settings={"short_side": 64})
    assert job.annotations == project.annotations()
    assert job.settings == '{"short_side": 64}'
    assert (job.clip.length, job.clip.height, job.clip.width) == (LENGTH, HEIGHT, WIDTH)


def test_few_clips_are_open_at_once(project, tmp_path):
    clip = labelled_clip(project).clip
    paths = [tmp_path / f"{name}.npy" for name in "abc"]
    for path in paths:
        path.write_bytes((tmp_path / "clip.npy").read_bytes())
    with OpenClips(most_open=2) as opened:
        readers = [opened.reader(clip, path) for path in paths]
        frames = [[read(t) for read in readers] for t in range(LENGTH)]
        assert list(opened._open) == paths[1:]
    assert all(np.array_equal(frame, of_frame[0]) for of_frame in frames for frame in of_frame)


def test_clients_load_no_torch():
    modules = "mfvis_engine.jobs.client.findings_delivery, mfvis_engine.actions.vis_jobs"
    code = f"import sys, {modules}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
