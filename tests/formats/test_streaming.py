"""Videos of any length: no writer or reader of masks holds more than a few frames of pixels."""

import weakref

import numpy as np
import pytest

from mfvis_engine.annotation import Annotations, Keyframe, Track, interpolate
from mfvis_engine.formats import coco_vis, read_davis, write_davis
from mfvis_engine.formats.cell_tracking import read_cell_tracking, write_cell_tracking
from mfvis_engine.formats.mots import read_mots, write_mots

LENGTH = 20
ANNOTATIONS = Annotations((Track(4, "cell", (Keyframe(0, (0, 0, 9, 9)),)),))


class Watched:
    """Frames that are made when asked for; `most_alive` is how many there were at once."""

    def __init__(self, fail_at=None):
        self.alive, self.most_alive, self.fail_at = 0, 0, fail_at

    def __iter__(self):
        for frame_index in range(LENGTH):
            if frame_index == self.fail_at:
                raise OSError("the disk is gone")
            labels = np.zeros((12, 16), np.uint16)
            labels[:4, frame_index % 12 :][:, :4] = 4
            yield self.watch(labels)

    def watch(self, labels):
        self.alive += 1
        self.most_alive = max(self.most_alive, self.alive)
        weakref.finalize(labels, self.forget)
        return labels

    def forget(self):
        self.alive -= 1


def write_coco_vis(path, label_masks):
    boxes = interpolate(ANNOTATIONS, LENGTH)
    dataset = coco_vis.single_video_dataset("a", label_masks, ANNOTATIONS, boxes, height=12, width=16)
    coco_vis.write_ground_truth(path, dataset)


WRITERS = {
    "coco-vis": write_coco_vis,
    "davis": write_davis,
    "mots": lambda path, label_masks: write_mots(path, label_masks, ANNOTATIONS),
    "cell-tracking": lambda path, label_masks: write_cell_tracking(path, label_masks, [4]),
}
READERS = {
    "davis": read_davis,
    "mots": lambda path: read_mots(path).label_masks(),
    "cell-tracking": lambda path: read_cell_tracking(path).label_masks(),
}


@pytest.mark.parametrize("name", WRITERS)
def test_frames_are_let_go_while_writing(tmp_path, name):
    frames = Watched()
    WRITERS[name](tmp_path / "out", iter(frames))
    assert frames.most_alive <= 3
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("name", READERS)
def test_frames_are_let_go_while_reading(tmp_path, name):
    WRITERS[name](tmp_path / "out", Watched())
    watched = Watched()
    assert sum(1 for labels in READERS[name](tmp_path / "out") if watched.watch(labels).any()) == LENGTH
    assert watched.most_alive <= 3


@pytest.mark.parametrize("name", WRITERS)
def test_nothing_is_left_when_a_frame_cannot_be_had(tmp_path, name):
    with pytest.raises(OSError, match="the disk is gone"):
        WRITERS[name](tmp_path / "out", Watched(fail_at=LENGTH - 1))
    assert not list(tmp_path.iterdir())
