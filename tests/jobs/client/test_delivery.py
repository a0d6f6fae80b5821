import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from mfvis_engine.annotation import Annotations, Keyframe, Track
from mfvis_engine.annotation.verbs import EditMask
from mfvis_engine.jobs.client.delivery import Delivery
from mfvis_engine.jobs.errors import UnknownBlobError
from mfvis_engine.jobs.events import (
    Cancelled,
    Failed,
    Finished,
    FrameDone,
    Learned,
    Preview,
    Progress,
    Queued,
    Stage,
    Started,
)
from mfvis_engine.jobs.proposals import FrameProposals
from mfvis_engine.project import Project, RunClosedError, RunFrameError, RunStatus, check_project
from mfvis_engine.project.errors import ProjectDamagedError

LENGTH, HEIGHT, WIDTH = 4, 6, 8
TRACK_IDS = (2, 5)
BLOB = "ab" * 32


@pytest.fixture
def project(tmp_path):
    (tmp_path / "clip").mkdir()
    for index in range(LENGTH):
        Image.fromarray(np.full((HEIGHT, WIDTH, 3), index, np.uint8)).save(tmp_path / "clip" / f"{index}.png")
    with Project.create(tmp_path / "walk", tmp_path / "clip") as made:
        box = (0, 0, 8, 6)
        made.replace_annotations(
            Annotations(tuple(Track(i, "cell", (Keyframe(0, box), Keyframe(LENGTH - 1, box))) for i in TRACK_IDS))
        )
        yield made


@pytest.fixture
def writer(project):
    return project.create_run({"made": "by a test"}, TRACK_IDS)


@pytest.fixture
def delivery(project, writer):
    return Delivery(writer, project.merge_run, write_blob)


def write_blob(sha256, path):
    path.write_bytes(f"the weights {sha256[:2]}".encode())


def labels_of(frame_index, shift=0):
    labels = np.zeros((HEIGHT, WIDTH), np.uint16)
    labels[frame_index, 1:4] = 2
    labels[5, frame_index + shift] = 5
    return labels


def frame_done(frame_index, shift=0, track_ids=TRACK_IDS, scores=(0.25, 0.75)):
    labels = labels_of(frame_index, shift)
    ids, scores = np.array(track_ids, np.int64), np.array(scores, np.float32)
    return FrameDone(FrameProposals.of(frame_index, labels, ids, scores))


def started(attempt=1):
    return Started(
        attempt=attempt, device="cpu (float32)", settings=json.dumps({"steps": 7, "weights": {"outside": 0.5}})
    )


def learned(blob=BLOB):
    return Learned(steps=7, seconds=1.5, blob=blob)


STORY = (
    Queued(),
    started(),
    Progress(stage=Stage.TRAINING, fraction_done=0.5),
    Preview(step=1, masks=frame_done(0, shift=3).masks),
    learned(),
    *map(frame_done, (2, 1, 3, 0)),
    Finished(),
)


def tell_all(delivery, events):
    for event in events:
        delivery.tell(event)


def test_frames_settings_and_weights_are_written_and_merged(project, delivery):
    tell_all(delivery, STORY)
    run = project.run(delivery.run_id)
    assert (run.info.status, run.done()) == (RunStatus.FINISHED, [0, 1, 2, 3])
    assert run.scores().T.tolist() == [[0.25, 0.75]] * LENGTH
    assert run.info.settings == {
        "made": "by a test",
        "device": "cpu (float32)",
        "settings": {"steps": 7, "weights": {"outside": 0.5}},
        "learned": {"type": "learned", "steps": 7, "seconds": 1.5, "blob": BLOB},
    }
    assert run.is_sealed
    assert all(np.array_equal(project.read_masks(t), labels_of(t)) for t in range(LENGTH))
    assert len(delivery.merged.written) == 2 * LENGTH
    assert (project.path / "runs" / run.run_id / "weights.safetensors").read_bytes() == b"the weights ab"
    assert check_project(project.path).findings == ()


def test_scores_are_those_of_the_runs_tracks(project, delivery):
    delivery.tell(frame_done(1, track_ids=(2,), scores=(0.5,)))
    masks = frame_done(2).masks
    delivery.tell(FrameDone(masks))
    assert project.run(delivery.run_id).scores()[:, 1:3].tolist() == [[0.5, 0.25], [0.0, 0.75]]


def test_a_frame_of_a_foreign_track_is_refused(project):
    writer = project.create_run({}, [2])
    delivery = Delivery(writer, project.merge_run)
    with pytest.raises(RunFrameError, match=r"labels \[5\]"):
        delivery.tell(frame_done(1))
    assert project.run(writer.run_id).done() == []


@pytest.mark.parametrize(
    ("ending", "reason"),
    [(Failed("the worker was lost"), "the worker was lost"), (Cancelled(), "Cancelled by the user.")],
)
def test_a_job_that_ends_early_keeps_its_frames_and_leaves_the_masks(project, delivery, ending, reason):
    tell_all(delivery, (*STORY[:6], ending, *STORY[6:]))
    info = project.run(delivery.run_id).info
    assert (info.status, info.reason, info.frames_done) == (RunStatus.FAILED, reason, 1)
    assert delivery.merged is None
    assert not project.read_masks(2).any()


def test_it_says_whether_anything_was_done(delivery):
    for event in (Queued(), started()):
        delivery.tell(event)
    assert not delivery.has_begun
    delivery.tell(Progress(stage=Stage.READING, fraction_done=0.0))
    assert delivery.has_begun


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stops=st.lists(st.integers(0, len(STORY) - 1), max_size=3))
def test_events_that_come_again_change_nothing(project, stops):
    """A client comes back some times, in a process of its own each time, and hears all from the first event on."""
    if project.read_masks(0).any():
        project.undo()  # what the example before has merged
    run_id = project.create_run({}, TRACK_IDS).run_id
    for stop in (*stops, len(STORY)):
        delivery = Delivery(project.resume_run(run_id), project.merge_run, write_blob)
        tell_all(delivery, STORY[:stop])
    run = project.run(run_id)
    assert (run.info.status, run.done()) == (RunStatus.FINISHED, [0, 1, 2, 3])
    assert all(np.array_equal(project.read_masks(t), labels_of(t)) for t in range(LENGTH))


def test_a_run_that_was_merged_but_not_finished_is_merged_again_without_effect(project, writer, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(writer, "finish", lambda: (_ for _ in ()).throw(OSError("the disk is full")))
        with pytest.raises(OSError, match="full"):
            tell_all(Delivery(writer, project.merge_run), STORY)
    project.do(EditMask(1, 0, 0, np.full((1, 1), 5, np.uint16)))
    edited, position = project.read_masks(1), len(project.log())
    again = Delivery(project.resume_run(writer.run_id), project.merge_run)
    tell_all(again, STORY)
    assert again.merged.log_id is None
    assert len(project.log()) == position
    assert np.array_equal(project.read_masks(1), edited)


def test_after_its_end_nothing_happens(project, delivery):
    tell_all(delivery, STORY)
    project.undo()
    tell_all(delivery, STORY)
    delivery.fail("late")
    assert project.run(delivery.run_id).info.status is RunStatus.FINISHED
    assert not project.read_masks(2).any()
    with pytest.raises(RunClosedError):
        project.resume_run(delivery.run_id)


def test_a_run_is_of_one_network(project, delivery):
    """A later attempt that could not go on with what the first has learned tells all frames anew."""
    tell_all(delivery, STORY[:7])
    assert project.run(delivery.run_id).done() == [1, 2]
    delivery.tell(started(attempt=2))
    delivery.tell(learned())  # as before: it went on
    assert project.run(delivery.run_id).done() == [1, 2]
    delivery.tell(learned("cd" * 32))
    assert project.run(delivery.run_id).done() == []
    assert (project.path / "runs" / delivery.run_id / "weights.safetensors").read_bytes() == b"the weights cd"
    tell_all(delivery, [frame_done(t, shift=1) for t in range(LENGTH)])
    delivery.tell(Finished())
    assert all(np.array_equal(project.read_masks(t), labels_of(t, shift=1)) for t in range(LENGTH))


@pytest.mark.filterwarnings("default")
def test_weights_that_cannot_be_had_do_not_end_the_job(project, writer):
    def lost(sha256, path):
        raise UnknownBlobError("No such file.")

    delivery = Delivery(writer, project.merge_run, lost)
    with pytest.warns(UserWarning, match="later runs cannot start from them: No such file"):
        tell_all(delivery, STORY)
    assert project.run(writer.run_id).info.status is RunStatus.FINISHED
    assert not (project.path / "runs" / writer.run_id / "weights.safetensors").exists()


def test_without_a_blob_there_are_no_weights(project, writer):
    def unasked(sha256, path):
        raise AssertionError

    Delivery(writer, project.merge_run, unasked).tell(learned(""))
    assert not (project.path / "runs" / writer.run_id / "weights.safetensors").exists()


def test_a_full_disk_does_not_hide_why_a_job_failed(project, writer, monkeypatch):
    delivery = Delivery(writer, project.merge_run)
    delivery.tell(frame_done(0))
    monkeypatch.setattr(writer, "fail", lambda _: (_ for _ in ()).throw(OSError("the disk is full")))
    delivery.tell(Failed("the network broke"))
    assert project.run(writer.run_id).info.status is RunStatus.RUNNING


def test_a_merge_that_fails_leaves_the_run_to_its_caller(project, writer):
    def merge(run_id):
        raise ProjectDamagedError("a frame is damaged")

    delivery = Delivery(writer, merge)
    with pytest.raises(ProjectDamagedError):
        tell_all(delivery, STORY)
    delivery.fail("a frame is damaged")
    assert project.run(writer.run_id).info.reason == "a frame is damaged"
