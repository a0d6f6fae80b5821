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


def test_a_damaged_run_can_be_deleted(project):
    writer = stopped_run(project)
    shutil.rmtree(project.path / "runs" / writer.run_id / "scores")
    project.delete_run(writer.run_id)
    assert project.runs() == ()


def test_runs_are_deleted_only_by_writers_and_only_where_they_are(project):
    writer = stopped_run(project)
    with pytest.raises(UnknownRunError, match=writer.run_id):
        project.delete_run("../masks")
    project.close()
    with Project.open(project.path, read_only=True) as again, pytest.raises(ReadOnlyProjectError):
        again.delete_run(writer.run_id)
