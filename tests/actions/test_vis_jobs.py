"""Models for many videos on a real engine: the same as here, whatever happens to the worker."""

import contextlib
import dataclasses
import re
from pathlib import Path

import msgspec
import numpy as np
import psutil
import pytest
import torch

from mfvis_engine.actions.vis_jobs import ModelRequest, Watch, predict_project_elsewhere, train_model_elsewhere
from mfvis_engine.actions.vis_model import VisModelFolder, load_vis_model
from mfvis_engine.actions.vis_model_files import VisModelError, VisModelFiles
from mfvis_engine.actions.vis_prediction import predict_project
from mfvis_engine.inference.vis import VisInferenceSettings
from mfvis_engine.jobs.board import file_service
from mfvis_engine.jobs.client.engine import Engine
from mfvis_engine.jobs.errors import JobCancelledError, JobFailedError
from mfvis_engine.jobs.events import Progress, Stage, Started
from mfvis_engine.jobs.files.clips import locate_clip
from mfvis_engine.models import Device
from mfvis_engine.models.video_mask2former.checkpoint import save_video_model
from mfvis_engine.project import Project
from tests.jobs.faulty_runner import CARRIER
from tests.jobs.vis_scene import (
    CLASS_NAMES,
    EVERYTHING,
    SAVED_EVERY_STEPS,
    SETTINGS,
    assert_same_weights,
    project_of,
    settings_json,
    small_model,
    weights,
)

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def engine():
    with Engine.start(carrier=CARRIER) as engine:
        yield engine


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("vis")


@pytest.fixture(scope="module")
def projects(folder):
    return [project_of(folder, index) for index in range(2)]


@pytest.fixture(scope="module")
def start(folder):
    """The folder of a small model."""
    save_video_model(folder / "start" / "model.safetensors", small_model())
    return folder / "start"


@pytest.fixture
def request_of(projects, start):
    return lambda **changes: ModelRequest(projects, start=start, settings=settings_json(**changes))


class Ears(list):
    """All events, and something done once, at the first progress of training."""

    def __init__(self, act=lambda: None, after_step=0):
        super().__init__()
        self._act, self._after_step = act, after_step
        self.handle = None

    def __call__(self, event):
        self.append(event)
        if self._act and isinstance(event, Progress) and event.step > self._after_step:
            self._act()
            self._act = None

    def watch(self, **changes):
        return Watch(self, on_handle=lambda handle: setattr(self, "handle", handle), **changes)

    def of(self, kind):
        return [event for event in self if isinstance(event, kind)]


def kill_worker():
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if any("spawn_main" in word for word in child.cmdline()):
                child.kill()


def test_a_model_is_trained_whose_worker_is_killed_and_it_is_that_of_an_undisturbed_training(
    engine, request_of, projects, tmp_path
):
    steps = 2 * SAVED_EVERY_STEPS + 2
    undisturbed = train_model_elsewhere(engine, tmp_path / "undisturbed", request_of(steps=steps))
    ears = Ears(kill_worker, after_step=SAVED_EVERY_STEPS)
    trained = train_model_elsewhere(engine, tmp_path / "killed", request_of(steps=steps), ears.watch())
    assert [event.attempt for event in ears.of(Started)] == [1, 2]
    again = ears[ears.index(ears.of(Started)[1]) :]
    assert min(event.step for event in again if isinstance(event, Progress)) > SAVED_EVERY_STEPS
    loaded = load_vis_model(tmp_path / "killed")
    assert_same_weights(weights(loaded.model), weights(load_vis_model(tmp_path / "undisturbed").model))
    assert loaded.model.config.class_names == trained.class_names == undisturbed.class_names == CLASS_NAMES
    assert loaded.details == VisModelFolder(tmp_path / "killed").details()
    assert loaded.details.settings == dataclasses.replace(SETTINGS, steps=steps)
    assert loaded.details.videos == tuple(path.stem for path in projects)
    assert (loaded.details.start, loaded.details.boxes_only) == (trained.start, False)
    assert loaded.details.seconds == round(trained.learned.seconds, 1) > 0
    assert (tmp_path / "killed" / "log.csv").read_text(encoding="utf-8").count("\n") == 1 + steps


def test_training_again_goes_on_from_the_model_with_its_settings(engine, request_of, projects, tmp_path):
    train_model_elsewhere(engine, tmp_path / "model", request_of(steps=1))
    before = weights(load_vis_model(tmp_path / "model").model)
    ears = Ears()
    again = train_model_elsewhere(engine, tmp_path / "model", ModelRequest(projects, steps=2), ears.watch())
    assert again.start == str(tmp_path / "model")
    assert again.learned.steps == 2
    assert msgspec.json.decode(ears.of(Started)[0].settings)["clips"]["short_sides"] == [32]
    after = weights(load_vis_model(tmp_path / "model").model)
    assert any(not torch.equal(after[name], before[name]) for name in before)


def test_a_cancelled_training_leaves_no_model(engine, request_of, tmp_path):
    ears = Ears(lambda: ears.handle.cancel())
    with pytest.raises(JobCancelledError):
        train_model_elsewhere(engine, tmp_path / "model", request_of(steps=10_000), ears.watch())
    assert not (tmp_path / "model").exists()
    assert all(event.stage is Stage.TRAINING for event in ears.of(Progress))


def test_videos_that_the_engine_does_not_see_are_sent_once_each(engine, request_of, projects, tmp_path, monkeypatch):
    monkeypatch.setattr(file_service, "locate_clip", _kept_only)
    sizes = [path.with_suffix(".npy").stat().st_size for path in projects]
    for told_before in (False, True):
        told = []
        watch = Watch(on_sent=lambda sent, total: told.append((sent, total)))  # noqa: B023
        twice = dataclasses.replace(request_of(steps=1), projects=[*projects, projects[0]])
        train_model_elsewhere(engine, tmp_path / "model", twice, watch)
        assert told == ([] if told_before else [(sizes[0], sum(sizes)), (sum(sizes), sum(sizes))])


def test_a_project_predicted_on_an_engine_has_the_proposals_of_one_predicted_here(engine, start, tmp_path):
    runs = []
    for name in ("here", "there"):
        with Project.open(project_of(tmp_path / name, 0)) as project:
            if name == "here":
                settings = msgspec.convert(EVERYTHING, VisInferenceSettings)
                report = predict_project(
                    project, load_vis_model(start), start, settings, Device.choose("cpu"), min_score=0.0
                )
            else:
                report = predict_project_elsewhere(engine, project, start, settings=EVERYTHING, min_score=0.0)
            run = project.run(report.run_id)
            masks = np.stack([run.read_masks(t) for t in range(project.length)])
            runs.append((run.track_ids, run.proposed_tracks, run.scores().tolist(), masks.tolist()))
            facts = (report.frame_count, report.known_track_ids, report.missed_track_ids, report.device)
            runs[-1] += (
                facts,
                [dataclasses.replace(line, run_id="") for line in report.found],
                dict(run.info.settings),
            )
    here, there = runs
    assert here == there
    assert here[1] or here[4][1]


def test_the_documented_example_runs(engine, start, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Engine, "start", lambda: contextlib.nullcontext(engine))
    for name, index in (("walk", 0), ("run", 1), ("swim", 0)):
        project_of(tmp_path / name, index).rename(tmp_path / f"{name}.mfvis")
    documented = (Path(__file__).parents[2] / "docs" / "engine.md").read_text(encoding="utf-8")
    *_, example = re.findall(r"```python\n(.*?)```", documented, re.DOTALL)
    for before, after in {
        "steps=500": f"start=Path({str(start)!r}), settings={settings_json(steps=1)!r}",
        "watch=watch)\n": f"settings={EVERYTHING}, min_score=0.0, watch=watch)\n",
    }.items():
        assert example.count(before) == 1
        example = example.replace(before, after)
    exec(compile(example, "engine.md", "exec"), {})
    said = capsys.readouterr().out
    assert "after 1 steps" in said
    assert re.search(r"\d+ new objects in run \d{8}-", said)


def test_where_nothing_is_found_the_reason_is_raised_and_no_run_is_left(engine, start, tmp_path):
    with Project.open(project_of(tmp_path, 0)) as project:
        with pytest.raises(JobFailedError, match="No object scores 1 or more"):
            predict_project_elsewhere(engine, project, start, settings=EVERYTHING, min_score=1.0)
        assert project.runs() == ()


def test_a_model_that_is_nowhere_is_named(engine, projects, tmp_path):
    with pytest.raises(VisModelError, match=r"no model at .*missing.*mfvis train"):
        train_model_elsewhere(engine, tmp_path / "model", ModelRequest(projects, start=tmp_path / "missing"))
    assert VisModelFiles.at(tmp_path).short_side() is None


def _kept_only(clip, shelf):
    """As where the engine does not see the disk of the client."""
    return locate_clip(msgspec.structs.replace(clip, path="/elsewhere"), shelf)
