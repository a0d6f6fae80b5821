"""`mfvis train`: from projects, from COCO-VIS files, and from both."""

import dataclasses
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mfvis_engine.actions.vis_model import VisModelFolder, load_vis_model
from mfvis_engine.models.video_mask2former import VideoMask2Former, save_video_model
from mfvis_engine.training.vis.settings import SMALL, STANDARD, setting_names
from tests.actions.vis_training import CHANGES, class_names_of, coco_vis, small_model
from tests.cli.conftest import said

ROOT = Path(__file__).parents[2]
FEW = [word for name, value in CHANGES.items() for word in ("--set", f"{name}={value}")]


@pytest.fixture
def source(tmp_path):
    return coco_vis(tmp_path / "data")


@pytest.fixture
def files(source):
    return ["--coco-vis", source.json_path, "--frames", source.frames_dir]


@pytest.fixture
def start(tmp_path):
    """Weights of a model that is small enough."""
    path = tmp_path / "start" / "model.safetensors"
    save_video_model(path, small_model("cell"))
    return path


def steps_logged(folder):
    return [int(line.split(",")[0]) for line in (folder / "log.csv").read_text(encoding="utf-8").splitlines()[1:]]


def test_a_project_and_a_file_are_learned_from_together(run, boxed_project, files, start, source, tmp_path):
    folder = tmp_path / "my-model"
    options = ["--model", folder, "--device", "cpu"]
    done = run("train", boxed_project, *files, *options, "--start-from", start, "--preset", "small", *FEW)
    assert done.exit_code == 0, done.stderr
    classes = ("cell", *class_names_of(source), "egg")
    text = said(done.stdout)
    assert re.search(r"Learned from \d+ objects in 3 videos", text)
    assert f"Classes {', '.join(classes)}" in text
    assert f"New to the model: {', '.join(classes[1:])}." in text
    assert "Device cpu (float32)" in text
    assert f"Next: mfvis predict {folder} VIDEO" in text
    assert "step 3 of 3, loss" in said(done.stderr)
    assert load_vis_model(folder).model.config.class_names == classes
    again = run("train", boxed_project.with_suffix(""), *options, "--steps", "2")
    assert again.exit_code == 0, again.stderr
    assert f"Started from {folder}" in said(again.stdout)
    assert steps_logged(folder) == [1, 2]
    assert VisModelFolder(folder).details().settings.clips_per_step == 2  # as before
    assert load_vis_model(folder).model.config.class_names == classes


def test_objects_without_a_query_are_told_once(run, boxed_project, tmp_path):
    one_query = dataclasses.replace(small_model("cell").config, query_count=1)
    path = tmp_path / "one.safetensors"
    save_video_model(path, VideoMask2Former(one_query))
    options = ["--model", tmp_path / "my-model", "--preset", "small", *FEW, "--set", "clips.frames=4"]
    done = run("train", boxed_project, *options, "--start-from", path, "--device", "cpu")
    assert done.exit_code == 0, done.stderr
    assert said(done.stderr).count("could not be learned from: the model has fewer queries") == 1


def test_settings_are_listed(run):
    listed = run("train", "--settings", "--preset", "standard", "--set", "optimizer.warmup_steps=7")
    assert listed.exit_code == 0
    assert all(name in listed.stdout for name in setting_names(STANDARD))
    assert re.search(r"optimizer.warmup_steps\W+7\b", listed.stdout)
    assert re.search(rf"steps\W+{SMALL.steps}\b", run("train", "--settings").stdout)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "nothing to learn from"),
        (["a.mfvis", "--preset", "big"], "no preset 'big'. Choose one of: paper, standard, small"),
        (["a.mfvis", "--set", "steps"], "write NAME=VALUE"),
        (["--coco-vis", "a.json"], "1 file and 0 folders"),
        (["a.mfvis", "--resume", "--steps", "9"], "Leave out --start-from, --preset, --steps and --set"),
    ],
)
def test_wrong_words_are_explained(run, words, told):
    done = run("train", *words)
    assert done.exit_code == 2
    assert told in said(re.sub(r"[│╭╮╰╯─]", " ", done.stderr))


def test_settings_that_cannot_be_are_explained(run, boxed_project, tmp_path):
    options = ["--model", tmp_path / "m", "--device", "cpu"]
    for words, told in (
        (["--set", "stepz=1"], "There is no setting 'stepz'"),
        (["--set", "steps=x"], "Expected `int`, got `str`"),
        (["--set", "passes_per_step=3"], "cannot be shared evenly"),
        (["--set", "precision=float16"], "float16 is for training on CUDA"),
        (["--size", "huge"], "no model size 'huge'. Choose one of"),
        (["--start-from", tmp_path / "nothing"], "There is no model at"),
        (["--resume"], "no training that could be gone on with"),
    ):
        done = run("train", boxed_project, *options, *words)
        assert done.exit_code == 1, words
        assert told in said(done.stderr)
        assert not VisModelFolder(tmp_path / "m").is_unfinished


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl+C cannot be sent to one process there")
def test_ctrl_c_stops_between_two_steps_and_resume_goes_on(run, boxed_project, start, tmp_path):
    folder = tmp_path / "my-model"
    words = ["train", str(boxed_project), "--model", str(folder), "--device", "cpu"]
    options = ["--start-from", str(start), "--preset", "small", *FEW, "--steps", "100000"]
    command = [sys.executable, "-m", "mfvis_engine.cli", *words, *options]
    environment = os.environ | {"COLUMNS": "500"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, encoding="utf-8") as process:
        while process.poll() is None and not (folder / "log.csv").exists():
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
        assert process.wait(60) == 130
    assert f"can go on: mfvis train {boxed_project} --model {folder} --resume" in rest
    assert "Error: Interrupted." in rest
    done = steps_logged(folder)
    assert done == list(range(1, done[-1] + 1))
    model = VisModelFolder(folder)
    assert (model.has_snapshot, model.is_trained) == (True, False)
    (snapshot,) = model.unfinished.glob("*.training.safetensors")
    assert int(snapshot.name.split(".")[0]) == done[-1]
    refused = run("train", boxed_project, "--model", folder)
    assert refused.exit_code == 1
    assert "has a training that was stopped. Go on with it with --resume" in said(refused.stderr)
