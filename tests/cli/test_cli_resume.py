"""A segment job that was stopped goes on: killed, cancelled or failed, with its own settings and boxes."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mfvis_engine.actions.segmentation import resume_project, segment_project
from mfvis_engine.annotation.verbs import EditMask, SetBox
from mfvis_engine.inference import predict_video
from mfvis_engine.jobs.carrier import order, prediction, runner, settings
from mfvis_engine.jobs.events import FrameDone
from mfvis_engine.project import Project, RunStatus, RunWriter
from tests.cli.conftest import LENGTH, said
from tests.cli.killed_segment_job import THREE_STEPS, WaitingListener, saved_at_every_step

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    """Training is saved at every step, and two frames are predicted at a time."""
    monkeypatch.setattr(settings, "_FROM_SHIPPED", saved_at_every_step())
    monkeypatch.setattr(order, "_MOST_FRAMES", 2)


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
        segment_project(project, THREE_STEPS, WaitingListener("never"))
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
    assert " written, 0 skipped" in done.stdout
    (info,), masks = state_of(boxed_project)
    assert (info.status, info.frames_done) == (RunStatus.FINISHED, LENGTH)
    assert {**info.settings, **killed.settings} == info.settings
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


@pytest.fixture
def predicted_frames(monkeypatch):
    """The frames that prediction is asked for, job by job."""
    asked = []

    def predict(net, video, boxes, device, frames):
        asked.append(list(frames))
        return predict_video(net, video, boxes, device, frames)

    monkeypatch.setattr(prediction, "predict_video", predict)
    return asked


class InterruptingListener(WaitingListener):
    """Presses Ctrl+C where the other waits to be killed."""

    def _wait(self):
        raise KeyboardInterrupt


def interrupted_run(project_path):
    """The run of a job that was stopped when two frames were predicted."""
    with Project.open(project_path) as project, pytest.raises(KeyboardInterrupt):
        segment_project(project, THREE_STEPS, InterruptingListener("predicting"))
    with Project.open(project_path, read_only=True) as project:
        return project.runs()[-1]


def test_frames_that_are_done_are_not_predicted_again(run, boxed_project, tiny_net, one_thread, predicted_frames):
    undisturbed = masks_undisturbed(boxed_project)
    assert interrupted_run(boxed_project).frames_done == 2
    done = run("segment", boxed_project, "--resume")
    assert done.exit_code == 0, done.stderr
    assert "3 steps, 3 of them before it was stopped" in done.stdout
    assert " written, 0 skipped" in done.stdout
    assert predicted_frames == [[0, 1], [2, 3], [0, 1], [2, 3], [2, 3]]
    runs, masks = state_of(boxed_project)
    assert (runs[-1].status, runs[-1].frames_done) == (RunStatus.FINISHED, LENGTH)
    assert np.array_equal(masks, undisturbed)
    assert f"{sum(np.unique(frame[frame > 0]).size for frame in masks)} masks of 2 tracks" in done.stdout


def test_a_run_interrupted_twice_goes_on_each_time(boxed_project, tiny_net):
    interrupted_run(boxed_project)
    told = []

    def listener(event):
        if isinstance(event, FrameDone):
            told.append(event.masks.frame_index)
            if told == [2, 3]:
                raise KeyboardInterrupt

    with Project.open(boxed_project) as project:
        with pytest.raises(KeyboardInterrupt):
            resume_project(project, listener)
        resume_project(project, listener)
    assert told == [2, 3, 3]
    (info,), _ = state_of(boxed_project)
    assert (info.status, info.frames_done) == (RunStatus.FINISHED, LENGTH)


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(path.read_bytes()[:-1])])
@pytest.mark.parametrize("name", ["learned.json", "learned.safetensors"])
def test_frames_of_two_networks_are_never_mixed(run, boxed_project, tiny_net, predicted_frames, name, damage):
    info = interrupted_run(boxed_project)
    damage(boxed_project / "runs" / info.run_id / "training" / "training" / name)
    predicted_frames.clear()
    with Project.open(boxed_project) as project, pytest.raises(KeyboardInterrupt):
        resume_project(project, InterruptingListener("predicting"))
    assert (
        state_of(boxed_project)[0][0].frames_done == 2
    )  # the new ones alone, so that the third resumption is safe too
    assert run("segment", boxed_project, "--resume").exit_code == 0
    assert predicted_frames == [[0, 1], [2, 3], [2, 3]]
    (after,), _ = state_of(boxed_project)
    assert (after.status, after.frames_done) == (RunStatus.FINISHED, LENGTH)


def test_training_that_was_saved_badly_begins_anew_with_a_warning(run, boxed_project, tiny_net):
    killed = killed_job(boxed_project, "training")
    (tensors,) = (boxed_project / "runs" / killed.run_id / "training" / "training").glob("*.safetensors")
    tensors.write_bytes(tensors.read_bytes()[:-50])
    done = run("segment", boxed_project, "--resume")
    assert done.exit_code == 0, done.stderr
    assert "Warning: What was saved of the training is of no use, so it begins anew" in said(done.stderr)
    assert "3 steps, 0 of them before it was stopped" in done.stdout


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("the network broke")])
def test_a_cancelled_or_failed_job_goes_on(run, boxed_project, tiny_net, monkeypatch, error):
    def predict(net, video, boxes, device, frames):
        yield next(predict_video(net, video, boxes, device, frames))
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(prediction, "predict_video", predict)
        assert run("segment", boxed_project, "--steps", 1, "--device", "cpu").exit_code != 0
    done = run("segment", boxed_project, "--resume")
    assert done.exit_code == 0, done.stderr
    assert "1 steps, 1 of them before" in done.stdout
    (info,), _ = state_of(boxed_project)
    assert (info.status, info.reason, info.frames_done) == (RunStatus.FINISHED, None, LENGTH)


@pytest.fixture
def stopped_project(run, boxed_project, tiny_net, monkeypatch):
    """A project whose only run was cancelled."""
    with monkeypatch.context() as patch:
        patch.setattr(prediction, "predict_video", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        done = run("segment", boxed_project, "--steps", 1, "--device", "cpu")
    assert done.exit_code == 130
    assert f"To go on with it: mfvis segment {boxed_project} --resume" in said(done.stderr)
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


def test_changed_masks_of_a_person_are_refused_until_the_change_is_undone(run, stopped_project):
    with Project.open(stopped_project) as project:
        project.do(EditMask(1, 4, 6, np.ones((8, 8), np.uint16)))
    done = run("segment", stopped_project, "--resume")
    assert done.exit_code == 1
    assert "began with other masks of yours" in done.stderr
    assert run("undo", stopped_project).exit_code == 0
    assert run("segment", stopped_project, "--resume").exit_code == 0


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError("the disk is full")])
def test_a_run_that_was_merged_and_could_not_be_finished_changes_nothing_more(
    run, boxed_project, tiny_net, monkeypatch, error
):
    with monkeypatch.context() as patch:
        patch.setattr(RunWriter, "finish", lambda _: (_ for _ in ()).throw(error))
        stopped = run("segment", boxed_project, "--steps", 1, "--device", "cpu")
    assert stopped.exit_code != 0
    changes = run("log", boxed_project).stdout
    (info,), masks = state_of(boxed_project)
    assert (info.status is not RunStatus.FINISHED, info.frames_done, masks.any()) == (True, LENGTH, True)
    assert f"mfvis segment {boxed_project} --resume" in stopped.stderr or error is not KeyboardInterrupt
    assert "masks are as they were" not in stopped.stderr
    assert run("segment", boxed_project, "--resume").exit_code == 0
    assert run("log", boxed_project).stdout == changes
    (info,), after = state_of(boxed_project)
    assert info.status is RunStatus.FINISHED
    assert np.array_equal(masks, after)


def test_a_resumption_that_is_stopped_at_once_loses_nothing(run, stopped_project, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(runner, "carry_out", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        assert run("segment", stopped_project, "--resume").exit_code == 130
    done = run("segment", stopped_project, "--resume")
    assert done.exit_code == 0, done.stderr
    assert "1 steps, 1 of them before it was stopped" in done.stdout


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


@pytest.mark.parametrize("recorded", [{}, {"boxes": "", "device_name": "cpu", "backbone": None, "settings": {}}])
def test_a_run_that_does_not_tell_how_it_began_is_refused(run, boxed_project, recorded):
    with Project.open(boxed_project) as project:
        project.create_run({"command": "segment", **recorded}, [1, 3]).fail("made by an older version")
    done = run("segment", boxed_project, "--resume")
    assert done.exit_code == 1
    assert "does not tell how it began" in said(done.stderr)
    assert f"Train anew: mfvis segment {boxed_project}" in said(done.stderr)


@pytest.mark.parametrize(
    "words",
    [
        ("--steps", 3),
        ("--seconds", 3),
        ("--device", "cpu"),
        ("--backbone", "x"),
        ("--start-from", "x"),
        ("--boxes-only",),
    ],
)
def test_resuming_takes_no_other_settings(run, boxed_project, words):
    done = run("segment", boxed_project, "--resume", *words)
    assert done.exit_code == 2
    assert "goes on with the settings of the run" in said(done.stderr).replace(" │ │ ", " ")
