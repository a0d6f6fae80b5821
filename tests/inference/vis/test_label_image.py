import numpy as np
import pytest

from mfvis_engine.inference.vis import KeptTrack, kept_tracks, label_image, strong_tracks
from mfvis_engine.inference.vis.label_image import LabelError
from tests.inference.vis.frames import found, vis_frame

FRAME = vis_frame(0, {3: ["1110", "0000"], 8: ["0111", "0001"], 9: ["1111", "1111"]}, [0.9, 0.6, 0.5])


@pytest.mark.parametrize(
    ("scores", "labels"),
    [
        ((0.5, 0.5), [[3, 3, 3, 8], [0, 0, 0, 8]]),  # 0.45 and 0.30
        ((0.5, 0.8), [[3, 8, 8, 8], [0, 0, 0, 8]]),  # 0.45 and 0.48
        ((0.0, 0.0), [[3, 3, 3, 8], [0, 0, 0, 8]]),  # none is surer: the first one
    ],
)
def test_the_larger_product_is_above(scores, labels):
    image = label_image(FRAME, [KeptTrack(3, 3, scores[0]), KeptTrack(8, 8, scores[1])])
    assert image.dtype == np.uint16
    assert image.tolist() == labels


def test_tracks_under_other_labels_and_one_that_is_not_there():
    image = label_image(FRAME, [KeptTrack(3, 700, 0.5), KeptTrack(4, 2, 1.0)])
    assert image.tolist() == [[700, 700, 700, 0], [0, 0, 0, 0]]


def test_nothing_kept():
    assert label_image(FRAME, []).tolist() == [[0] * 4] * 2


def test_weak_tracks_are_left_out():
    tracks = [found(1, [0.5, 0.1]), found(2, [0.2, 0.3])]
    assert kept_tracks(tracks, 0.4) == (KeptTrack(1, 1, 0.5),)
    assert [track.track_number for track in strong_tracks(tracks, 0.4)] == [1]


@pytest.mark.parametrize("label", [0, 65536])
def test_a_label_that_cannot_be(label):
    with pytest.raises(LabelError, match=f"label {label}"):
        KeptTrack(1, label, 0.5)
