"""A project with some of everything, what it holds, and ways to damage a file."""

from pathlib import Path

import numpy as np

from mfvis_engine.annotation import Annotations, Keyframe, Track
from mfvis_engine.annotation.verbs import ClearMask, EditMask, NewTrack, SetBox, Verify
from mfvis_engine.project import Project

from .conftest import HEIGHT, LENGTH, WIDTH


def full_project(path: Path, video_path: Path) -> Path:
    """Makes a project with tracks, a run, masks predicted, edited and verified, and something undone."""
    with Project.create(path, video_path, copy_video=True) as project:
        keyframes = (Keyframe(0, (0, 0, 4, 4)), Keyframe(3, (1.5, 0.25, 5, 4), occluded=True))
        project.replace_annotations(Annotations((Track(1, "cell", keyframes), Track(7, "Zelle ü"))))
        writer = project.create_run({"steps": 3, "made": "by a test"}, [1, 7])
        rng = np.random.default_rng(1)
        for frame_index in range(LENGTH - 1):
            labels = rng.choice([0, 1, 7], (HEIGHT, WIDTH))
            writer.write_frame(frame_index, labels, [0.5, 0.25])
        writer.finish()
        project.merge_run(writer.run_id)
        project.do(EditMask(1, 1, 1, np.full((2, 3), 7)))
        project.do(Verify((1,), 0, 1))
        project.do(SetBox(1, 2, (0, 0, 2, 2)))
        project.do(ClearMask((7,), 0, 0))
        project.undo()
        return project.path


def held(project: Project) -> tuple[object, ...]:
    """All that a person did: boxes, states, pixels, and the log."""
    pixels = tuple(project.read_masks(frame_index).tobytes() for frame_index in range(project.length))
    return project.annotations(), project.mask_states(), pixels, project.log(), project.work()


def work_goes_on(project: Project) -> None:
    """Does things that touch no pixel that was there."""
    project.do(NewTrack(project.free_track_id(), "cell"))
    project.undo()
