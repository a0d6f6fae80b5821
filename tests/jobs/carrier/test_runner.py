"""A job carried out: what it tells, in which order, and that the same job gives the same masks."""

import json
from pathlib import Path

import numpy as np
import pytest

from mfvis_engine.annotation import Annotations
from mfvis_engine.jobs.carrier import previews
from mfvis_engine.jobs.carrier.previews import Previews
from mfvis_engine.jobs.carrier.runner import carry_out
from mfvis_engine.jobs.carrier.settings import TrainingLimitsError
from mfvis_engine.jobs.carrier.weights import UntrainedWeightsError, read_weights
from mfvis_engine.jobs.desk import Wish
from mfvis_engine.jobs.errors import ClipError, JobCancelledError, UnknownBlobError
from mfvis_engine.jobs.events import FrameDone, Learned, Paused, Preview, Progress, Resumed, Stage, Started, Warned
from mfvis_engine.jobs.job import BackboneWeights, LearnedWeights, PredictJob, TrainingLimits, TrainJob
from mfvis_engine.metrics import region_similarity
from mfvis_engine.training import NothingToLearnError
from tests.jobs.disc_job import TRACK_ID, NotingDesk, carried_out, disc_annotations, disc_clip, disc_job, tiny_weights
from tests.training.scenes import LENGTH, disc_masks


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A desk after an undisturbed job."""
    return carried_out(tmp_path_factory.mktemp("done"))


def test_it_tells_the_start_previews_progress_what_was_learned_and_every_frame(done):
    kinds = [type(event) for event in done.events]
    assert kinds[0] is Started
    assert kinds.index(Preview) < kinds.index(Learned) < kinds.index(FrameDone)
    assert sorted(done.frames()) == list(range(LENGTH))
    assert not done.of(Warned)
    (started,) = done.of(Started)
    assert started.device.startswith("cpu")
    assert json.loads(started.settings)["steps"] == 10
    assert done.of(Preview)[0].step == 0


def test_without_previews_there_is_the_first_one_alone(done, tmp_path, monkeypatch):
    monkeypatch.setattr(previews, "_MOST_SHARE", 1e9)
    monkeypatch.setattr(Previews.__init__, "__defaults__", (0.0,))
    assert len(carried_out(tmp_path / "with", NotingDesk(tmp_path / "with")).of(Preview)) > 1
    desk = carried_out(tmp_path / "without", NotingDesk(tmp_path / "without"), previews=False)
    assert [preview.step for preview in desk.of(Preview)] == [0]
    assert desk.frames() == done.frames()


def test_progress_goes_through_the_stages_to_their_ends(done):
    told = done.of(Progress)
    stages = [progress.stage for progress in told]
    assert sorted(set(stages), key=stages.index) == [Stage.READING, Stage.TRAINING, Stage.PREDICTING]
    assert all(0 <= progress.fraction_done <= 1 for progress in told)
    last_step = [progress for progress in told if progress.stage is Stage.TRAINING][-1]
    assert last_step.step == 10
    assert last_step.losses.projection > 0
    assert (told[-1].step, told[-1].fraction_done) == (LENGTH, 1.0)


def test_what_was_learned_is_kept_and_can_be_predicted_with(done, tmp_path):
    (learned,) = done.of(Learned)
    assert learned.steps == 10
    assert read_weights(done.blob(learned.blob)).config.widths == (8, 16, 16)
    desk = NotingDesk(tmp_path)
    desk.blobs_folder = done.blobs_folder
    job = PredictJob(
        clip=disc_clip(tmp_path), annotations=disc_annotations(), device="cpu", weights=LearnedWeights(learned.blob)
    )
    carry_out(job, Path(job.clip.path), desk)
    assert desk.of(Started)[0].settings == ""
    assert not desk.of(Learned)
    assert sorted(desk.frames()) == list(range(LENGTH))


def test_a_train_job_ends_with_what_was_learned_and_a_preview(tmp_path):
    desk = NotingDesk(tmp_path)
    segment = disc_job(desk)
    job = TrainJob(
        clip=segment.clip, annotations=segment.annotations, device="cpu", start=segment.start, limits=segment.limits
    )
    carry_out(job, Path(job.clip.path), desk)
    assert desk.of(Learned)
    assert 0 <= desk.of(Preview)[-1].step <= 10  # masks that did not change are not told again
    assert not desk.of(FrameDone)


def test_frames_nearest_to_the_view_come_first_and_the_masks_are_the_same(done, tmp_path):
    def look_elsewhere(desk):
        desk.focus = 0 if len(desk.frames()) == 2 else desk.focus
        return Wish.RUN

    desk = carried_out(tmp_path, NotingDesk(tmp_path, focus=LENGTH - 1, wishes=look_elsewhere))
    order = [event.masks.frame_index for event in desk.of(FrameDone)]
    assert order[0] == LENGTH - 1
    assert order[-1] < LENGTH - 1
    assert order != sorted(order)
    assert desk.frames() == done.frames()


def test_only_the_frames_asked_for_are_predicted(tmp_path):
    desk = carried_out(tmp_path, frames=(5, 2, 5))
    assert sorted(desk.frames()) == [2, 5]


def test_the_masks_are_those_of_the_object(done):
    found = [done.frames()[t].labels() == TRACK_ID for t in range(LENGTH)]
    assert np.mean([region_similarity(f, m) for f, m in zip(found, disc_masks(), strict=True)]) > 0.8
    assert all(0.5 < done.frames()[t].scores[0] <= 1 for t in range(LENGTH))


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9, 0.99])
def test_cancelled_at_any_moment_it_stops_and_what_was_told_is_whole(done, tmp_path, share):
    desk = NotingDesk(tmp_path)
    desk.wishes = lambda desk: Wish.CANCEL if desk.asked > share * done.asked else Wish.RUN
    with pytest.raises(JobCancelledError):
        carried_out(tmp_path, desk)
    assert desk.asked <= share * done.asked + 2
    assert all(done.frames()[t] == masks for t, masks in desk.frames().items())


@pytest.mark.parametrize("share", [0.1, 0.5, 0.97])
def test_paused_it_waits_and_then_ends_the_same(done, tmp_path, share):
    def hold_up(desk):
        return Wish.PAUSE if 0 < desk.asked - share * done.asked <= 3 else Wish.RUN

    desk = carried_out(tmp_path, NotingDesk(tmp_path, wishes=hold_up))
    held = [type(event) for event in desk.events if isinstance(event, Paused | Resumed)]
    assert held == [Paused, Resumed]
    assert desk.frames() == done.frames()


def test_cancelled_while_paused_it_stops(tmp_path):
    def wish(desk):
        return Wish.RUN if desk.asked < 30 else Wish.PAUSE if desk.asked < 33 else Wish.CANCEL

    desk = NotingDesk(tmp_path, wishes=wish)
    with pytest.raises(JobCancelledError):
        carried_out(tmp_path, desk)
    assert desk.of(Paused)
    assert not desk.of(Resumed)


def test_frames_of_an_earlier_attempt_are_not_made_again(done, tmp_path):
    first = carried_out(tmp_path)
    desk = NotingDesk(tmp_path, attempt=2, done=frozenset(range(8)))
    carried_out(tmp_path, desk)
    assert desk.frames() == {t: done.frames()[t] for t in (8, 9)}
    assert desk.of(Learned) == first.of(Learned)
    assert not desk.of(Preview)


def test_frames_of_a_network_that_is_lost_are_made_again(tmp_path):
    desk = carried_out(tmp_path, NotingDesk(tmp_path, attempt=2, done=frozenset(range(8))))
    assert sorted(desk.frames()) == list(range(LENGTH))


def test_damaged_snapshots_are_told_and_training_begins_anew(done, tmp_path):
    carried_out(tmp_path)
    damaged = tmp_path / "job" / "training" / "learned.safetensors"
    damaged.write_bytes(damaged.read_bytes()[:-50])
    desk = carried_out(tmp_path, NotingDesk(tmp_path, attempt=2))
    assert "begins anew" in desk.of(Warned)[0].message
    assert desk.frames() == done.frames()


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"annotations": Annotations(())}, NothingToLearnError, "Draw or import"),
        ({"frames": (3, 10)}, ClipError, "frame 10; the clip has the frames 0 to 9"),
        ({"limits": TrainingLimits(steps=0)}, TrainingLimitsError, "steps of training are limited to 0"),
        ({"start": LearnedWeights("0" * 64)}, UnknownBlobError, "000"),
    ],
)
def test_what_a_person_can_mend_is_said(tmp_path, changes, error, words):
    with pytest.raises(error, match=words):
        carried_out(tmp_path, **changes)


def test_a_backbone_alone_cannot_predict(tmp_path):
    desk = NotingDesk(tmp_path)
    clip = disc_clip(tmp_path)
    job = PredictJob(clip=clip, annotations=disc_annotations(), device="cpu", weights=BackboneWeights("some/name"))
    with pytest.raises(UntrainedWeightsError, match=r"some/name.*Train with it first"):
        carry_out(job, Path(clip.path), desk)


def test_a_clip_of_another_size_is_refused(tmp_path):
    desk = NotingDesk(tmp_path)
    job = disc_job(desk, start=tiny_weights(desk))
    np.save(tmp_path / "other.npy", np.zeros((3, 8, 8, 3), np.uint8))
    with pytest.raises(ClipError, match="but \\(10, 48, 64\\) where the job was made"):
        carry_out(job, tmp_path / "other.npy", desk)
