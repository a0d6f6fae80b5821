import dataclasses
import json

import pytest
import torch

from mfvis_engine.models import CheckpointError
from mfvis_engine.models.video_mask2former import (
    SIZES,
    VideoMask2Former,
    config_of_size,
    load_video_model,
    save_video_model,
)
from mfvis_engine.models.video_mask2former.checkpoint import VIDEO_MODEL, read_video_config

from .shapes import SMALL, SMALL_RESNET, SMALL_SWIN


@pytest.fixture
def path(tmp_path):
    return tmp_path / "models" / "mine.safetensors"


@pytest.mark.parametrize("backbone", [SMALL.backbone, SMALL_RESNET, SMALL_SWIN], ids=["group", "frozen", "swin"])
def test_round_trip(path, backbone):
    model = VideoMask2Former(dataclasses.replace(SMALL, backbone=backbone, class_names=("Katze", "großer Hund")))
    save_video_model(path, model, "für später")
    back = load_video_model(path)
    assert back.config == model.config
    assert not back.training
    assert all(torch.equal(back.state_dict()[k], v) for k, v in model.state_dict().items())
    assert sorted(p.name for p in path.parent.iterdir()) == ["mine.json", "mine.safetensors"]
    assert json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["notes"] == "für später"


@pytest.mark.parametrize("name", SIZES)
def test_every_size_is_described_whole(path, name):
    config = config_of_size(name, ["cat", "dog"])
    VIDEO_MODEL.write(path, torch.nn.Identity(), dataclasses.asdict(config), dtype=torch.float32, notes="")
    assert read_video_config(path) == config


def test_a_cut_file_is_named(path):
    save_video_model(path, VideoMask2Former(SMALL))
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(CheckpointError, match=r"mine.safetensors"):
        load_video_model(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format_version": 2}, "version 2; this program reads mfvis-video-mask2former version 1"),
        ({"format": "mfvis-box-prompted"}, "describes mfvis-box-prompted"),
        ({"config": {}}, "does not describe a checkpoint"),
        ({"config": []}, "does not describe a checkpoint"),
    ],
)
def test_another_description_is_refused(path, change, message):
    save_video_model(path, VideoMask2Former(SMALL))
    beside = path.with_suffix(".json")
    beside.write_text(json.dumps(json.loads(beside.read_text(encoding="utf-8")) | change), encoding="utf-8")
    with pytest.raises(CheckpointError, match=message):
        load_video_model(path)


def test_a_shape_that_is_not_the_weights_is_refused(path):
    save_video_model(path, VideoMask2Former(SMALL))
    beside = path.with_suffix(".json")
    about = json.loads(beside.read_text(encoding="utf-8"))
    about["config"]["query_count"] = 6
    beside.write_text(json.dumps(about), encoding="utf-8")
    with pytest.raises(CheckpointError, match="cannot be used"):
        load_video_model(path)


def test_a_shape_that_cannot_be_is_refused(path):
    save_video_model(path, VideoMask2Former(SMALL))
    beside = path.with_suffix(".json")
    about = json.loads(beside.read_text(encoding="utf-8"))
    about["config"]["hidden_dim"] = 33
    beside.write_text(json.dumps(about), encoding="utf-8")
    with pytest.raises(CheckpointError, match="hidden_dim must be a multiple of 32"):
        load_video_model(path)


def test_missing_files_are_named(tmp_path):
    with pytest.raises(CheckpointError, match=r"nowhere.json"):
        load_video_model(tmp_path / "nowhere.safetensors")
