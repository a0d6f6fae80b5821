"""What `Project.do` answers, the log, and the questions about where things are from."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import zarr

from mfvis_engine.annotation import BoxOrigin, InvalidFrameError, MaskOrigin, MaskState, UnknownTrackError
from mfvis_engine.annotation.palette import track_color
from mfvis_engine.annotation.verbs import (
    VERBS,
    AcceptRun,
    EditMask,
    MergeTracks,
    NewTrack,
    RejectRun,
    SetBox,
    SplitTrack,
    Verify,
    verb_of,
)
from mfvis_engine.project import Project, ProjectDamagedError, UnknownRunError

from .conftest import HEIGHT, LENGTH, WIDTH


def test_a_verb_says_what_it_changed(project):
    done = project.do(EditMask(2, 0, 0, np.array([[1, 7]])))
    assert (done.summary, done.track_ids, done.frames.tolist()) == ("edit masks of frame 2", (1, 7), [2])
    assert project.undo().track_ids == (1, 7)
    done = project.do(SetBox(7, 0, (0, 0, 1, 1)))
    assert (done.track_ids, done.frames.tolist()) == ((7,), [])


def test_a_verb_that_changes_nothing_is_not_logged_and_keeps_what_can_be_redone(project, annotations):
    project.do(NewTrack(9, "cell"))
    project.undo()
    done = project.do(SetBox(1, 0, annotations.track(1).keyframes[0].box_xyxy))
    assert done.log_id is None
    assert project.redo().summary == "new track 9 (cell)"


def test_a_new_verb_drops_what_was_undone(project):
    project.do(NewTrack(8, "cell"))
    project.do(NewTrack(9, "cell"))
    project.undo()
    assert [entry.undone for entry in project.log()] == [False, False, True]
    project.do(NewTrack(10, "cell"))
    assert [entry.summary for entry in project.log()] == [
        "replace all tracks",
        "new track 8 (cell)",
        "new track 10 (cell)",
    ]
    assert project.redo() is None
    assert [entry.log_id for entry in project.log()] == [1, 2, 4]  # no id twice


def test_the_log_tells_when_what_and_where(project):
    project.do(EditMask(2, 0, 0, np.array([[7]])))
    entry = project.log()[-1]
    assert (entry.verb, entry.track_ids, entry.frame_count, entry.undone) == ("edit_mask", (7,), 1, False)
    assert timedelta(0) <= datetime.now(UTC) - entry.time < timedelta(minutes=5)
    record = project._database.record(entry.log_id)
    np.testing.assert_array_equal(verb_of(record.verb, json.loads(record.arguments)).labels, [[7]])
    assert record.verb in VERBS


def test_undo_and_redo_work_after_reopening(project, annotations):
    project.do(NewTrack(9, "Zelle ü"))
    project.close()
    with Project.open(project.path) as opened:
        opened.undo()
    with Project.open(project.path) as opened:
        assert opened.annotations() == annotations
        opened.redo()
        assert opened.annotations().track(9).category == "Zelle ü"
        opened.undo()
        opened.undo()
        assert opened.annotations().tracks == ()
        assert opened.undo() is None


def test_a_merge_is_undone_with_boxes_masks_and_states(project):
    project.do(EditMask(1, 0, 0, np.full((1, WIDTH), 65535)))
    project.do(Verify((65535,), 1, 1))
    before = project.annotations(), project.mask_states(), project.read_masks(1)
    project.do(MergeTracks(65535, 1))
    assert (project.read_masks(1)[0] == 1).all()
    assert project.mask_states(1) == (MaskState(1, 1, MaskOrigin.EDITED, verified=True),)
    project.undo()
    assert (project.annotations(), project.mask_states()) == before[:2]
    np.testing.assert_array_equal(project.read_masks(1), before[2])


def test_a_run_is_accepted_rejected_and_both_undone(project):
    writer = project.create_run({}, [1])
    for frame_index in range(LENGTH):
        writer.write_frame(frame_index, np.ones((HEIGHT, WIDTH), int), [1.0])
    done = project.do(AcceptRun(writer.run_id))
    assert done.written.tolist() == [[1, frame_index] for frame_index in range(LENGTH)]
    project.do(Verify((1,), 2, 2))
    done = project.do(RejectRun(writer.run_id))
    assert done.frames.tolist() == [0, 1, 3]
    assert done.skipped.tolist() == [[1, 2]]
    assert project.read_masks(2).all()
    assert not project.read_masks(0).any()
    for _ in range(3):
        project.undo()
    assert project.mask_states() == ()
    assert not project.masks[:].any()


def test_an_unknown_run_cannot_be_accepted(project):
    with pytest.raises(UnknownRunError):
        project.do(AcceptRun("20200101-000000-abcd"))


def test_where_boxes_and_masks_are_from(project):
    assert project.box_origin(1, 0) is BoxOrigin.DRAWN
    assert project.box_origin(1, 1) is BoxOrigin.INTERPOLATED
    assert project.box_origin(7, 2) is BoxOrigin.ABSENT
    project.do(SplitTrack(1, 2, 2))
    assert project.box_origin(2, 2) is BoxOrigin.INTERPOLATED  # it was written down, but nobody drew it
    dense = project.boxes()
    for row, track_id in enumerate(dense.track_ids.tolist()):
        for frame_index in range(LENGTH):
            assert project.box_origin(track_id, frame_index) == dense.origin[row, frame_index]
    with pytest.raises(UnknownTrackError):
        project.box_origin(99, 0)
    with pytest.raises(InvalidFrameError):
        project.box_origin(1, LENGTH)
    project.do(EditMask(1, 0, 0, np.array([[1, 7]])))
    project.do(EditMask(3, 0, 0, np.array([[1]])))
    assert [state.track_id for state in project.mask_states(1)] == [1, 7]
    assert [state.frame_index for state in project.mask_states(track_id=1)] == [1, 3]
    assert len(project.mask_states(1, 7)) == 1


def test_a_free_id_is_one_that_nothing_bears(project):
    assert project.free_track_id() == 2  # 65535 is taken, so the first gap
    project.do(EditMask(1, 0, 0, np.array([[65535]])))
    project.replace_annotations(project.annotations().without_track(65535))
    assert project.free_track_id() == 2  # its mask is still there
    project.undo()
    project.undo()


def test_other_programs_find_the_masks_as_ome_zarr_tells(project):
    project.do(NewTrack(9, "egg"))
    project.close()
    ome = zarr.open_group(project.path, mode="r").attrs["ome"]
    (image,) = ome["multiscales"]
    assert ome["version"] == "0.5"
    assert [axis["name"] for axis in image["axes"]] == ["t", "y", "x"]
    (dataset,) = image["datasets"]
    assert zarr.open_array(project.path / dataset["path"], mode="r").shape == (LENGTH, HEIGHT, WIDTH)
    assert {"label-value": 9, "category": "egg"} in ome["image-label"]["properties"]
    colors = {color["label-value"]: color["rgba"] for color in ome["image-label"]["colors"]}
    assert set(colors) == {1, 7, 9, 65535}
    assert colors[9] == [*track_color(9), 255]


def test_a_project_without_tracks_tells_other_programs_no_empty_list(tmp_path, video_path):
    Project.create(tmp_path / "empty", video_path).close()
    assert zarr.open_group(tmp_path / "empty.mfvis", mode="r").attrs["ome"]["image-label"] == {}


def test_a_change_of_a_row_that_has_rotted_is_not_undone_and_says_so(project):
    project.do(SetBox(1, 2, (0, 0, 2, 2)))
    project.close()
    with closing(sqlite3.connect(project.path / "annotations.sqlite", isolation_level=None)) as connection:
        connection.execute("UPDATE keyframe SET frame_index = 1 WHERE track_id = 1 AND frame_index = 2")
    with Project.open(project.path) as opened:
        before = opened.annotations()
        with pytest.raises(ProjectDamagedError, match="annotations"):
            opened.undo()
        assert opened.annotations() == before
        assert not opened.log()[-1].undone
