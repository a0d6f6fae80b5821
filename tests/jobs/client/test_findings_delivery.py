import numpy as np
import pytest

from mfvis_engine.annotation import Annotations, Keyframe, ProposedTrack, Track
from mfvis_engine.jobs.client.delivery import CANCELLED
from mfvis_engine.jobs.client.findings_delivery import FindingsDelivery
from mfvis_engine.jobs.events import Cancelled, Failed, Finished, FrameDone, Progress, Stage, Started, TracksFound
from mfvis_engine.jobs.proposals import FrameProposals
from mfvis_engine.project import Project, RunStatus

LENGTH, BOX = 2, (1.0, 1.0, 3.0, 3.0)
KNOWN, NEW = 5, 6
STARTED = Started(attempt=1, device="cpu", settings='{"short_side": 32}')
FOUND = TracksFound(known_ids=(KNOWN,), proposed=(ProposedTrack(NEW, "cat", 0.75, (Keyframe(0, BOX),)),))


@pytest.fixture
def project(tmp_path):
    """Its track 5 is known, and a run keeps id 6 for what it found."""
    np.save(tmp_path / "clip.npy", np.zeros((LENGTH, 6, 8, 3), np.uint8))
    with Project.create(tmp_path / "walk.mfvis", tmp_path / "clip.npy") as project:
        project.replace_annotations(Annotations((Track(KNOWN, "dog", (Keyframe(0, BOX),)),)))
        project.create_run({}, (), (NEW,))
        yield project


def frame(frame_index):
    labels = np.zeros((6, 8), np.uint16)
    labels[1:3, 1:3], labels[4:, 5:] = NEW, KNOWN
    return FrameDone(FrameProposals.of(frame_index, labels, np.array([KNOWN, NEW]), np.array([0.5, 0.25], np.float32)))


def told(project, *events):
    delivery = FindingsDelivery(project, {"model": "my-model"})
    for event in events:
        delivery.tell(event)
    return delivery


def test_what_is_found_becomes_a_run_of_proposals_under_free_ids(project):
    delivery = told(project, STARTED, FOUND, frame(0), frame(1), Finished())
    run = project.run(delivery.run_id)
    assert run.info.status is RunStatus.FINISHED
    assert run.info.settings == {"model": "my-model", "device": "cpu", "inference": {"short_side": 32}}
    assert (run.track_ids, run.found_ids) == ((KNOWN, 7), (7,))
    (proposed,) = run.proposed_tracks
    assert (proposed.track_id, proposed.category, proposed.score) == (7, "cat", 0.75)
    assert run.scores().tolist() == [[0.5, 0.5], [0.25, 0.25]]
    assert np.unique(run.read_masks(1)).tolist() == [0, KNOWN, 7]
    assert (delivery.known_ids, delivery.device) == ((KNOWN,), "cpu")


def test_an_attempt_that_looks_anew_takes_the_place_of_the_one_before(project):
    other = TracksFound(known_ids=(KNOWN,), proposed=())
    alone = FrameDone(FrameProposals.of(0, np.zeros((6, 8), np.uint16), np.array([KNOWN]), np.zeros(1, np.float32)))
    delivery = told(project, STARTED, FOUND, frame(0), frame(1), STARTED, other, alone, Finished())
    assert [info.run_id for info in project.runs()][1:] == [delivery.run_id]
    assert project.run(delivery.run_id).proposed_tracks == ()
    assert list(project.run(delivery.run_id).done()) == [0]


@pytest.mark.parametrize(("ending", "reason"), [(Cancelled(), CANCELLED), (Failed("It rains."), "It rains.")])
def test_one_that_ends_early_says_why_and_proposes_nothing(project, ending, reason):
    delivery = told(project, STARTED, FOUND, frame(0), ending)
    info = project.run(delivery.run_id).info
    assert (info.status, info.reason, info.frames_done) == (RunStatus.FAILED, reason, 1)
    assert project.open_proposals() == ()


def test_one_that_ends_before_anything_is_found_leaves_no_run(project):
    before = project.runs()
    delivery = told(project, STARTED, Progress(stage=Stage.PREDICTING, fraction_done=0.5), Failed("It rains."))
    assert (delivery.run_id, project.runs()) == ("", before)
