import dataclasses
from pathlib import Path

import msgspec
import pytest
import torch

from mfvis_engine.actions.training_sets import projects_set
from mfvis_engine.jobs.carrier.runner import carry_out
from mfvis_engine.jobs.carrier.vis_models import load_model
from mfvis_engine.jobs.carrier.vis_training import JobSettingsError, vis_settings
from mfvis_engine.jobs.client.vis_requests import labelled_clips
from mfvis_engine.jobs.desk import Wish
from mfvis_engine.jobs.errors import ClipError, JobCancelledError
from mfvis_engine.jobs.events import ModelLearned, Progress, Stage, Started, Warned
from mfvis_engine.jobs.job import VisTrainJob
from mfvis_engine.jobs.video_model import ModelSize, ReleasedModel
from mfvis_engine.models.video_mask2former import VideoMask2Former
from mfvis_engine.models.video_mask2former.config import ModelConfigError
from mfvis_engine.models.video_mask2former.released import write_released
from mfvis_engine.training.vis.labelled_video import LabelledSet
from mfvis_engine.training.vis.settings import SMALL, STANDARD, VisTrainSettings
from mfvis_engine.training.vis.trainer import VisTrainer
from tests.jobs.disc_job import NotingDesk
from tests.jobs.vis_scene import (
    CLASS_NAMES,
    CPU,
    SAVED_EVERY_STEPS,
    SETTINGS,
    assert_same_weights,
    kept,
    project_of,
    settings_json,
    small_model,
    weights,
)
from tests.models.video_mask2former.shapes import LIKE_A_RELEASED_ONE

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def projects(tmp_path_factory):
    folder = tmp_path_factory.mktemp("projects")
    return [project_of(folder, index) for index in range(2)]


@pytest.fixture
def desk(tmp_path):
    return NotingDesk(tmp_path)


def job_on(projects, desk, **changes):
    return VisTrainJob(
        videos=labelled_clips(projects),
        start=kept(desk, small_model()),
        settings=settings_json(**changes),
        device="cpu",
    )


def train(job, desk):
    carry_out(job, Path(job.videos[0].clip.path), desk)
    (learned,) = desk.of(ModelLearned)
    return learned, weights(load_model(learned.model, desk).model)


def directly(projects, **changes):
    """The weights of a training without any job."""
    labelled = projects_set(projects)
    rows = [CLASS_NAMES.index(name) for name in labelled.class_names]
    videos = [dataclasses.replace(v, class_index=torch.tensor(rows).numpy()[v.class_index]) for v in labelled.videos]
    trainer = VisTrainer(
        small_model(), LabelledSet(CLASS_NAMES, tuple(videos)), dataclasses.replace(SETTINGS, **changes), CPU
    )
    trainer.run()
    return weights(trainer.result)


def test_a_job_learns_what_training_here_learns(projects, desk):
    learned, found = train(job_on(projects, desk), desk)
    assert_same_weights(found, directly(projects))
    assert (learned.steps, learned.released) == (SETTINGS.steps, "")
    assert desk.blob(learned.log).read_text(encoding="utf-8").count("\n") == 1 + SETTINGS.steps
    (started,) = desk.of(Started)
    assert desk.events[0] is started
    assert msgspec.json.decode(started.settings, type=VisTrainSettings) == SETTINGS
    told = desk.of(Progress)
    assert {progress.stage for progress in told} == {Stage.TRAINING}
    assert (told[-1].step, told[-1].fraction_done) == (SETTINGS.steps, 1.0)
    assert all(progress.loss > 0 for progress in told)


def test_a_training_that_is_stopped_goes_on_where_it_was(projects, tmp_path):
    stops = NotingDesk(tmp_path, lambda desk: Wish.CANCEL if desk.asked > 5 else Wish.RUN)
    job = job_on(projects, stops, steps=6)
    with pytest.raises(JobCancelledError):
        train(job, stops)
    assert stops.of(ModelLearned) == []
    again = NotingDesk(tmp_path, attempt=2)
    learned, found = train(job, again)
    assert 1 < again.of(Progress)[0].step <= 6
    assert_same_weights(found, directly(projects, steps=6))
    assert again.blob(learned.log).read_text(encoding="utf-8").count("\n") == 1 + 6


def test_one_that_had_ended_tells_the_same_again(projects, tmp_path):
    first, second = NotingDesk(tmp_path), NotingDesk(tmp_path, attempt=2)
    job = job_on(projects, first)
    learned, _ = train(job, first)
    assert train(job, second)[0] == learned
    assert second.of(Progress) == []


def test_what_was_saved_and_is_damaged_begins_anew_with_a_word(projects, tmp_path):
    desk = NotingDesk(tmp_path)
    job = job_on(projects, desk, steps=SAVED_EVERY_STEPS)
    learned, _ = train(job, desk)
    (state,) = (desk.folder / "training").glob("*.json")
    state.write_text("torn", encoding="utf-8")
    again = NotingDesk(tmp_path, attempt=2)
    assert train(job, again)[0].model == learned.model
    assert "begins anew" in again.of(Warned)[0].message


def test_classes_that_the_model_does_not_know_are_added(projects, desk):
    job = msgspec.structs.replace(job_on(projects, desk, steps=1), start=kept(desk, small_model(("yak", "zebu"))))
    learned, _ = train(job, desk)
    names = sorted({name for video in job.videos for name in video.categories})
    assert load_model(learned.model, desk).model.config.class_names == ("yak", "zebu", *names)


def test_a_released_model_is_started_from_and_what_became_of_its_tensors_is_told(projects, desk):
    torch.manual_seed(0)
    write_released(desk.folder / "model.pth", VideoMask2Former(LIKE_A_RELEASED_ONE))
    released = ReleasedModel(desk.keep_blob(desk.folder / "model.pth"))
    learned, _ = train(msgspec.structs.replace(job_on(projects, desk, steps=1), start=released), desk)
    assert load_model(learned.model, desk).model.config.class_names == CLASS_NAMES
    assert "taken" in learned.released
    assert load_model(released, desk).model.config.class_count == 2
    named = load_model(ReleasedModel(released.blob, ("yak", "zebu")), desk)
    assert named.model.config.class_names == ("yak", "zebu")
    with pytest.raises(ModelConfigError, match="knows 2 classes"):
        load_model(ReleasedModel(released.blob, ("yak",)), desk)


@pytest.mark.parametrize("change", [{"boxes_xyxy": b"1234"}, {"annotated": b""}])
def test_what_does_not_fit_the_clip_is_refused(projects, desk, change):
    job = job_on(projects, desk)
    torn = msgspec.structs.replace(job.videos[1], **change)
    with pytest.raises(ClipError, match="Submit again"):
        train(msgspec.structs.replace(job, videos=(job.videos[0], torn)), desk)


def test_without_settings_those_that_suit_the_start_are_taken(projects, desk):
    job = job_on(projects, desk)
    assert vis_settings(msgspec.structs.replace(job, settings="")) == STANDARD
    from_nothing = msgspec.structs.replace(job, settings="", start=ModelSize("tiny"), steps=7)
    assert vis_settings(from_nothing) == dataclasses.replace(SMALL, steps=7)


@pytest.mark.parametrize("settings", ["{", '{"steps": "many"}', '{"steps": 0}'])
def test_settings_that_are_none_are_refused(projects, desk, settings):
    job = msgspec.structs.replace(job_on(projects, desk), settings=settings)
    with pytest.raises(JobSettingsError, match="Change them"):
        vis_settings(job)
