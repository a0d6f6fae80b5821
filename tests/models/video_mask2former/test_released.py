import dataclasses
import os
import pickle

import numpy as np
import pytest
import torch

from mfvis_engine.models import CheckpointError
from mfvis_engine.models.video_mask2former import (
    VideoMask2Former,
    config_of_size,
    load_released,
    write_released,
)
from mfvis_engine.models.video_mask2former.released import released_state
from mfvis_engine.models.video_mask2former.released_keys import released_name

from .shapes import LIKE_A_RELEASED_ONE, SMALL, SMALL_SWIN

QUERIES = "sem_seg_head.predictor.query_feat.weight"
CLASSES = ["sem_seg_head.predictor.class_embed.weight", "sem_seg_head.predictor.class_embed.bias"]
LIKE_A_RELEASED_SWIN = dataclasses.replace(LIKE_A_RELEASED_ONE, backbone=SMALL_SWIN)


@pytest.fixture
def model():
    torch.manual_seed(0)
    return VideoMask2Former(LIKE_A_RELEASED_ONE)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model_final.pth"


def same(a, b):
    return all(torch.equal(value, b.state_dict()[name]) for name, value in a.state_dict().items())


@pytest.mark.parametrize(
    "config", [LIKE_A_RELEASED_ONE, LIKE_A_RELEASED_SWIN, SMALL], ids=["bottleneck", "swin", "basic"]
)
def test_what_was_written_is_read_with_its_shape(path, config):
    model = VideoMask2Former(config)
    write_released(path, model)
    back, report = load_released(path, config.class_names)
    unused = {"window_size": 4, "head_counts": (1, 2, 4, 8)} if config.backbone.kind == "swin" else {}
    told = dataclasses.replace(back.config.backbone, **unused)
    assert dataclasses.replace(back.config, backbone=told) == config
    assert same(model, back)
    assert set(report.taken) == set(released_state(model))
    assert (report.renamed, report.skipped, report.missing) == ((), (), ())
    assert [p.name for p in path.parent.iterdir()] == ["model_final.pth"]


def test_every_tensor_of_a_released_file_is_accounted_for(path, model):
    state = released_state(model)
    extra = {"criterion.empty_weight": torch.ones(3), "criterion._iter": torch.zeros(1)}
    static = "sem_seg_head.predictor.static_query.weight"
    older = {static if k == QUERIES else k: v for k, v in state.items()} | extra
    del older["sem_seg_head.predictor.decoder_norm.bias"]
    torch.save({"model": older, "iteration": 5999}, path)
    back, report = load_released(path, ["Katze", "Hund"])
    assert torch.equal(back.head.decoder.query_features.weight, model.head.decoder.query_features.weight)
    assert report.renamed == ((static, QUERIES),)
    assert [one.name for one in report.skipped] == list(extra)
    assert report.missing == ("sem_seg_head.predictor.decoder_norm.bias",)
    assert len(report.taken) == len(older) - 2
    assert str(report).splitlines() == [
        f"{len(older) - 2} tensors taken, 2 skipped, 1 missing.",
        f"renamed: {static} -> {QUERIES}",
        "skipped: criterion.empty_weight: belongs to the training, not to the model",
        "skipped: criterion._iter: belongs to the training, not to the model",
        "missing: sem_seg_head.predictor.decoder_norm.bias: starts from random weights",
    ]


def test_a_class_head_of_another_size_starts_anew_with_a_word(path, model):
    write_released(path, model)
    back, report = load_released(path, ["a", "b", "c"])
    assert back.config.class_names == ("a", "b", "c")
    assert back.head.decoder.head.classes.weight.shape == (4, 32)
    assert [one.name for one in report.skipped] == CLASSES == list(report.missing)
    assert report.skipped[0].reason.startswith("for 2 classes, not 3: the class head starts from random weights")


def test_without_names_the_classes_are_numbered(path, model):
    torch.save(released_state(model), path)  # at the top of the file
    back, _ = load_released(path)
    assert back.config.class_names == ("class 1", "class 2")
    assert same(model, back)


def test_a_file_of_the_papers_model_gives_the_papers_model(path):
    """Its 559 tensors, under `model`, all of zeros that share their memory."""
    with torch.device("meta"):
        model = VideoMask2Former(config_of_size("r50", [str(i) for i in range(40)]))
    shapes = {released_name(name): value.shape for name, value in model.state_dict().items()}
    shapes |= {"criterion.empty_weight": (41,), "criterion._iter": (1,)}
    zero = torch.zeros(())
    torch.save({"model": {name: zero.expand(shape) for name, shape in shapes.items()}}, path)
    back, report = load_released(path)
    assert (len(shapes), len(report.taken), len(report.skipped), len(report.missing)) == (559, 557, 2, 0)
    assert back.config == dataclasses.replace(model.config, class_names=back.config.class_names)
    assert back.config.class_names[-1] == "class 40"
    assert not any(value.any() for value in back.state_dict().values())


def test_a_file_that_would_run_code_is_refused(path):
    class Unkind:
        def __reduce__(self):
            return os.getcwd, ()

    torch.save({"model": {"a": Unkind()}}, path)
    with pytest.raises(CheckpointError, match="could run any code"):
        load_released(path)


def test_a_pickle_of_arrays_is_refused_and_the_way_out_works(tmp_path, model, monkeypatch):
    arrays = {name: np.asarray(value) for name, value in released_state(model).items()}
    (tmp_path / "model.pkl").write_bytes(pickle.dumps({"model": arrays, "__author__": "somebody"}))
    with pytest.raises(CheckpointError, match="numpy") as refusal:
        load_released(tmp_path / "model.pkl")
    monkeypatch.chdir(tmp_path)
    exec(str(refusal.value).split('"')[1])
    assert same(model, load_released(tmp_path / "model.pth")[0])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"model": {"a": torch.ones(1)}}, "is no checkpoint of a Mask2Former.*class_embed.weight"),
        ([1, 2], "holds no tensors by name"),
        ({"model": 3}, "holds no tensors by name"),
    ],
)
def test_other_files_are_refused(path, content, message):
    torch.save(content, path)
    with pytest.raises(CheckpointError, match=message):
        load_released(path)


def test_missing_and_damaged_files_are_named(path):
    with pytest.raises(CheckpointError, match="cannot be read"):
        load_released(path)
    path.write_bytes(b"not a checkpoint")
    with pytest.raises(CheckpointError, match="was refused"):
        load_released(path)


def test_tensors_that_do_not_fit_together_are_refused(path, model):
    state = released_state(model)
    state[QUERIES] = torch.zeros(7, 32)
    torch.save({"model": state}, path)
    with pytest.raises(CheckpointError, match="does not fit the model"):
        load_released(path)
