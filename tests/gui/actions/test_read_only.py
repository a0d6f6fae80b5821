"""In a project that is open for reading, every action that would change it is refused."""

import pytest

from mfvis_engine.project import Project, ReadOnlyProjectError
from mfvis_napari.actions import boxes, masks, tracks, whole
from mfvis_napari.session import Session

CHANGES = (
    boxes.toggle_keyframe,
    boxes.toggle_outside,
    boxes.toggle_occluded,
    boxes.copy_to_next_frame,
    boxes.delete_here,
    boxes.end_here,
    tracks.split_here,
    tracks.swap_selected,
    tracks.merge_selected,
    tracks.delete_selected,
    lambda desk: tracks.set_category(desk, 1),
    masks.toggle_verified,
    masks.verify_up_to_here,
    masks.clear_mask,
    masks.hand_back,
    whole.undo,
    whole.redo,
)


def test_nothing_is_changed(desk, project_path):
    project = Project.open(project_path, read_only=True)
    desk.session = Session(project, project.video())
    desk.session.view.frame_index = 2
    desk.session.view.select([1, 2])
    before = desk.session.annotations
    for action in CHANGES:
        with pytest.raises(ReadOnlyProjectError, match="Open it for writing"):
            action(desk)
    assert desk.session.annotations == before
    desk.session.close()
