import msgspec
import numpy as np
import pytest
from hypothesis import given, settings

from mfvis_engine.annotation import AnnotationError, Annotations, Keyframe, Track
from mfvis_engine.jobs.clip import ClipReference
from mfvis_engine.jobs.errors import ClipError
from mfvis_engine.jobs.job import AnyJob, TrainJob, VisTrainJob, clips_of, kind_of
from mfvis_engine.jobs.video_model import ModelSize
from mfvis_engine.video import VideoError, open_video
from tests.jobs.strategies import jobs


@given(jobs)
@settings(max_examples=50)
def test_a_job_survives_the_wire(job):
    there = msgspec.msgpack.decode(msgspec.msgpack.encode(job), type=AnyJob)
    assert there == job
    assert type(there) is type(job)


@given(jobs)
@settings(max_examples=20)
def test_every_job_has_a_kind_and_a_clip(job):
    assert kind_of(job) in ("segment", "train", "predict", "vis_train", "vis_predict")
    assert len(clips_of(job)) == (len(job.videos) if isinstance(job, VisTrainJob) else 1)


def test_a_training_on_no_video_is_refused():
    job = VisTrainJob(videos=(), start=ModelSize("tiny"))
    with pytest.raises(msgspec.ValidationError, match="length >= 1"):
        msgspec.msgpack.decode(msgspec.msgpack.encode(job), type=AnyJob)


@pytest.fixture
def clip_path(tmp_path):
    path = tmp_path / "clip.npy"
    np.save(path, np.arange(4 * 6 * 8 * 3, dtype=np.uint8).reshape(4, 6, 8, 3))
    return path


@pytest.fixture
def clip(clip_path):
    with open_video(clip_path) as video:
        return ClipReference.of(clip_path, video)


def test_what_is_no_job_is_refused(clip):
    job = TrainJob(clip=clip, annotations=Annotations((Track(1, "cell", (Keyframe(0, (1, 1, 3, 3)),)),)))
    fields = msgspec.msgpack.decode(msgspec.msgpack.encode(job))
    for change in ({"type": "predict"}, {"type": "dream"}, {"device": 3}, {"limits": {"steps": "many"}}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.msgpack.decode(msgspec.msgpack.encode(fields | change), type=AnyJob)
    fields["annotations"]["tracks"][0]["keyframes"][0]["box_xyxy"] = [3.0, 3.0, 1.0, 1.0]
    with pytest.raises((msgspec.ValidationError, AnnotationError), match="x1"):  # checked there as here
        msgspec.msgpack.decode(msgspec.msgpack.encode(fields), type=AnyJob)


def test_a_clip_is_known_by_its_content_wherever_it_lies(clip, clip_path, tmp_path):
    elsewhere = tmp_path / "moved.npy"
    elsewhere.write_bytes(clip_path.read_bytes())
    assert clip.is_at(clip_path)
    assert clip.is_at(elsewhere)
    assert not clip.is_at(tmp_path / "missing.npy")
    elsewhere.write_bytes(elsewhere.read_bytes()[:-1] + b"x")
    assert not clip.is_at(elsewhere)
    with clip.open(clip_path) as video:
        assert (video.length, video.height, video.width) == (4, 6, 8) == (clip.length, clip.height, clip.width)


def test_a_clip_of_other_frames_is_refused(clip, tmp_path):
    np.save(tmp_path / "short.npy", np.zeros((3, 6, 8, 3), np.uint8))
    with pytest.raises(ClipError, match=r"\(3, 6, 8\) here, but \(4, 6, 8\)"):
        clip.open(tmp_path / "short.npy")
    with pytest.raises(VideoError, match=r"missing\.npy"):
        clip.open(tmp_path / "missing.npy")


def test_a_clip_that_cannot_be_read_is_named(clip_path, tmp_path):
    with open_video(clip_path) as video, pytest.raises(ClipError, match=r"gone\.npy cannot be read.*mfvis relink"):
        ClipReference.of(tmp_path / "gone.npy", video)
