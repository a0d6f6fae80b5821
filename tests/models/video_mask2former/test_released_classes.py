import pytest
import torch

from mfvis_engine.models.video_mask2former import ModelConfigError, VideoMask2Former
from mfvis_engine.models.video_mask2former.released_classes import name_classes

from .shapes import SMALL


@pytest.fixture(scope="module")
def model():
    return VideoMask2Former(SMALL)


def test_classes_get_names_and_weights_stay(model):
    before = {name: value.clone() for name, value in model.state_dict().items()}
    name_classes(model, ["horse", "cow"])
    assert model.config.class_names == ("horse", "cow")
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


@pytest.mark.parametrize("names", [(), ("cat",), ("cat", "dog", "cow"), ("cat", ""), ("cat", "cat")])
def test_wrong_names_change_nothing(model, names):
    before = model.config
    with pytest.raises(ModelConfigError):
        name_classes(model, names)
    assert model.config == before
