import json

import numpy as np
import pytest

from mfvis_engine.annotation import Annotations, Keyframe, Track, interpolate
from mfvis_engine.formats import coco_vis

HEIGHT, WIDTH, LENGTH = 12, 16, 6


@pytest.fixture
def annotations():
    """Two cells, one of which leaves and comes back, and a dog that has no mask."""
    return Annotations(
        (
            Track(2, "Zelle", (Keyframe(0, (0, 0, 5, 5)), Keyframe(4, (4.1, 0, 9.3, 5.7), occluded=True))),
            Track(
                7,
                "Zelle",
                (
                    Keyframe(0, (8, 6, 12, 10)),
                    Keyframe(2, (9, 6, 13, 10), outside=True),
                    Keyframe(4, (10, 6, 14, 10)),
                    Keyframe(5, (10, 7, 14, 11)),
                ),
            ),
            Track(9, "犬", (Keyframe(3, (1, 8, 4, 11)),)),
        )
    )


@pytest.fixture
def dense_boxes(annotations):
    return interpolate(annotations, LENGTH)


@pytest.fixture
def label_masks():
    """(T, H, W) uint16. Track 2 has a mask in frame 5, where it has no box; 7 has none in frame 4."""
    masks = np.zeros((LENGTH, HEIGHT, WIDTH), np.uint16)
    for frame_index in range(LENGTH):
        masks[frame_index, 1:4, frame_index + 1 : frame_index + 4] = 2
    masks[0, 6:10, 8:11] = 7
    masks[1, 7:10, 9:12] = 7
    masks[5, 8, 11] = 7
    return masks


@pytest.fixture
def dataset(label_masks, annotations, dense_boxes):
    return coco_vis.single_video_dataset("clip 川", label_masks, annotations, dense_boxes, height=HEIGHT, width=WIDTH)


@pytest.fixture
def ground_truth(tmp_path, dataset):
    """A ground truth file of the dataset."""
    path = tmp_path / "gt.json"
    coco_vis.write_ground_truth(path, dataset)
    return path


@pytest.fixture
def changed_json(tmp_path):
    """A function that changes the JSON of a file and gives the path of the result."""

    def change(path, edit):
        content = json.loads(path.read_text(encoding="utf-8"))
        edit(content)
        changed = tmp_path / "changed.json"
        changed.write_text(json.dumps(content), encoding="utf-8")
        return changed

    return change
