import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mfvis_engine.actions import vis_model
from mfvis_engine.annotation import Annotations, Keyframe, Track
from mfvis_engine.formats.coco_vis import read_ground_truth, read_results
from mfvis_engine.models.video_mask2former import save_video_model, write_released
from mfvis_engine.project import Project
from mfvis_engine.training.synthetic_videos import CLASS_NAMES, SyntheticVideoSettings, write_dataset
from tests.actions.colour_model import ColourModel, grown, squares_of
from tests.cli.conftest import said
from tests.inference.vis.colour_finder import squares_video
from tests.models.video_mask2former.shapes import LIKE_A_RELEASED_ONE, SMALL
from tests.models.video_mask2former.sure_model import sure_model

LENGTH = 8
RED = [(4 * t, 8) for t in range(LENGTH)]
GREEN = [(40, 40)] * LENGTH
SEDAN = 5
"""The sixth class of YouTube-VIS 2019."""


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def clip(tmp_path):
    """A video of a red cat that walks and a green dog, with a dot in its name."""
    np.save(tmp_path / "swim.1.npy", squares_video([RED, GREEN]).frames(0, LENGTH))
    return tmp_path / "swim.1.npy"


@pytest.fixture
def colour_model(monkeypatch):
    """Puts a model that sees colours in the place of any that is named."""
    model = ColourModel()
    monkeypatch.setattr(vis_model, "load_vis_model", lambda path, class_names=None: model.loaded)
    return model


@pytest.fixture
def boxed(clip, tmp_path):
    """A project with boxes for the cat, and for a track that is not there, in a folder of its own."""
    path = tmp_path / "elsewhere" / "swim.mfvis"
    path.parent.mkdir()
    absent = Track(7, "dog", (Keyframe(0, (0, 44, 16, 60)), Keyframe(3, (0, 44, 16, 60))))
    cat = Track(5, "cat", tuple(Keyframe(t, grown(*RED[t])) for t in (0, LENGTH - 1)))
    with Project.create(path, clip) as project:
        project.replace_annotations(Annotations((cat, absent)))
    return path


@pytest.fixture
def released(tmp_path):
    """A released file of 40 classes that sees sedans everywhere."""
    config = replace(LIKE_A_RELEASED_ONE, class_names=tuple(map(str, range(40))))
    write_released(tmp_path / "model_final.pth", sure_model(config, SEDAN))
    return tmp_path / "model_final.pth"


def proposals(path):
    with Project.open(path, read_only=True) as project:
        return [(one.track.track_id, one.track.category) for one in project.open_proposals()]


def nothing_made(folder):
    return not list(folder.glob("*.mfvis"))


def test_a_video_becomes_a_project_with_proposals(run, colour_model, clip, tmp_path):
    done = run("predict", "my-model", clip)
    assert done.exit_code == 0, done.stderr
    text = said(done.stdout)
    assert "Frames 8 in" in text
    assert "New objects 2" in text
    assert "│ number │" in text.replace("┃", "│")
    assert "1 │ cat │ 0.900 │ 0 to 7 │ 8 │" in text
    assert "2 │ dog │ 0.800 │ 0 to 7 │ 8 │" in text
    assert done.stdout.rstrip().endswith("Make tracks of the new objects with: mfvis tracks adopt swim.1.mfvis")
    assert done.stderr == ""
    assert proposals(tmp_path / "swim.1.mfvis") == [(1, "cat"), (2, "dog")]


def test_what_is_said_works(run, colour_model, clip, tmp_path):
    run("predict", "my-model", clip)
    assert run("tracks", "adopt", "swim.1.mfvis").exit_code == 0
    with Project.open(tmp_path / "swim.1.mfvis", read_only=True) as project:
        assert squares_of(project.read_masks(3)) == {1: grown(*RED[3]), 2: grown(*GREEN[3])}


def test_a_folder_of_pictures(run, tmp_path, video_path, monkeypatch):
    save_video_model(tmp_path / "my-model" / "model.safetensors", sure_model(SMALL, 1))
    done = run("predict", "my-model", video_path, "--short-side", 32)
    assert done.exit_code == 0, done.stderr
    assert {category for _, category in proposals(tmp_path / "clip.mfvis")} == {"dog"}
    monkeypatch.chdir(video_path)
    (tmp_path / "clip.mfvis").rename(tmp_path / "other.mfvis")
    assert run("predict", "../my-model", ".", "--short-side", 32).exit_code == 0
    assert proposals(video_path / "clip.mfvis")


def test_a_project_in_another_folder(run, colour_model, boxed):
    done = run("predict", "my-model", boxed)
    assert done.exit_code == 0, done.stderr
    assert "Found again: track 5." in done.stdout
    assert "Warning: Not found, though annotated: track 7." in said(done.stderr)
    assert f"Make tracks of the new objects with: mfvis tracks adopt {boxed}" in done.stdout
    accept = next(line for line in done.stdout.splitlines() if line.startswith("Take the masks"))
    words = accept.partition(": mfvis ")[2].split()
    assert run(*words).exit_code == 0
    with Project.open(boxed, read_only=True) as project:
        assert squares_of(project.read_masks(3)).keys() == {5}


def test_again_tells_of_what_is_still_open(run, colour_model, boxed):
    run("predict", "my-model", boxed)
    done = run("predict", "my-model", boxed)
    assert f"See 1 proposal of earlier runs with: mfvis tracks proposals {boxed}" in done.stdout


def test_the_ending_of_a_project_may_be_left_out(run, colour_model, boxed):
    assert run("predict", "my-model", boxed.with_suffix("")).exit_code == 0
    assert proposals(boxed) == [(8, "dog")]


def test_adopt(run, colour_model, boxed):
    done = run("predict", "my-model", boxed, "--adopt")
    assert done.exit_code == 0, done.stderr
    assert "Done: adopt proposed track 8 of run" in done.stdout
    assert f"Undo with: mfvis undo {boxed} -n 2" in done.stdout
    with Project.open(boxed, read_only=True) as project:
        assert [track.track_id for track in project.annotations().tracks] == [5, 7, 8]
        assert squares_of(project.read_masks(3)).keys() == {5, 8}
    assert run("undo", boxed, "-n", 2).exit_code == 0
    with Project.open(boxed, read_only=True) as project:
        assert [track.track_id for track in project.annotations().tracks] == [5, 7]
        assert not project.read_masks(3).any()


def test_adopt_of_a_new_project(run, colour_model, clip, tmp_path):
    done = run("predict", "my-model", clip, "--adopt", "--min-score", 0.85)
    assert done.stdout.rstrip().endswith("Undo with: mfvis undo swim.1.mfvis")
    with Project.open(tmp_path / "swim.1.mfvis", read_only=True) as project:
        assert [track.category for track in project.annotations().tracks] == ["cat"]


def test_a_project_of_that_name_is_not_taken_for_the_videos(run, colour_model, clip):
    run("predict", "my-model", clip)
    done = run("predict", "my-model", clip)
    assert done.exit_code == 1
    assert "swim.1.mfvis, where the project for" in said(done.stderr)
    assert "is there already. To look for objects in it: mfvis predict my-model swim.1.mfvis" in said(done.stderr)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("--min-score", 0.95), "No object scores 0.95 or more; the best of 2 has 0.900"),
        (("--window", 4, "--overlap", 4), "Windows must overlap by fewer frames than they have"),
    ],
)
def test_what_fails_leaves_no_empty_project(run, colour_model, clip, tmp_path, given, message):
    done = run("predict", "my-model", clip, *given)
    assert done.exit_code == 1
    assert message in said(done.stderr)
    assert nothing_made(tmp_path)


def test_an_interrupt_leaves_no_empty_project(run, colour_model, clip, tmp_path, monkeypatch):
    def interrupt(*_args, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr(colour_model, "decode", interrupt)
    assert run("predict", "my-model", clip).exit_code == 130
    assert nothing_made(tmp_path)


def test_a_failure_takes_nothing_from_a_project_that_was_there(run, colour_model, clip, tmp_path):
    Project.create(tmp_path / "swim.mfvis", clip).close()
    assert run("predict", "my-model", "swim.mfvis", "--min-score", 1).exit_code == 1
    with Project.open(tmp_path / "swim.mfvis", read_only=True) as project:
        assert project.runs() == ()


def test_short_windows_need_no_overlap_to_be_named(run, colour_model, clip):
    assert run("predict", "my-model", clip, "--window", 4).exit_code == 0
    assert colour_model.finder.clip_lengths == [4, 4, 4]
    colour_model.finder.clip_lengths.clear()
    assert run("predict", "my-model", "swim.1.mfvis", "--window", 1).exit_code == 0
    assert colour_model.finder.clip_lengths == [1] * LENGTH


@pytest.mark.parametrize(
    ("model", "target", "message"),
    [
        ("nowhere", "swim.1.npy", "There is no model at nowhere. Train one with mfvis train"),
        (".", "swim.1.npy", "There is no model at"),
        ("swim.1.npy", "my-model", "swim.1.npy is no model. Give the folder of one"),
        ("nowhere.pth", "swim.1.npy", "nowhere.pth cannot be read"),
        ("damaged.pth", "swim.1.npy", "damaged.pth was refused: it is damaged"),
        ("my-model", "nowhere.mp4", "nowhere.mp4"),
        ("my-model", "nowhere.mfvis", "nowhere.mfvis"),
        ("my-model", "damaged.pth", "damaged.pth"),
    ],
)
def test_what_cannot_be_read_is_named(run, clip, tmp_path, model, target, message):
    save_video_model(tmp_path / "my-model" / "model.safetensors", sure_model(SMALL, 1))
    (tmp_path / "damaged.pth").write_bytes(b"no checkpoint")
    done = run("predict", model, target)
    assert done.exit_code == 1
    assert message in said(done.stderr)
    assert nothing_made(tmp_path)


@pytest.mark.parametrize("classes", ["youtube-vis-2019", "YouTube-VIS-2019"])
def test_a_released_checkpoint_with_the_classes_of_its_dataset(run, released, clip, tmp_path, classes):
    done = run("predict", released, clip, "--classes", classes, "--short-side", 32)
    assert done.exit_code == 0, done.stderr
    assert "tensors taken, 0 skipped, 0 missing." in done.stdout
    assert {category for _, category in proposals(tmp_path / "swim.1.mfvis")} == {"sedan"}
    assert done.stderr == ""


def test_a_released_checkpoint_without_names_of_classes(run, released, clip, tmp_path):
    done = run("predict", released, clip, "--short-side", 32)
    assert "model_final.pth does not name its 40 classes. Do so with --classes." in said(done.stderr)
    assert {category for _, category in proposals(tmp_path / "swim.1.mfvis")} == {"class 6"}


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        ("cat,dog", "The model knows 40 classes, and 2 names were given: cat, dog."),
        ("youtube-vis-2021", "1 names were given: youtube-vis-2021. Name each class, in the order that the model was"),
        (",".join(["cat"] * 40), "each once"),
        (",".join(map(str, range(39))) + ",", "40 names were given"),
    ],
)
def test_wrong_classes_are_refused(run, released, clip, tmp_path, classes, message):
    done = run("predict", released, clip, "--classes", classes)
    assert done.exit_code == 1
    assert message in said(done.stderr)
    assert nothing_made(tmp_path)


def test_classes_of_a_model_that_names_its_own(run, clip):
    done = run("predict", "my-model", clip, "--classes", "cat,dog")
    assert done.exit_code == 2
    assert "names its classes itself" in done.stderr.replace("│", "")


@pytest.fixture
def dataset(tmp_path):
    settings = SyntheticVideoSettings(height=32, width=48, length=4, diameters_px=(10, 20))
    return write_dataset(tmp_path / "data", settings, 0, train_count=1, held_out_count=2)


def test_a_dataset_is_predicted_and_scored(run, dataset, tmp_path):
    config = replace(SMALL, class_names=(*CLASS_NAMES[1:], "dragon"))
    save_video_model(tmp_path / "my-model" / "model.safetensors", sure_model(config, 0))
    words = ("--coco-vis", dataset.held_out, "--frames", dataset.frames_dir, "--short-side", 32)
    done = run("predict", "my-model", *words, "--results", "results.zip")
    assert done.exit_code == 0, done.stderr
    count = len(read_results(tmp_path / "results.zip"))
    assert 1 <= count <= 2 * 10
    assert f"Wrote results.zip: {count} results for 2 videos." in done.stdout
    assert f"Score them with: mfvis evaluate {dataset.held_out} results.zip" in done.stdout
    assert f"The model does not know, and has not looked for: {CLASS_NAMES[0]}." in said(done.stderr)
    scored = run("evaluate", dataset.held_out, "results.zip", "--json", "scores.json")
    assert scored.exit_code == 0, scored.stderr
    names = [category.name for category in read_ground_truth(dataset.held_out).categories]
    assert json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))["category_names"] == names
    again = run("predict", "my-model", *words, "--results", "results.zip")
    assert again.exit_code == 1
    assert "results.zip is there already" in said(again.stderr)
    assert run("predict", "my-model", *words, "--results", "results.zip", "--overwrite").exit_code == 0


def test_a_dataset_of_unknown_classes(run, dataset, tmp_path):
    save_video_model(tmp_path / "my-model" / "model.safetensors", sure_model(SMALL, 0))
    words = ("--coco-vis", dataset.held_out, "--frames", dataset.frames_dir)
    done = run("predict", "my-model", *words, "--results", "results.json")
    assert done.exit_code == 1
    assert "of which the model knows none; it knows cat, dog" in said(done.stderr)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "give a video or project"),
        (("--coco-vis", "a.json"), "all of --coco-vis, --frames and --results"),
        (("--coco-vis", "a.json", "--results", "b.json"), "all of --coco-vis"),
        (("swim.mp4", "--results", "b.json"), "take the place of a video or project"),
        (("swim.mp4", "--coco-vis", "a.json", "--frames", "f", "--results", "b.json"), "take the place of"),
        (("--coco-vis", "a.json", "--frames", "f", "--results", "b.json", "--adopt"), "--results alone"),
    ],
)
def test_wrong_combinations(run, words, message):
    done = run("predict", "my-model", *words)
    assert done.exit_code == 2
    assert message in said(done.stderr.replace("│", ""))


def test_an_unknown_device(run, colour_model, clip, tmp_path):
    done = run("predict", "my-model", clip, "--device", "toaster")
    assert done.exit_code == 1
    assert "toaster" in done.stderr
    assert nothing_made(tmp_path)


@pytest.mark.parametrize("command", ["train", "predict"])
def test_the_documentation_names_options_that_there_are(run, command):
    docs = Path(__file__).parents[2] / "docs"
    texts = [page.read_text(encoding="utf-8") for page in docs.glob("*.md")]
    commands = re.findall(rf"mfvis(?:_engine\.cli)? {command} [^#`|\n]*", "\n".join(texts))
    named = {option for one in commands for option in re.findall(r"(?<=[\s\[])--[a-z-]+", one)}
    assert len(named) >= 4
    assert named <= set(re.findall(r"--[a-z-]+", run(command, "--help").stdout))
