import pytest
import torch

from mfvis_engine.models.video_mask2former import ModelConfigError, VideoMask2Former
from mfvis_engine.models.video_mask2former.released_classes import (
    CLASSES_OF_DATASETS,
    name_classes,
    parse_class_names,
)

from .shapes import SMALL


@pytest.fixture(scope="module")
def model():
    return VideoMask2Former(SMALL)


def test_youtube_vis_2019_by_its_ids():
    names = CLASSES_OF_DATASETS["youtube-vis-2019"]
    assert len(names) == len(set(names)) == 40
    assert {number: names[number - 1] for number in (1, 2, 6, 8, 26, 33, 40)} == {
        1: "person",
        2: "giant_panda",
        6: "sedan",
        8: "dog",
        26: "owl",
        33: "snowboard",
        40: "tennis_racket",
    }


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ("cat", ("cat",)),
        (" cat, big dog ,Zelle ü", ("cat", "big dog", "Zelle ü")),
        ("cat,,", ("cat", "", "")),
        (" YouTube-VIS-2019 ", CLASSES_OF_DATASETS["youtube-vis-2019"]),
        ("youtube-vis-2019,cat", ("youtube-vis-2019", "cat")),
    ],
)
def test_names_are_read(given, names):
    assert parse_class_names(given) == names


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
