"""Who a track id is: a run is not accepted for a track whose id has become another object's."""

import json
import shutil
import sqlite3

import numpy as np
import pytest

from mfvis_engine.annotation import Annotations, Keyframe, Track, VerbRefusedError
from mfvis_engine.annotation.verbs import (
    AcceptRun,
    DeleteTrack,
    EditMask,
    MergeTracks,
    NewTrack,
    RenameCategory,
    SetBox,
    SplitTrack,
    SwapTracks,
)
from mfvis_engine.project import Project
from mfvis_engine.project.seal import sealed

from .conftest import HEIGHT, WIDTH

FIRST_HALF = np.repeat(np.array([[1] * (WIDTH // 2) + [7] * (WIDTH // 2)], np.uint16), HEIGHT, axis=0)


def made_run(project, track_ids=(1, 7)):
    writer = project.create_run({}, track_ids)
    for frame_index in range(project.length):
        writer.write_frame(frame_index, FIRST_HALF, [0.5] * len(track_ids))
    writer.finish()
    return writer.run_id


def written_ids(report):
    return set(report.written[:, 0].tolist())


@pytest.mark.parametrize(
    ("verbs", "gone", "unannotated"),
    [
        ([SwapTracks(1, 65535, 2)], (1,), ()),
        ([SplitTrack(1, 2, 9)], (1,), ()),
        ([MergeTracks(65535, 1)], (), ()),  # which had neither box nor mask
        ([DeleteTrack(1)], (), (1,)),
        ([DeleteTrack(1), NewTrack(1, "egg")], (1,), ()),
        ([SetBox(1, 2, (0, 0, 3, 3)), RenameCategory(7, "egg")], (), ()),
    ],
)
def test_all_but_the_tracks_that_are_others_by_now_are_accepted(project, verbs, gone, unannotated):
    run_id = made_run(project)
    for verb in verbs:
        project.do(verb)
    report = project.merge_run(run_id)
    assert report.reidentified_track_ids == gone
    assert report.unannotated_track_ids == unannotated
    assert written_ids(report) == {1, 7} - {*gone, *unannotated}
    assert not np.isin(project.read_masks(0), (*gone, *unannotated)).any()


def test_a_track_that_others_were_merged_into_keeps_the_masks_it_has_of_them(project):
    project.do(EditMask(1, 0, 0, np.array([[65535]])))
    run_id = made_run(project)
    project.do(MergeTracks(65535, 1))
    assert project.merge_run(run_id).reidentified_track_ids == (1,)
    assert project.read_masks(1)[0, 0] == 1


def test_undo_makes_it_who_it_was_and_redo_another(project):
    before = made_run(project)
    project.do(SwapTracks(1, 7, 1))
    after = made_run(project)
    assert project.merge_run(before).reidentified_track_ids == (1, 7)
    assert project.merge_run(after).reidentified_track_ids == ()
    project.undo()  # the merge
    project.undo()  # the swap
    assert project._scene.reidentified(after)[1] == (
        "change 2 of the log (swap tracks 1 and 7 from frame 1) was undone"
    )
    assert project._scene.reidentified(before) == {}
    project.redo()
    assert project._scene.reidentified(after) == {}
    assert set(project._scene.reidentified(before)) == {1, 7}
    project.undo()
    project.do(SwapTracks(1, 7, 1))  # the same again, in the place of what was undone
    assert set(project._scene.reidentified(after)) == {1, 7}
    assert "change 4 of the log" in project._scene.reidentified(after)[1]


def test_a_track_that_is_named_is_refused_with_the_change_and_what_to_do(project):
    run_id = made_run(project)
    project.do(SplitTrack(1, 2, 9))
    message = (
        rf"Track 1 is not who it was when run {run_id} was made: change 2 of the log \(split track 1 at frame 2 into"
        r" 9\) came since\. Segment again"
    )
    with pytest.raises(VerbRefusedError, match=message):
        project.merge_run(run_id, track_ids=[1, 7])
    assert not project.read_masks(0).any()
    assert written_ids(project.merge_run(run_id, track_ids=[7])) == {7}


def test_replacing_the_tracks_says_who_those_are_that_it_changes(project, annotations):
    run_id = made_run(project)
    other = Track(1, "cell", (Keyframe(0, (4, 0, 8, 6)),))
    project.replace_annotations(Annotations((other, annotations.track(7))))
    report = project.merge_run(run_id)
    assert report.reidentified_track_ids == (1,)
    assert written_ids(report) == {7}


def test_a_run_of_an_older_version_is_accepted_as_ever(project):
    run_id = made_run(project)
    path = project.path / "runs" / run_id / "zarr.json"
    metadata = json.loads(path.read_text(encoding="utf-8"))
    told = {k: v for k, v in metadata["attributes"]["mfvis_run"].items() if k not in ("identities", "crc")}
    metadata["attributes"]["mfvis_run"] = sealed(told)
    path.write_text(json.dumps(metadata), encoding="utf-8")
    project.do(SwapTracks(1, 7, 1))
    report = project.merge_run(run_id)
    assert report.reidentified_track_ids == ()
    assert written_ids(report) == {1, 7}


def test_a_database_from_a_backup_that_gives_ids_of_the_log_again_is_seen_through(project):
    project.close()
    database = project.path / "annotations.sqlite"
    kept = project.path.parent / "kept.sqlite"
    shutil.copyfile(database, kept)
    with Project.open(project.path) as opened:
        opened.do(SwapTracks(1, 7, 1))
        run_id = made_run(opened)
    shutil.copyfile(kept, database)
    with Project.open(project.path) as opened:
        assert opened.do(SwapTracks(1, 7, 2)).log_id == 2  # as that of the change before
        assert opened.merge_run(run_id).reidentified_track_ids == (1, 7)


def test_a_damaged_entry_of_the_log_forbids_old_runs_but_no_new_ones(project):
    project.do(NewTrack(9, "cell"))
    old = made_run(project)
    project.do(NewTrack(10, "cell"))
    project.close()
    with sqlite3.connect(project.path / "annotations.sqlite") as connection:
        connection.execute("UPDATE log SET track_ids = '[11]' WHERE log_id = 3")
    connection.close()
    with Project.open(project.path) as opened:
        assert opened.merge_run(old).reidentified_track_ids == (1, 7)
        assert opened.merge_run(made_run(opened)).reidentified_track_ids == ()


def test_accepting_is_redone_as_it_was_done(project):
    run_id = made_run(project)
    project.do(AcceptRun(run_id))
    held = project.read_masks(0)
    project.undo()
    assert not project.read_masks(0).any()
    project.redo()
    np.testing.assert_array_equal(project.read_masks(0), held)
