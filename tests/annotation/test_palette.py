import itertools

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from mfvis_engine.annotation.palette import label_colors, track_color


def lab(track_id):
    return rgb2lab(np.array(track_color(track_id)) / 255)


def test_colors_stay_as_they_are():
    # Pictures of one project made by different versions must be comparable.
    assert [track_color(i) for i in (1, 2, 3, 9)] == [
        (75, 179, 255),
        (177, 184, 0),
        (238, 128, 216),
        (0, 136, 202),
    ]


def test_the_first_tracks_differ_clearly():
    # 10 is seen at a glance; below about 2 nobody sees a difference.
    differences = [deltaE_ciede2000(lab(a), lab(b)) for a, b in itertools.combinations(range(1, 17), 2)]
    assert min(differences) > 10


@pytest.mark.parametrize("track_id", [1, 8, 9, 100, 4097, 65535])
def test_no_color_is_near_black_or_white(track_id):
    assert 40 < lab(track_id)[0] < 95


def test_label_colors_give_each_pixel_its_tracks_color():
    labels = np.array([[0, 7], [65535, 7]], np.uint16)
    colors = label_colors(labels)
    assert colors[0, 0].tolist() == [0, 0, 0]
    assert tuple(colors[0, 1].tolist()) == tuple(colors[1, 1].tolist()) == track_color(7)
    assert tuple(colors[1, 0].tolist()) == track_color(65535)
