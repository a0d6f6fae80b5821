"""`mfvis train` and `mfvis predict` with `--engine`: what is said and made is as without."""

import dataclasses
import re
import shutil

import pytest

from mfvis_engine.actions.vis_model import VisModelFolder, load_vis_model
from mfvis_engine.cli.engine_bar import EngineBar
from mfvis_engine.jobs.client.engine import Engine
from mfvis_engine.jobs.events import JobState, Progress, Stage
from mfvis_engine.models.video_mask2former import save_video_model, write_released
from mfvis_engine.project import Project
from tests.actions.vis_training import CHANGES, small_model
from tests.cli.conftest import LENGTH, said
from tests.jobs.vis_scene import assert_same_weights, project_of, weights
from tests.models.video_mask2former.shapes import LIKE_A_RELEASED_ONE, SMALL
from tests.models.video_mask2former.sure_model import sure_model

FEW = ["--preset", "small", *(word for name, value in CHANGES.items() for word in ("--set", f"{name}={value}"))]
CPU = ["--device", "cpu"]


@pytest.fixture(scope="module")
def engine():
    with Engine.start() as started:
        yield started


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def projects(tmp_path):
    """Two projects with two objects each, of three classes."""
    return [project_of(tmp_path, index).relative_to(tmp_path) for index in range(2)]


@pytest.fixture
def start(tmp_path):
    """Weights of a model that is small enough, and knows one class."""
    save_video_model(tmp_path / "start" / "model.safetensors", small_model("bee"))
    return "start"


@pytest.fixture
def my_model(tmp_path):
    """A model that sees dogs everywhere."""
    save_video_model(tmp_path / "my-model" / "model.safetensors", sure_model(SMALL, 1))
    return "my-model"


@pytest.fixture
def released(tmp_path):
    """A released file of 40 classes that sees the sixth everywhere."""
    config = dataclasses.replace(LIKE_A_RELEASED_ONE, class_names=tuple(map(str, range(40))))
    write_released(tmp_path / "model_final.pth", sure_model(config, 5))
    return "model_final.pth"


@pytest.fixture
def interrupted(monkeypatch):
    """A function that lets Ctrl+C be pressed at the first progress of a stage."""

    def at(stage):
        def told(self, event):
            if isinstance(event, Progress) and event.stage is stage:
                raise KeyboardInterrupt

        monkeypatch.setattr(EngineBar, "__call__", told)

    return at


def proposals(path):
    with Project.open(path, read_only=True) as project:
        return [(one.track.track_id, one.track.category) for one in project.open_proposals()]


def timeless(text):
    """What was said, without times and ids of runs."""
    return re.sub(r"\d+(\.\d)? s\b|\d{8}-\S+", "...", said(text))


def test_training_says_and_makes_the_same_as_here(run, projects, start, at_engine, tmp_path):
    words = ["train", *projects, "--start-from", start, *FEW, *CPU]
    here = run(*words)
    assert here.exit_code == 0, here.stderr
    made_here = load_vis_model(tmp_path / "my-model")
    shutil.rmtree(tmp_path / "my-model")
    there = run(*words, *at_engine)
    assert there.exit_code == 0, there.stderr
    assert timeless(there.stdout) == timeless(here.stdout)
    assert "Learned from 4 objects in 2 videos" in said(there.stdout)
    assert "New to the model: ape, cat." in there.stdout
    assert timeless(there.stderr).count("step 3 of 3, loss") == timeless(here.stderr).count("step 3 of 3, loss") == 1
    made_there = load_vis_model(tmp_path / "my-model")
    assert made_there.details.settings == made_here.details.settings
    assert made_there.details.videos == made_here.details.videos
    assert made_there.model.config.class_names == made_here.model.config.class_names == ("bee", "ape", "cat")


def test_training_again_goes_on_with_the_model_and_its_settings(run, projects, start, at_engine, tmp_path):
    assert run("train", projects[0], "--start-from", start, *FEW, *CPU, *at_engine).exit_code == 0
    again = run("train", *projects, "--steps", 2, "--boxes-only", *CPU, *at_engine)
    assert again.exit_code == 0, again.stderr
    assert "Started from my-model" in said(again.stdout)
    assert "Steps 2 in" in said(again.stdout)
    assert "New to the model" not in again.stdout  # it knew bees from the start
    details = VisModelFolder(tmp_path / "my-model").details()
    assert (details.settings.steps, details.settings.clips.short_sides, details.boxes_only) == (2, (32,), True)


def test_a_training_that_ctrl_c_ends_is_cancelled_and_leaves_the_model(
    run, projects, my_model, at_engine, engine, interrupted, tmp_path
):
    before = weights(load_vis_model(tmp_path / my_model).model)
    interrupted(Stage.TRAINING)
    done = run("train", *projects, *FEW, "--steps", 100_000, *CPU, *at_engine)
    assert done.exit_code == 130
    assert "Warning: The job was cancelled, and the model in my-model is as it was." in said(done.stderr)
    assert "Error: Interrupted." in said(done.stderr)
    assert_same_weights(weights(load_vis_model(tmp_path / my_model).model), before)
    assert_cancelled(engine)
    done = run("train", *projects, "--start-from", my_model, *FEW, "--model", "other", *CPU, *at_engine)
    assert "The job was cancelled, and left no model." in said(done.stderr)
    assert not (tmp_path / "other").exists()


def assert_cancelled(engine):
    last = engine.jobs()[-1]
    assert last.state in (JobState.CANCELLED, JobState.RUNNING)
    with pytest.raises(Exception, match="was cancelled"):
        engine.job(last.job_id).wait()


def test_what_an_engine_cannot_train_says_so(run, projects, my_model, at_engine, tmp_path):
    for words, told in (
        (["--set", "passes_per_step=3"], "cannot be shared evenly"),
        (["--start-from", "nothing"], "There is no model at nothing"),
        (["--size", "huge", "--model", "other"], "no model size 'huge'. Choose one of"),
    ):
        done = run("train", *projects, *FEW, *words, *CPU, *at_engine)
        assert done.exit_code == 1, words
        assert told in said(done.stderr)
    assert not (tmp_path / "other").exists()


def test_a_training_that_was_stopped_here_is_not_lost(run, projects, at_engine, monkeypatch):
    monkeypatch.setattr(VisModelFolder, "has_snapshot", True)
    done = run("train", *projects, *FEW, *CPU, *at_engine)
    assert done.exit_code == 1
    assert "Go on with it here, with --resume and without --engine, or delete" in said(done.stderr)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["train", "a.mfvis", "--engine", "tls://gpu:8786"], "Give both or neither"),
        (["train", "--coco-vis", "a.json", "--frames", "f", "--engine", "local"], "learns from projects alone"),
        (["train", "a.mfvis", "--resume", "--engine", "local"], "keeps no training that was stopped"),
        (["predict", "m", "a.mfvis", "--certificates", "c"], "Give both or neither"),
        (
            ["predict", "m", "--coco-vis", "a.json", "--frames", "f", "--results", "r.json", "--engine", "local"],
            "the video of one project",
        ),
        (["predict", "m", "a.mfvis", "--classes", "a,b", "--engine", "local"], "names its classes itself"),
    ],
)
def test_what_does_not_go_together_is_told(run, words, told):
    done = run(*words)
    assert done.exit_code == 2
    assert told in said(re.sub(r"[│╭╮╰╯─]", " ", done.stderr))


def test_torchrun_and_an_engine_do_not_go_together(run, monkeypatch):
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "none")
    done = run("train", "a.mfvis", "--engine", "local")
    assert done.exit_code == 2
    assert "without torchrun" in said(done.stderr.replace("│", ""))


def test_prediction_says_and_finds_the_same_as_here(run, projects, my_model, at_engine):
    words = ["predict", my_model, projects[0], "--short-side", 32, "--window", 4, *CPU]
    made, said_there = [], []
    for place in ([], at_engine):
        shutil.copytree(projects[0], "before", dirs_exist_ok=True)
        done = run(*words, *place)
        assert done.exit_code == 0, done.stderr
        made.append(proposals(projects[0]))
        said_there.append((timeless(done.stdout), timeless(done.stderr)))
        shutil.rmtree(projects[0])
        shutil.move("before", projects[0])
    here, there = said_there
    assert there == here
    assert made[0] == made[1]
    assert {category for _, category in made[1]} == {"dog"}
    assert "Device cpu" in there[0]


def test_a_video_becomes_a_project_whose_objects_are_adopted(run, my_model, video_path, at_engine):
    done = run("predict", my_model, video_path, "--short-side", 32, "--adopt", *CPU, *at_engine)
    assert done.exit_code == 0, done.stderr
    assert f"Frames {LENGTH} in" in said(done.stdout)
    assert "Done: adopt proposed track" in done.stdout
    with Project.open("clip.mfvis", read_only=True) as project:
        assert {track.category for track in project.annotations().tracks} == {"dog"}


def test_where_nothing_is_found_no_project_is_left(run, start, video_path, at_engine, tmp_path):
    done = run("predict", start, video_path, "--short-side", 32, "--min-score", 1, *CPU, *at_engine)
    assert done.exit_code == 1
    assert "No object scores 1 or more" in said(done.stderr)
    assert not list(tmp_path.glob("*.mfvis"))


def test_windows_that_share_too_much_are_told(run, my_model, video_path, at_engine):
    done = run("predict", my_model, video_path, "--window", 4, "--overlap", 4, *CPU, *at_engine)
    assert done.exit_code == 1
    assert "Windows must overlap by fewer frames than they have" in said(done.stderr)


def test_ctrl_c_leaves_no_project(run, my_model, video_path, at_engine, engine, interrupted, tmp_path):
    interrupted(Stage.PREDICTING)
    done = run("predict", my_model, video_path, "--short-side", 32, *CPU, *at_engine)
    assert done.exit_code == 130
    assert "Warning: The job was cancelled, and nothing is proposed." in said(done.stderr)
    assert not list(tmp_path.glob("*.mfvis"))


@pytest.mark.parametrize(("classes", "category"), [(["--classes", "youtube-vis-2019"], "sedan"), ([], "class 6")])
def test_a_released_checkpoint(run, released, projects, at_engine, classes, category):
    done = run("predict", released, projects[0], *classes, "--short-side", 32, *CPU, *at_engine)
    assert done.exit_code == 0, done.stderr
    nameless = "Warning: model_final.pth does not name its classes. Do so with --classes."
    assert (nameless in said(done.stderr)) is not bool(classes)
    assert {name for _, name in proposals(projects[0])} == {category}


def test_too_few_classes_and_no_model_are_told(run, released, video_path, at_engine, tmp_path):
    for words, told in (
        ([released, video_path, "--classes", "cat,dog"], "The model knows 40 classes, and 2 names were given"),
        (["nowhere", video_path], "There is no model at nowhere"),
    ):
        done = run("predict", *words, *CPU, *at_engine)
        assert done.exit_code == 1
        assert told in said(done.stderr)
    assert not list(tmp_path.glob("*.mfvis"))
