"""What runs found is read once of a run that has finished, and anew of one that may go on."""

import json
import shutil

import pytest

from mfvis_engine.annotation import Keyframe, ProposedTrack
from mfvis_engine.annotation.verbs import DismissTracks
from mfvis_engine.project import open_proposals as module


def found(track_id):
    return ProposedTrack(track_id, "egg", 0.5, (Keyframe(0, (0, 0, 4, 4)),))


def make_run(project, found_ids, *, finished=True):
    writer = project.create_run({}, [], found_ids)
    writer.propose([found(found_ids[0])])
    if finished:
        writer.finish()
    return writer


def open_ids(project):
    return [one.track.track_id for one in project.open_proposals()]


@pytest.fixture
def read(monkeypatch):
    """The ids of runs that were read, in that order."""
    ids = []

    class CountedRun(module.Run):
        def __init__(self, runs_folder, run_id):
            ids.append(run_id)
            super().__init__(runs_folder, run_id)

    monkeypatch.setattr(module, "Run", CountedRun)
    return ids


def test_a_finished_run_is_read_once(project, read):
    runs = [make_run(project, ids).run_id for ids in ((2, 3), (4, 5))]
    for _ in range(2):
        assert open_ids(project) == [2, 4]
    assert sorted(read) == sorted(runs)
    project.do(DismissTracks(runs[0], (2,)))  # what a person says is not of the run
    assert open_ids(project) == [4]
    third = make_run(project, (6,)).run_id
    assert open_ids(project) == [4, 6]
    assert sorted(read) == sorted([*runs, third])


def test_a_run_that_may_go_on_is_read_anew(project):
    writer = make_run(project, (2, 3), finished=False)
    assert open_ids(project) == [2]
    assert project.free_track_ids(2) == (4, 5)
    writer.propose([found(2), found(3)])
    assert open_ids(project) == [2, 3]
    writer.propose([found(3)])
    writer.finish()
    assert open_ids(project) == [3]


def test_one_that_is_deleted_is_gone_and_one_that_is_mended_is_there(project):
    kept, deleted = (make_run(project, ids).run_id for ids in ((2,), (4,)))
    assert open_ids(project) == [2, 4]
    project.delete_run(deleted)
    assert open_ids(project) == [2]
    damaged = make_run(project, (5,)).run_id
    path = project.path / "runs" / damaged / "zarr.json"
    whole = path.with_name("whole")
    shutil.copy(path, whole)
    metadata = json.loads(path.read_text(encoding="utf-8"))
    metadata["attributes"]["mfvis_run"]["proposed_tracks"] = "some"
    path.write_text(json.dumps(metadata), encoding="utf-8")
    assert open_ids(project) == [2]
    shutil.move(whole, path)
    assert open_ids(project) == [2, 5]
    assert kept != damaged
