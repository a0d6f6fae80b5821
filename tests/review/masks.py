"""Hand-made masks in a small project, as a run proposed them."""

import numpy as np

from mfvis_engine.annotation import Annotations, Keyframe, Track
from mfvis_engine.project import Project
from tests.project.conftest import write_pictures

LENGTH, HEIGHT, WIDTH = 8, 40, 60

BOXES = Annotations(
    (
        Track(1, "cell", (Keyframe(0, (0, 0, 20, 20)), Keyframe(7, (0, 0, 20, 20)))),
        Track(4, "cell", (Keyframe(0, (30, 10, 50, 30)), Keyframe(7, (30, 10, 50, 30)))),
    )
)


def good_frames(length=LENGTH):
    """(T, H, W): both tracks fill their boxes in every frame."""
    labels = np.zeros((length, HEIGHT, WIDTH), np.uint16)
    labels[:, 0:20, 0:20] = 1
    labels[:, 10:30, 30:50] = 4
    return labels


def make_project(folder, annotations=BOXES, length=LENGTH):
    project = Project.create(folder / "walk", write_pictures(folder / "clip", length, (HEIGHT, WIDTH)))
    project.replace_annotations(annotations)
    return project


def propose(project, frames, scores=None):
    """Takes masks (T, H, W) over as a finished run proposed them; `scores` (N, T) are 0.95 by default."""
    track_ids = project.annotations().track_ids
    run = project.create_run({}, track_ids)
    for frame_index, labels in enumerate(frames):
        sure = [0.95] * len(track_ids) if scores is None else scores[:, frame_index]
        run.write_frame(frame_index, labels, sure)
    run.finish()
    project.merge_run(run.run_id)
    return run.run_id
