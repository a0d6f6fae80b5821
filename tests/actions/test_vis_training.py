import dataclasses
import json
import shutil

import msgspec
import pytest
import torch

from mfvis_engine.actions.vis_model import VisModelFolder, load_vis_model, settings_to_go_on
from mfvis_engine.actions.vis_model_files import VisModelError, VisModelFiles
from mfvis_engine.actions.vis_training import TrainingSources, TrainingStart, train_model
from mfvis_engine.models.device import Device
from mfvis_engine.models.video_mask2former import save_video_model, write_released
from mfvis_engine.models.weights_file import CheckpointError
from mfvis_engine.training.steering import Steering
from mfvis_engine.training.vis.settings import VisSettingsError, VisTrainSettings
from tests.actions.vis_training import SETTINGS, class_names_of, class_row, coco_vis, small_model

CPU = Device(torch.device("cpu"), bfloat16=False)


class StopError(Exception):
    """Whoever steers has had enough."""


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return coco_vis(tmp_path_factory.mktemp("data"))


@pytest.fixture
def folder(tmp_path):
    return VisModelFolder(tmp_path / "my-model")


@pytest.fixture
def train(source, folder, tmp_path):
    """Trains three steps from a small model, unless told otherwise."""
    start = tmp_path / "start.safetensors"
    save_video_model(start, small_model(*class_names_of(source)))

    def train(into=folder, weights=start, settings=SETTINGS, stop_after=None, told=None, **options):
        left = [None] * stop_after if stop_after is not None else None

        def heed():
            if left is not None:
                if not left:
                    raise StopError
                left.pop()

        return train_model(
            into, options.pop("sources", TrainingSources(coco_vis=(source,))), TrainingStart(weights, "tiny"), settings,
            CPU, (told if told is not None else []).append, steering=Steering(heed=heed), **options,
        )  # fmt: skip

    return train


def state(folder):
    return load_vis_model(folder.path).model.state_dict()


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def log_steps(folder):
    lines = (folder.path / "log.csv").read_text(encoding="utf-8").splitlines()[1:]
    return [int(line.split(",")[0]) for line in lines]


def test_a_model_is_trained_from_boxes(train, folder, source, tmp_path):
    told = []
    report = train(told=told)
    assert (report.step_count, report.steps_before, report.video_count) == (3, 0, 2)
    assert (report.class_names, report.new_class_names) == (class_names_of(source), ())
    assert report.start == str(tmp_path / "start.safetensors")
    assert report.device == "cpu (float32)"
    assert report.object_count >= 2
    assert report.seconds > 0
    assert [progress.step for progress in told] == log_steps(folder) == [1, 2, 3]
    assert sorted(path.name for path in folder.path.iterdir() if path.is_file()) == [
        *("details.json", "log.csv", "model.json", "model.safetensors")
    ]
    assert not folder.unfinished.exists()
    details = folder.details()
    assert (details.settings, len(details.videos), details.boxes_only) == (SETTINGS, 2, False)
    assert details.seconds == pytest.approx(report.seconds, abs=0.1)
    assert settings_to_go_on(folder.path) == settings_to_go_on(folder.path / "model.safetensors") == SETTINGS


def test_the_temporal_loss_does_not_wait_in_a_model_that_has_masks(train, tmp_path):
    folder = VisModelFolder(tmp_path / "model")
    waits = dataclasses.replace(SETTINGS.objective, temporal_delay_steps=5)
    train(folder, None, dataclasses.replace(SETTINGS, steps=1, objective=waits))
    assert folder.details().settings.objective == waits
    settings = settings_to_go_on(folder.path)
    assert settings.objective == dataclasses.replace(waits, temporal_delay_steps=0)
    recorded = VisModelFiles.at(folder.path).training().settings_to_go_on()
    assert msgspec.json.decode(recorded, type=VisTrainSettings) == settings


def test_random_weights_are_the_same_for_one_seed(train, tmp_path):
    folders = [VisModelFolder(tmp_path / name) for name in ("one", "two")]
    for folder in folders:
        report = train(folder, None, dataclasses.replace(SETTINGS, steps=1))
    assert report.start == "random weights of size tiny"
    assert same(*map(state, folders))


def test_the_same_folder_again_goes_on_from_what_it_knows(train, folder, source):
    classes = class_names_of(source)
    save_video_model(folder.path / "model.safetensors", small_model("eel", classes[1]))
    still = dataclasses.replace(SETTINGS, optimizer=dataclasses.replace(SETTINGS.optimizer, learning_rate=1e-30))
    before = {name: class_row(folder.path, name) for name in ("eel", classes[1])}
    report = train(weights=None, settings=still)
    new = tuple(name for name in classes if name != classes[1])
    assert report.class_names == ("eel", classes[1], *new)
    assert report.new_class_names == new
    assert report.start == str(folder.path)
    assert all(torch.equal(class_row(folder.path, name), row) for name, row in before.items())
    assert load_vis_model(folder.path).model.config.class_names == report.class_names


def test_a_released_file_starts_a_training(train, folder, source, tmp_path):
    released = small_model("a", "b")
    write_released(tmp_path / "model_final.pth", released)
    still = dataclasses.replace(SETTINGS, optimizer=dataclasses.replace(SETTINGS.optimizer, learning_rate=1e-30))
    report = train(weights=tmp_path / "model_final.pth", settings=still)
    assert "for 2 classes, not" in report.released
    assert "the class head starts from random weights" in report.released
    assert report.class_names == class_names_of(source)
    trained, given = state(folder), released.state_dict()
    head = {name for name in given if "head.classes" in name}
    assert len(head) == 2
    assert all(torch.allclose(trained[name], given[name], atol=1e-7) for name in given.keys() - head)


def test_a_stopped_training_waits_to_be_gone_on_with(train, folder, tmp_path):
    whole = VisModelFolder(tmp_path / "whole")
    train(whole)
    with pytest.raises(StopError):
        train(stop_after=2)
    assert (folder.is_unfinished, folder.has_snapshot, folder.is_trained) == (True, True, False)
    with pytest.raises(VisModelError, match=r"was stopped\. Go on with it with --resume, or delete"):
        train()
    other = dataclasses.replace(SETTINGS, seed=8)  # which is not looked at
    report = train(weights=None, settings=other, resume=True)
    assert (report.step_count, report.steps_before) == (3, 2)
    assert log_steps(folder) == [1, 2, 3]
    assert same(state(folder), state(whole))
    assert folder.details().settings == SETTINGS
    assert not folder.unfinished.exists()


def test_an_earlier_model_stays_until_the_new_one_is_whole(train, folder):
    train()
    before = state(folder)
    with pytest.raises(StopError):
        train(weights=None, settings=dataclasses.replace(SETTINGS, seed=8), stop_after=2)
    assert same(state(folder), before)
    train(weights=None, resume=True)
    assert not same(state(folder), before)


def test_nothing_of_a_training_stopped_before_its_first_step_is_in_the_way(train, folder):
    with pytest.raises(StopError):
        train(stop_after=0)
    assert not folder.has_snapshot
    assert train().step_count == 3


def test_settings_that_cannot_be_leave_nothing_behind(train, folder):
    with pytest.raises(VisSettingsError, match="cannot be shared evenly"):
        train(settings=dataclasses.replace(SETTINGS, passes_per_step=3))
    assert not folder.is_unfinished
    assert train().step_count == 3


def test_what_is_left_of_a_training_that_was_removed_in_part_is_not_gone_on_with(train, folder):
    with pytest.raises(StopError):
        train(stop_after=2)
    (folder.unfinished / "details.json").unlink()
    report = train()
    assert report.steps_before == 0


def test_there_must_be_something_to_go_on_with(train):
    with pytest.raises(VisModelError, match="no training that could be gone on with"):
        train(resume=True)


def test_a_training_is_gone_on_with_from_the_same_videos(train, folder, tmp_path, source):
    with pytest.raises(StopError):
        train(stop_after=2)
    content = json.loads(source.json_path.read_text(encoding="utf-8"))
    content["annotations"] = content["annotations"][:1]
    fewer = tmp_path / "fewer.json"
    fewer.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(CheckpointError, match="belongs to other boxes"):
        train(resume=True, sources=TrainingSources(coco_vis=(dataclasses.replace(source, json_path=fewer),)))
    content["categories"].append({"id": 99, "name": "eel"})
    fewer.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(VisModelError, match="knows no class eel"):
        train(resume=True, sources=TrainingSources(coco_vis=(dataclasses.replace(source, json_path=fewer),)))


def test_whether_masks_are_read_is_remembered(train, folder, source):
    masks = dataclasses.replace(source, json_path=source.json_path.with_name("train_masks.json"))
    with pytest.raises(StopError):
        train(stop_after=2, sources=TrainingSources(coco_vis=(masks,), boxes_only=True))
    told = []
    train(resume=True, sources=TrainingSources(coco_vis=(masks,)), told=told)
    assert dict(told[-1].terms)["mask_dice"] == 0
    train(weights=None, sources=TrainingSources(coco_vis=(masks,)), told=told)
    assert dict(told[-1].terms)["mask_dice"] > 0


def test_models_that_are_not_there_or_damaged_are_named(folder, train):
    with pytest.raises(VisModelError, match=r"There is no model at .*mfvis train"):
        load_vis_model(folder.path)
    assert settings_to_go_on(folder.path) is None
    train()
    (folder.path / "details.json").write_text("{", encoding="utf-8")
    with pytest.raises(VisModelError, match=r"details.json cannot be read: .* Restore it"):
        folder.details()
    shutil.rmtree(folder.path)
    assert not folder.is_trained
