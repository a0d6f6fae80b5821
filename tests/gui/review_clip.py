"""The small project with masks as an engine proposed them, some of them wrong."""

import numpy as np

from mfvis_engine.project import Project
from tests.gui.clip import HEIGHT, LENGTH, WIDTH, make_project, paint_truth


def make_proposed_project(folder):
    """The path of a project with masks in frames 0 to 8; those of track 1 in frame 3 and of track 2 in 5 are wrong."""
    path = make_project(folder)
    with Project.open(path) as project:
        run = project.create_run({}, [1, 2])
        for frame_index in range(LENGTH):
            labels = paint_truth(np.zeros((HEIGHT, WIDTH), np.uint16), frame_index)
            if frame_index > 8:
                labels[:] = 0
            if not 2 <= frame_index < 6:
                labels[labels == 2] = 0
            if frame_index == 3:
                labels[5:25, 20:32] = 0
            run.write_frame(frame_index, labels, [0.95, 0.75 if frame_index == 5 else 0.95])
        run.finish()
        project.merge_run(run.run_id)
    return path
