import pytest
import torch

from mfvis_engine.models.video_mask2former import ModelConfigError, VideoMask2Former
from mfvis_engine.models.video_mask2former.classes import with_classes
from tests.models.video_mask2former.shapes import SMALL

HEAD = "head.decoder.head.classes."


@pytest.fixture
def model():
    torch.manual_seed(0)
    return VideoMask2Former(SMALL)  # knows a cat and a dog


def rows(model):
    head = model.head.decoder.head.classes
    return {name: (head.weight[row], head.bias[row]) for row, name in enumerate((*model.config.class_names, None))}


@pytest.mark.parametrize("names", [("cat", "dog", "eel"), ("eel", "dog", "cat"), ("dog",), ("eel",)])
def test_classes_keep_what_is_known_of_them_by_name(model, names):
    other = with_classes(model.eval(), names)
    assert other.config.class_names == names
    assert not other.training
    before, after = rows(model), rows(other)
    for name in [*(name for name in names if name in before), None]:
        assert all(torch.equal(one, two) for one, two in zip(before[name], after[name], strict=True))
    if "eel" in names:
        assert not any(torch.equal(after["eel"][0], weight) for weight, _ in before.values())
    kept = {name: value for name, value in model.state_dict().items() if not name.startswith(HEAD)}
    assert all(torch.equal(other.state_dict()[name], value) for name, value in kept.items())


def test_the_model_itself_changes_not(model):
    before = {name: value.clone() for name, value in model.state_dict().items()}
    other = with_classes(model, ("eel", "cat"))
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.zero_()
    assert all(torch.equal(model.state_dict()[name], value) for name, value in before.items())


def test_the_same_classes_are_the_same_model(model):
    assert with_classes(model, ["cat", "dog"]) is model


@pytest.mark.parametrize("names", [(), ("cat", "cat")])
def test_classes_are_each_there_once(model, names):
    with pytest.raises(ModelConfigError):
        with_classes(model, names)
