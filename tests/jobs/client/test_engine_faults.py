"""The real runner in the worker process of a local engine, and real faults: kills, a full disk, too little memory."""

import contextlib
import random
import sys
import tempfile
import threading
import time
from pathlib import Path

import msgspec
import numpy as np
import psutil
import pytest
import torch

from mfvis_engine.annotation import Annotations, Keyframe, Track
from mfvis_engine.jobs.board import file_service
from mfvis_engine.jobs.carrier.weights import write_weights
from mfvis_engine.jobs.client.delivery import CANCELLED, Delivery
from mfvis_engine.jobs.client.engine import Engine
from mfvis_engine.jobs.clip import ClipReference
from mfvis_engine.jobs.errors import EngineError
from mfvis_engine.jobs.events import Cancelled, Failed, Finished, FrameDone, Learned, Progress, Stage, Started, Warned
from mfvis_engine.jobs.files.clips import locate_clip
from mfvis_engine.jobs.job import LearnedWeights, PredictJob, SegmentJob, TrainingLimits
from mfvis_engine.models import BoxPromptedConfig, BoxPromptedNet
from mfvis_engine.project import Project, RunStatus, check_project
from mfvis_engine.video import open_video
from tests.jobs.disc_job import TRACK_ID, colour_net, disc_annotations, disc_clip
from tests.jobs.faulty_runner import CARRIER, SAVED_EVERY_STEPS
from tests.small_disk import filled, small_disk
from tests.training.scenes import LENGTH, disc_masks, disc_video, tight_box

DISK_KIB = 16384
STEPS = 40
TIDY_S = 5.0
"""Within which the worker stops what was cancelled, and removes its files."""
LONG = 60
"""Frames of a clip whose events are more than what is left of a full disk."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("faults")


@pytest.fixture(scope="module")
def disk(folder):
    """Where the engine has all of its files: a small disk, or a plain folder where none can be mounted."""
    path = folder / "disk"
    try:
        with small_disk(path, DISK_KIB):
            yield path
    except pytest.skip.Exception:
        yield path


@pytest.fixture(scope="module")
def engine(disk):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tempfile, "tempdir", str(disk))
        patched.setenv("MALLOC_MMAP_THRESHOLD_", "65536")  # so that the worker keeps no memory of jobs before
        with Engine.start(carrier=CARRIER) as engine:
            yield engine


@pytest.fixture(scope="module")
def job(engine, folder):
    """The disc's, from a network that is trained in a second."""
    return SegmentJob(
        clip=disc_clip(folder),
        annotations=disc_annotations(),
        device="cpu",
        start=kept(engine, folder, colour_net()),
        limits=TrainingLimits(steps=STEPS),
    )


@pytest.fixture(scope="module")
def undisturbed(engine, job):
    """The job's masks, by frame."""
    return frames_of(engine.submit(job).events())


@pytest.fixture(scope="module")
def undisturbed_s(engine, job, undisturbed):
    """Seconds that the job takes a worker that has done it before."""
    began = time.monotonic()
    engine.submit(job).wait()
    return time.monotonic() - began


def kept(engine, folder, net):
    path = folder / "start.safetensors"
    write_weights(path, net)
    return LearnedWeights(engine.keep_blob(path))


def frames_of(events):
    return {event.masks.frame_index: event.masks for event in events if isinstance(event, FrameDone)}


def is_saved_training(event):
    return isinstance(event, Progress) and event.stage is Stage.TRAINING and event.step > SAVED_EVERY_STEPS


def is_last_step(event):
    return isinstance(event, Progress) and event.stage is Stage.TRAINING and event.step == STEPS


def is_frame(event):
    return isinstance(event, FrameDone)


def watched(handle, reached, act):
    """The events of a job; `act` is called once, at the first that `reached` is true of."""
    events, acted = [], False
    for event in handle.events():
        events.append(event)
        if not acted and reached(event):
            act()
            acted = True
    assert acted
    return events


def kill_worker():
    """Of the engine, which has one."""
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if any("spawn_main" in word for word in child.cmdline()):
                child.kill()


@pytest.mark.parametrize("reached", [is_saved_training, is_frame], ids=["training", "predicting"])
def test_a_worker_killed_at_work_is_replaced_and_the_masks_are_those_of_an_undisturbed_job(
    engine, job, undisturbed, reached
):
    events = watched(engine.submit(job), reached, kill_worker)
    assert events[-1] == Finished()
    assert frames_of(events) == undisturbed
    assert sum(map(is_frame, events)) == LENGTH
    assert any(isinstance(event, Warned) and "The worker process died" in event.message for event in events)
    starts = [number for number, event in enumerate(events) if isinstance(event, Started)]
    assert [events[number].attempt for number in starts] == [1, 2]
    again = [event for event in events[starts[1] :] if isinstance(event, Progress) and event.stage is Stage.TRAINING]
    assert bool(again) == (reached is is_saved_training)
    assert all(progress.step > SAVED_EVERY_STEPS for progress in again)


@pytest.mark.slow
def test_a_worker_killed_three_times_fails_its_job_and_the_frames_told_are_right(engine, job, undisturbed):
    handle, is_new_attempt = engine.submit(job), False
    for event in handle.events():
        is_new_attempt = is_new_attempt or isinstance(event, Started)
        if is_frame(event) and is_new_attempt:
            kill_worker()
            is_new_attempt = False
    info = handle.info()
    assert isinstance(info.ending, Failed)
    assert f"died 3 times; {info.frame_count} finished frames are kept" in info.ending.reason
    frames = frames_of(handle.events())
    assert 3 <= len(frames) == info.frame_count
    assert frames == {t: undisturbed[t] for t in frames}
    engine.submit(job).wait()


@pytest.fixture
def full(disk):
    """A function that fills the engine's disk until the block ends."""
    if not disk.is_mount():
        pytest.skip("no small disk could be mounted")
    return lambda free_kib=0: filled(disk, free_kib)


def long_job(job, folder):
    """Prediction of many frames with boxes in all of them."""
    path = folder / "long.npy"
    np.save(path, np.concatenate([disc_video().frames(0, LENGTH)] * (LONG // LENGTH)))
    with open_video(path) as video:
        clip = ClipReference.of(path, video)
    boxes = [tight_box(mask) for mask in disc_masks()]
    track = Track(TRACK_ID, "disc", tuple(Keyframe(t, boxes[t % LENGTH]) for t in range(LONG)))
    return PredictJob(clip=clip, annotations=Annotations((track,)), device="cpu", weights=job.start)


@pytest.mark.parametrize(
    ("what", "reached"),
    [("snapshot", is_saved_training), ("learned", is_last_step), ("journal", is_frame)],
    ids=["snapshot", "learned", "journal"],
)
def test_a_disk_of_the_engine_that_fills_up_fails_the_job_in_words_and_what_was_told_is_whole(
    engine, job, undisturbed, full, tmp_path, what, reached
):
    affected = long_job(job, tmp_path) if what == "journal" else job
    with contextlib.ExitStack() as stack:
        events = watched(engine.submit(affected), reached, lambda: stack.enter_context(full()))
    ending = events[-1]
    assert isinstance(ending, Failed)
    assert "No space left on device" in ending.reason
    assert "Make room" in ending.reason
    assert "report" not in ending.reason
    frames = frames_of(events)
    assert all(masks.labels().shape == disc_masks()[0].shape for masks in frames.values())
    assert (0 < len(frames) < LONG) == (what == "journal")
    assert frames_of(engine.submit(job).events()) == undisturbed


def test_on_a_full_disk_a_job_or_its_video_is_refused_and_taken_when_there_is_room(
    engine, job, full, disk, tmp_path, monkeypatch
):
    before = len(engine.jobs())
    with full(), pytest.raises(EngineError, match=r"No space left on device.*Make room"):
        engine.submit(job)
    path = tmp_path / "wide.npy"
    np.save(path, np.zeros((2, 1024, 1024, 3), np.uint8))
    with open_video(path) as video:
        wide = msgspec.structs.replace(job, clip=ClipReference.of(path, video))
    monkeypatch.setattr(file_service, "locate_clip", sent_only)
    with full(free_kib=2048), pytest.raises(EngineError, match=r"No space left on device.*Make room"):
        engine.submit(wide)
    assert len(engine.jobs()) == before
    assert list(disk.glob("mfvis-engine-*/clips/incoming/*")) == []
    engine.submit(wide).cancel()


def sent_only(clip, shelf):
    """As where the engine does not see the disk of the client."""
    return locate_clip(msgspec.structs.replace(clip, path="/elsewhere"), shelf)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is limited another way there")
def test_too_little_memory_makes_the_worker_go_on_in_smaller_portions(engine, job, folder, tmp_path):
    path = tmp_path / "many.npy"
    np.save(path, np.random.default_rng(0).integers(0, 255, (4, 96, 256, 3), np.uint8))
    with open_video(path) as video:
        clip = ClipReference.of(path, video)
    boxes = [(10.0 * row + 5, 10.0, 10.0 * row + 60, 60.0) for row in range(8)]
    tracks = (Track(row + 1, "disc", tuple(Keyframe(t, box) for t in range(4))) for row, box in enumerate(boxes))
    torch.manual_seed(0)
    wide = kept(engine, folder, BoxPromptedNet(BoxPromptedConfig(widths=(96, 32, 32), crop_size=64)))
    many = msgspec.structs.replace(
        job, clip=clip, annotations=Annotations(tuple(tracks)), start=wide, limits=TrainingLimits(steps=2)
    )
    enough = list(engine.submit(many).events())
    assert enough[-1] == Finished()
    assert not any(isinstance(event, Warned) for event in enough)
    little = with_just_too_little_memory(engine, many)
    messages = [event.message for event in little if isinstance(event, Warned)]
    assert "ran out of memory with 4 tubes a step, 48 tubes in memory and 32 crops at once" in messages[0]
    assert "Going on with 2 tubes a step, 24 tubes in memory and 16 crops at once" in messages[0]
    assert [event.attempt for event in little if isinstance(event, Started)] == [1]
    assert [event.steps for event in little if isinstance(event, Learned)] == [2]
    assert sorted(frames_of(little)) == sorted(frames_of(enough)) == list(range(4))


def with_just_too_little_memory(engine, job):
    """The events of a job that has too little memory at first and enough for smaller portions.

    How much that is differs with what the worker's heap has been through; with less, the job fails and says so.
    """
    for spare_mib in range(40, 120, 6):
        events = list(engine.submit(msgspec.structs.replace(job, device=f"memory:{spare_mib}")).events())
        if events[-1] == Finished():
            break
        assert "memory" in events[-1].reason
    return events


@pytest.mark.parametrize("seed", range(6))
def test_cancelled_at_any_moment_nothing_is_half_written(engine, job, undisturbed, undisturbed_s, disk, tmp_path, seed):
    path = tmp_path / "walk.mfvis"
    with Project.create(path, Path(job.clip.path)) as project:
        project.replace_annotations(job.annotations)
        run = project.create_run({"made": "by a test"}, [TRACK_ID])
        delivery = Delivery(run, project.merge_run)
        handle, events = engine.submit(job), []
        timer = threading.Timer(random.Random(seed).uniform(0, undisturbed_s), handle.cancel)
        timer.start()
        for event in handle.events():
            events.append(event)
            delivery.tell(event)
        timer.join()
        (info,) = project.runs()
        ends = {Cancelled: (RunStatus.FAILED, CANCELLED), Finished: (RunStatus.FINISHED, None)}
        assert (info.status, info.reason) == ends[type(events[-1])]
        written = {t: project.run(run.run_id).read_masks(t) for t in project.run(run.run_id).done()}
        has_masks = any(project.read_masks(t).any() for t in range(LENGTH))
    assert check_project(path).is_clean
    assert has_masks == (info.status is RunStatus.FINISHED)
    frames = frames_of(events)
    assert frames == {t: undisturbed[t] for t in frames}
    assert sorted(written) == sorted(frames)
    assert all(np.array_equal(labels, frames[t].labels()) for t, labels in written.items())
    assert_tidy(disk)


def assert_tidy(disk):
    """The engine keeps weights, videos and what its jobs told, and nothing else; soon, at least."""
    deadline = time.monotonic() + TIDY_S
    patterns = ("workers/*/work/*", "*/incoming/*", "**/*.partial")
    while left := [path for pattern in patterns for path in disk.glob(f"mfvis-engine-*/{pattern}")]:
        assert time.monotonic() < deadline, left
        time.sleep(0.02)
