"""How `project_v1.zip` was made. It runs with version 1 of the project folder (0.1.0 before verbs) and no later one.

Four pictures of 6 x 8, copied into the project. Tracks 1, 2 and 7; a run for 1 and 7, merged; then what a person of
that time could do: pixels of track 2 recorded as edited, one mask of the run verified, one absence verified, and pixels
of track 2 in frame 3 of which nothing is recorded.
"""

import shutil
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from mfvis_engine.annotation import Annotations, Keyframe, Track
from mfvis_engine.project import MaskOrigin, MaskState, Project

LENGTH, HEIGHT, WIDTH = 4, 6, 8


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        make(Path(name))


def make(folder: Path) -> None:
    (folder / "clip").mkdir()
    for index in range(LENGTH):
        picture = np.full((HEIGHT, WIDTH, 3), 40 * index, np.uint8)
        Image.fromarray(picture).save(folder / "clip" / f"{index:03}.png")
    with Project.create(folder / "old.mfvis", folder / "clip", copy_video=True) as project:
        fill(project)
    shutil.rmtree(folder / "clip")
    shutil.make_archive(str(Path(__file__).with_name("project_v1")), "zip", folder)


def fill(project: Project) -> None:
    project.replace_annotations(
        Annotations(
            (
                Track(1, "cell", (Keyframe(0, (0, 0, 3, 4)), Keyframe(3, (1.5, 0.25, 4.5, 4), occluded=True))),
                Track(2, "Zelle ü", (Keyframe(1, (3, 1, 6, 5)), Keyframe(3, (3, 1, 6, 6), outside=True))),
                Track(7, "cell", (Keyframe(0, (5, 0, 8, 4)), Keyframe(2, (5, 0, 8, 4)))),
            )
        )
    )
    run = project.create_run({"made": "for a test"}, [1, 7])
    for frame_index in range(3):
        labels = np.zeros((HEIGHT, WIDTH), np.uint16)
        labels[:4, :3] = 1
        labels[:4, 6:] = 7
        run.write_frame(frame_index, labels, [0.5, 0.75])
    run.finish()
    project.merge_run(run.run_id)
    project.masks[1, 5, :4] = 2
    project.masks[3, 5, 2:4] = 2
    project.record_mask_states(
        [
            MaskState(2, 1, MaskOrigin.EDITED),
            MaskState(1, 1, MaskOrigin.VERIFIED, run.run_id),
            MaskState(7, 3, MaskOrigin.VERIFIED),
        ]
    )


if __name__ == "__main__":
    main()
