"""A segment job that was stopped goes on: killed, cancelled or failed, with its own settings and boxes."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mfvis_engine.annotation.verbs import SetBox
from mfvis_engine.cli.actions import segmentation
from mfvis_engine.inference import predict_video
from mfvis_engine.project import Project, RunStatus
from tests.cli.conftest import LENGTH, said
from tests.cli.killed_segment_job import WaitingListener, small_request

ROOT = Path(__file__).parents[2]


def killed_job(project_path, part):
    """Starts a job in a process of its own, and kills it in the middle of a part."""
    job = [sys.executable, "-m", "tests.cli.killed_segment_job", str(project_path), part]
    with subprocess.Popen(job, cwd=ROOT, stdout=subprocess.PIPE, encoding="utf-8") as process:
        assert process.stdout.readline() == "here\n"
        process.kill()
    with Project.open(project_path, read_only=True) as project:
        return project.runs()[-1]


def state_of(project_path):
    with Project.open(project_path, read_only=True) as project:
        return project.runs(), np.stack([project.read_masks(frame_index) for frame_index in range(LENGTH)])


def masks_undisturbed(project_path):
    """The masks of the same job when nobody kills it; the project is left without them."""
    with Project.open(project_path) as project:
        segmentation.segment_project(project, small_request(), WaitingListener("never"))
        masks = np.stack([project.read_masks(frame_index) for frame_index in range(LENGTH)])
        project.undo()
    return masks


def test_a_job_killed_in_training_goes_on_from_where_it_was_saved(run, boxed_project, tiny_net):
    killed = killed_job(boxed_project, "training")
    assert killed.status is RunStatus.RUNNING
    folder = boxed_project / "runs" / killed.run_id / "training"
    assert folder.is_dir()
    done = run("segment", boxed_project, "--resume")
    assert done.exit_code == 0, done.stderr
    assert f"{killed.run_id}, gone on with" in done.stdout
    assert "3 steps, 1 of them before it was stopped" in done.stdout
    assert "8 written, 0 skipped" in done.stdout
    (info,), masks = state_of(boxed_project)
    assert (info.status, info.frames_done, info.settings) == (RunStatus.FINISHED, LENGTH, killed.settings)
    assert not folder.exists()
    assert masks.any()


def test_a_job_killed_in_prediction_ends_as_if_it_had_not_been(run, boxed_project, tiny_net):
    undisturbed = masks_undisturbed(boxed_project)
    killed = killed_job(boxed_project, "predicting")
    assert killed.frames_done == 2
    assert run("segment", boxed_project, "--resume").exit_code == 0
    runs, masks = state_of(boxed_project)
    assert (runs[-1].run_id, runs[-1].status) == (killed.run_id, RunStatus.FINISHED)
    assert masks.any()
    assert np.count_nonzero(masks != undisturbed) <= 0.001 * masks.size  # threads may add in another order


@pytest.mark.filterwarnings("default")
def test_training_that_was_saved_badly_begins_anew_with_a_warning(run, boxed_project, tiny_net):
    killed = killed_job(boxed_project, "training")
    (tensors,) = (boxed_project / "runs" / killed.run_id / "training").glob("*.safetensors")
    tensors.write_bytes(tensors.read_bytes()[:-50])
    done = run("segment", boxed_project, "--resume")
    assert done.exit_code == 0, done.stderr
    assert "Warning: What was saved of the training is of no use, so it begins anew" in said(done.stderr)
    assert "3 steps, 0 of them before it was stopped" in done.stdout


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("the network broke")])
def test_a_cancelled_or_failed_job_goes_on(run, boxed_project, tiny_net, monkeypatch, error):
    def predict(net, video, boxes, device):
        yield next(predict_video(net, video, boxes, device))
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(segmentation, "predict_video", predict)
        assert run("segment", boxed_project, "--steps", 1, "--device", "cpu").exit_code != 0
    done = run("segment", boxed_project, "--resume")
    assert done.exit_code == 0, done.stderr
    assert "1 steps, 0 of them before" in done.stdout
    (info,), _ = state_of(boxed_project)
    assert (info.status, info.reason, info.frames_done) == (RunStatus.FINISHED, None, LENGTH)


@pytest.fixture
def stopped_project(run, boxed_project, tiny_net, monkeypatch):
    """A project whose only run was cancelled."""
    with monkeypatch.context() as patch:
        patch.setattr(segmentation, "predict_video", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        assert run("segment", boxed_project, "--steps", 1, "--device", "cpu").exit_code == 130
    return boxed_project


def test_changed_boxes_are_refused_until_the_change_is_undone(run, stopped_project):
    with Project.open(stopped_project) as project:
        project.do(SetBox(1, 2, (1, 2, 30, 40)))
    done = run("segment", stopped_project, "--resume")
    assert done.exit_code == 1
    assert "began with other boxes" in done.stderr
    assert f"mfvis undo {stopped_project}" in said(done.stderr)
    (info,), _ = state_of(stopped_project)
    assert info.status is RunStatus.FAILED  # untouched
    assert run("undo", stopped_project).exit_code == 0
    assert run("segment", stopped_project, "--resume").exit_code == 0


def test_without_a_stopped_run_there_is_nothing_to_go_on_with(run, stopped_project):
    assert run("segment", stopped_project, "--steps", 1, "--device", "cpu").exit_code == 0
    done = run("segment", stopped_project, "--resume")
    assert done.exit_code == 1
    assert "has finished" in done.stderr


def test_runs_of_others_are_not_gone_on_with(run, masked_project):
    with Project.open(masked_project) as project:
        project.create_run({"command": "dream"}, [1]).fail("woke up")
    done = run("segment", masked_project, "--resume")
    assert done.exit_code == 1
    assert "no run to go on with" in done.stderr


def test_a_run_that_does_not_tell_its_boxes_is_refused(run, boxed_project):
    with Project.open(boxed_project) as project:
        project.create_run({"command": "segment"}, [1, 3]).fail("made by an older version")
    done = run("segment", boxed_project, "--resume")
    assert done.exit_code == 1
    assert "does not tell from which boxes" in done.stderr


@pytest.mark.parametrize("words", [("--steps", 3), ("--seconds", 3), ("--device", "cpu"), ("--backbone", "x")])
def test_resuming_takes_no_other_settings(run, boxed_project, words):
    done = run("segment", boxed_project, "--resume", *words)
    assert done.exit_code == 2
    assert "goes on with the settings of the run" in said(done.stderr).replace(" │ │ ", " ")
