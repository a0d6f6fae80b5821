"""Going on with runs that were stopped, and deleting those that nobody needs."""

import shutil

import numpy as np
import pytest

from mfvis_engine.annotation import MaskOrigin
from mfvis_engine.project import (
    Project,
    ReadOnlyProjectError,
    RunClosedError,
    RunStatus,
    UnknownRunError,
    check_project,
    run_removal,
)

from .conftest import HEIGHT, WIDTH


def labels(value):
    return np.full((HEIGHT, WIDTH), value, np.uint16)


def stopped_run(project):
    writer = project.create_run({"steps": 3}, [1, 7])
    writer.write_frame(2, labels(7), [0.25, 0.5])
    writer.training_folder.mkdir()
    (writer.training_folder / "weights").write_bytes(b"123")
    return writer


def test_a_failed_run_goes_on_with_what_it_has(project):
    writer = stopped_run(project)
    writer.fail("the lamp went out")
    again = project.resume_run(writer.run_id)
    (info,) = project.runs()
    assert (info.status, info.reason, info.frames_done) == (RunStatus.RUNNING, None, 1)
    assert info.settings == {"steps": 3}
    assert (again.training_folder / "weights").read_bytes() == b"123"
    again.write_frame(0, labels(1), [1, 0])
    again.finish()
    (info,) = project.runs()
    assert (info.status, info.frames_done) == (RunStatus.FINISHED, 2)
    assert not again.training_folder.exists()


def test_a_killed_run_goes_on(project):
    writer = stopped_run(project)  # it stays running, and nobody writes it any more
    again = project.resume_run(writer.run_id)
    again.write_frame(0, labels(1), [1, 0])
    np.testing.assert_array_equal(project.run(writer.run_id).frames_done(), [0, 2])


def test_a_finished_run_does_not_go_on(project):
    writer = project.create_run({}, [1])
    writer.finish()
    with pytest.raises(RunClosedError, match="has finished"):
        project.resume_run(writer.run_id)
    with pytest.raises(UnknownRunError):
        project.resume_run("20260101-000000-0000")


def test_a_deleted_run_is_gone_and_its_masks_stay(project):
    writer = stopped_run(project)
    project.merge_run(writer.run_id)
    size = project.run(writer.run_id).size_bytes()
    assert size > 3
    assert project.delete_run(writer.run_id) == size
    assert project.runs() == ()
    assert list((project.path / "runs").iterdir()) == [project.path / "runs" / "zarr.json"]
    assert (project.read_masks(2) == 7).all()
    project.undo()
    assert not project.read_masks(2).any()
    project.redo()
    states = {(state.track_id, state.origin, state.run_id) for state in project.mask_states(2)}
    assert (7, MaskOrigin.PREDICTED, writer.run_id) in states


def test_a_deletion_that_is_interrupted_leaves_no_half_run_and_is_finished_later(project, monkeypatch):
    first, second = stopped_run(project), stopped_run(project)

    def fail(folder):
        raise PermissionError(13, "in use", str(folder))

    with monkeypatch.context() as patch:
        patch.setattr(run_removal.shutil, "rmtree", fail)
        with pytest.raises(PermissionError):
            project.delete_run(first.run_id)
    assert [info.run_id for info in project.runs()] == [second.run_id]
    assert len(list((project.path / "runs").glob(".*.removed"))) == 1
    project.delete_run(second.run_id)
    assert not list((project.path / "runs").glob(".*.removed"))


def lose_scores(folder):
    shutil.rmtree(folder / "scores")


def write_nonsense(folder):
    (folder / "zarr.json").write_text("nonsense", encoding="utf-8")


def lose_the_time(folder):
    path = folder / "zarr.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"created": "20', '"created": "soon'), encoding="utf-8")


def cut_off_scores(folder):
    path = folder / "scores" / "c" / "0" / "0"
    path.write_bytes(path.read_bytes()[:-3])


@pytest.mark.parametrize("damage", [lose_scores, write_nonsense, lose_the_time, cut_off_scores])
def test_a_damaged_run_is_listed_as_such_named_by_a_check_and_can_be_deleted(project, damage):
    first, damaged, last = stopped_run(project), stopped_run(project), stopped_run(project)
    sound = project.runs()[0], project.runs()[2]
    damage(project.path / "runs" / damaged.run_id)
    infos = project.runs()
    assert {info.run_id for info in infos} == {first.run_id, damaged.run_id, last.run_id}
    (info,) = (info for info in infos if info.status is RunStatus.DAMAGED)
    assert (info.run_id, info.track_ids, info.frames_done) == (damaged.run_id, (), 0)
    assert f"{info.created:%Y%m%d-%H%M%S}" == damaged.run_id[:15]
    assert damaged.run_id in info.reason
    assert tuple(one for one in infos if one is not info) == sound
    found = [finding for finding in check_project(project.path).findings if damaged.run_id in finding.where]
    assert found
    assert not check_project(project.path).damages  # nothing that a person did
    project.delete_run(damaged.run_id)
    assert project.runs() == sound
    assert check_project(project.path).is_clean


def test_a_run_whose_name_is_no_time_is_listed_all_the_same(project):
    (project.path / "runs" / "99999999-999999-abcd").mkdir()
    writer = stopped_run(project)
    assert [info.status for info in project.runs()] == [RunStatus.DAMAGED, RunStatus.RUNNING]
    assert project.runs()[1].run_id == writer.run_id


def test_runs_are_deleted_only_by_writers_and_only_where_they_are(project):
    writer = stopped_run(project)
    with pytest.raises(UnknownRunError, match=writer.run_id):
        project.delete_run("../masks")
    project.close()
    with Project.open(project.path, read_only=True) as again, pytest.raises(ReadOnlyProjectError):
        again.delete_run(writer.run_id)
