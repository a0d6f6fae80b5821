"""A small video of moving squares, and a project about it with two boxed tracks."""

import numpy as np
from PIL import Image

from mfvis_engine.annotation import Annotations, Keyframe, Track
from mfvis_engine.project import Project

LENGTH, HEIGHT, WIDTH = 12, 60, 80

ANNOTATIONS = Annotations(
    (
        Track(1, "cell", (Keyframe(0, (5, 5, 25, 25)), Keyframe(8, (45, 5, 65, 25)))),
        Track(2, "dish", (Keyframe(2, (10, 32, 30, 52)), Keyframe(6, (10, 32, 30, 52), outside=True))),
    )
)


def write_clip(folder, length=LENGTH, height=HEIGHT, width=WIDTH):
    """A folder of pictures: two squares on noise, one of them moving."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for frame_index in range(length):
        picture = rng.integers(0, 60, (height, width, 3), np.uint8)
        left = 5 + 5 * min(frame_index, 8)
        picture[5:25, left : left + 20] = (220, 60, 60)
        picture[32:52, 10:30] = (60, 220, 60)
        Image.fromarray(picture).save(folder / f"{frame_index:04}.png")
    return folder


def make_project(folder, annotations=ANNOTATIONS, **size):
    """The path of a closed project about a new clip in `folder`."""
    with Project.create(folder / "walk.mfvis", write_clip(folder / "clip", **size)) as project:
        if annotations is not None:
            project.replace_annotations(annotations)
        return project.path


def paint_truth(labels, frame_index):
    """Draws the squares into (H, W) labels as tracks 1 and 2."""
    left = 5 + 5 * min(frame_index, 8)
    labels[5:25, left : left + 20] = 1
    labels[32:52, 10:30] = 2
    return labels
