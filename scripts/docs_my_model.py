"""Takes the pictures of "my model" and those of the window before a training: nothing is trained for them.

python -m scripts.docs_my_model
"""

import shutil
from pathlib import Path

import numpy as np
from PIL import Image
from qtpy.QtCore import QRect
from qtpy.QtWidgets import QFileDialog, QWidget

from mfvis_engine.annotation import Keyframe, ProposedTrack
from mfvis_engine.formats import read_box_csv
from mfvis_engine.project import Project
from mfvis_engine.sample import sample_clip
from scripts.docs_studio import Studio

IMAGES = Path(__file__).parents[1] / "docs" / "images"
FOLDER = Path("/tmp/videos")
"""The projects' place can be read in the pictures, so it is a short one."""
LABELLED, NEXT = FOLDER / "more animals.mfvis", FOLDER / "next video.mfvis"
MODEL, RELEASED = FOLDER / "mfvis-models" / "my-model", FOLDER / "mfvis_r50.pth"

FOUND_FRAME = 4
FOUND = {1: ("gecko", 0.94), 2: ("snake", 0.71), 3: ("butterfly", 0.86)}
"""Made up for the picture, as are the masks: those of the sample itself. No model has looked at anything."""


def shoot_panel(studio: Studio) -> None:
    """What is to choose of "my model", before it has learned, and of released weights."""
    make_projects()
    train = studio.dock.train
    train.panel.place.go_to(MODEL)
    train.model.box.setCurrentIndex(1)
    QFileDialog.getExistingDirectory = staticmethod(lambda *_: str(LABELLED))
    studio.click(train.panel.add)
    studio.wait(7)  # until the last message has gone
    studio.scroll_to(train)
    studio.shoot("my-model", part=under_title(studio, train))
    train.panel.place.go_to(RELEASED)
    studio.wait_until(lambda: train.panel.place.facts is not None)
    studio.scroll_to(train)
    studio.shoot("released", part=under_title(studio, train))
    train.panel.place.go_to(MODEL)
    train.model.box.setCurrentIndex(0)


def shoot_found(studio: Studio) -> None:
    """New objects in "Review": one is adopted, the next is looked at."""
    session = studio.dock.workspace.open_project(NEXT)
    studio.wait(1.5)
    review = studio.dock.review
    review.proposals.table.selectRow(0)
    review.proposals.adopt()
    (track_id,) = session.annotations.track_ids
    studio.wait_until(lambda: session.masks.codes(track_id).all())
    studio.wait(7)  # until the last message has gone, and the masks are looked over
    studio.scroll_to(review)
    studio.go_to(FOUND_FRAME)
    studio.shoot("found")


def make_projects() -> None:
    """A project with boxes, one without any in which objects were found, and a file that stands for weights."""
    clip = sample_clip()
    for path in (LABELLED, NEXT):
        shutil.rmtree(path, ignore_errors=True)
    RELEASED.write_bytes(b"")
    with Project.create(LABELLED, clip.video_path) as project:
        project.replace_annotations(read_box_csv(clip.boxes_path))
    with Project.create(NEXT, clip.video_path) as project:
        find_objects(project, clip.masks_dir)


def find_objects(project: Project, masks_dir: Path) -> None:
    """A run that has found the sample's animals."""
    ids = dict(zip(FOUND, project.free_track_ids(len(FOUND)), strict=True))
    run, boxes = project.create_run({}, (), ids.values()), {track_id: [] for track_id in FOUND}
    for frame_index in range(project.length):
        labels = np.asarray(Image.open(masks_dir / f"{frame_index:05}.png"), np.uint16)
        found, scores = np.zeros_like(labels), dict.fromkeys(FOUND, 0.0)
        for track_id, run_id in ids.items():
            rows, columns = np.nonzero(labels == track_id)
            found[rows, columns] = run_id
            if rows.size:
                box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
                boxes[track_id].append(Keyframe(frame_index, tuple(map(float, box))))
                scores[track_id] = FOUND[track_id][1]
            elif boxes[track_id] and not boxes[track_id][-1].outside:
                boxes[track_id].append(Keyframe(frame_index, boxes[track_id][-1].box_xyxy, outside=True))
        run.write_frame(frame_index, found, list(scores.values()))
    run.propose(
        [ProposedTrack(ids[track_id], *FOUND[track_id], tuple(keyframes)) for track_id, keyframes in boxes.items()]
    )
    run.finish()


def under_title(studio: Studio, section: QWidget) -> QRect:
    """A section with its title, as far as it can be seen."""
    rect, dock = studio.rect_of(section), studio.rect_of(studio.dock)
    top = rect.top() - 40
    return QRect(dock.left(), top, dock.width(), min(rect.bottom(), dock.bottom()) - top)


def main() -> None:
    """Takes them."""
    from scripts.docs_screenshots import begin, look_at_parts, open_sample

    studio = begin()
    open_sample(studio)
    look_at_parts(studio)
    shoot_panel(studio)
    shoot_found(studio)
    studio.close()


if __name__ == "__main__":
    main()
