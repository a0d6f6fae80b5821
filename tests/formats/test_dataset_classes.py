import pytest

from mfvis_engine.formats.dataset_classes import CLASSES_OF_DATASETS, parse_class_names


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
