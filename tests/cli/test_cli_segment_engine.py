"""`mfvis segment --engine`: the same job, carried out in processes of an engine."""

import numpy as np
import pytest

from mfvis_engine.actions import segmentation
from mfvis_engine.jobs.client.engine import Engine
from mfvis_engine.jobs.events import Progress
from mfvis_engine.jobs.wire.certificates import CLIENT, make_certificates
from mfvis_engine.project import Project, RunStatus
from tests.cli.conftest import LENGTH, said


@pytest.fixture(scope="module")
def engine():
    with Engine.start() as started:
        yield started


def runs(path):
    with Project.open(path, read_only=True) as project:
        return project.runs()


def masks(path):
    with Project.open(path, read_only=True) as project:
        return np.stack([project.read_masks(frame_index) for frame_index in range(LENGTH)])


def test_an_engine_does_the_job_and_its_weights_serve_the_next(run, boxed_project, at_engine):
    done = run("segment", boxed_project, "--steps", 2, "--device", "cpu", *at_engine)
    assert done.exit_code == 0, done.stderr
    assert f"of 2 tracks in {LENGTH} frames." in done.stdout
    (first,) = runs(boxed_project)
    assert (first.status, first.frames_done) == (RunStatus.FINISHED, LENGTH)
    assert first.settings["settings"]["steps"] == 2
    assert set(np.unique(masks(boxed_project))) <= {0, 1, 3}
    assert masks(boxed_project).any()
    done = run("segment", boxed_project, "--start-from", first.run_id, "--steps", 1, "--device", "cpu", *at_engine)
    assert done.exit_code == 0, done.stderr
    assert [info.status for info in runs(boxed_project)] == [RunStatus.FINISHED] * 2


class Killed(BaseException):
    """In the place of a signal that ends the process."""


def test_a_job_goes_on_without_its_client_and_is_fetched_later(run, boxed_project, at_engine, engine, monkeypatch):
    def die_early(work, handle):
        work._handle = handle
        for event in handle.events():
            work._take(event)
            if isinstance(event, Progress):
                raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(segmentation._Work, "_follow", die_early)
        with pytest.raises(Killed):
            run("segment", boxed_project, "--steps", 2, "--device", "cpu", *at_engine)
    (info,) = runs(boxed_project)
    assert info.status is RunStatus.RUNNING
    engine.job(info.settings["engine_job"]).wait()
    done = run("segment", boxed_project, "--resume", *at_engine)
    assert done.exit_code == 0, done.stderr
    (info,) = runs(boxed_project)
    assert (info.status, info.frames_done) == (RunStatus.FINISHED, LENGTH)
    assert masks(boxed_project).any()


def test_a_job_that_ended_there_without_its_masks_is_handed_in_again(
    run, boxed_project, at_engine, engine, monkeypatch
):
    def cancelled(work, handle):
        work._handle = handle
        handle.cancel()
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(segmentation._Work, "_follow", cancelled)
        with pytest.raises(Killed):
            run("segment", boxed_project, "--steps", 1, "--device", "cpu", *at_engine)
    (info,) = runs(boxed_project)
    assert engine.job(info.settings["engine_job"]).state() == "cancelled"
    done = run("segment", boxed_project, "--resume", *at_engine)
    assert done.exit_code == 0, done.stderr
    (after,) = runs(boxed_project)
    assert (after.run_id, after.status) == (info.run_id, RunStatus.FINISHED)


def test_what_does_not_go_together_is_told(run, boxed_project, tmp_path, tiny_net):
    assert "Give both or neither" in said(run("segment", boxed_project, "--engine", "tls://gpu:8786").stderr)
    assert "Give both or neither" in said(run("segment", boxed_project, "--certificates", tmp_path).stderr)
    missing = run("segment", boxed_project, "--engine", "tls://127.0.0.1:1", "--certificates", tmp_path)
    assert missing.exit_code == 1
    assert "authority.pem is missing" in said(missing.stderr)


def test_an_address_that_is_none_is_told(run, boxed_project, at_engine):
    _, address, *certificates = at_engine
    refused = run("segment", boxed_project, "--engine", address.removeprefix("tls://"), *certificates)
    assert refused.exit_code == 1
    assert "must be tls://HOST:PORT" in said(refused.stderr)
    assert runs(boxed_project) == ()


def test_a_run_that_no_engine_had_cannot_be_fetched_from_one(run, boxed_project, at_engine, monkeypatch, tiny_net):
    def die(work):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(Project, "merge_run", lambda project, run_id: die(project))
        with pytest.raises(Killed):
            run("segment", boxed_project, "--steps", 1, "--device", "cpu")
    refused = run("segment", boxed_project, "--resume", *at_engine)
    assert refused.exit_code == 1
    assert "was begun without an engine" in said(refused.stderr)


def test_another_authority_is_refused_and_leaves_no_run(run, boxed_project, tmp_path, engine):
    make_certificates(tmp_path / "others")
    refused = run("segment", boxed_project, "--engine", engine.address, "--certificates", tmp_path / "others")
    assert refused.exit_code == 1
    assert "certificates" in refused.stderr
    assert runs(boxed_project) == ()
    assert (tmp_path / "others" / f"{CLIENT}.pem").exists()
