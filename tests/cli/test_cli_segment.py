import subprocess
import sys

import msgspec
import numpy as np
import pytest
import torch

from mfvis_engine.annotation.verbs import Verify
from mfvis_engine.inference import predict_video
from mfvis_engine.jobs.carrier import order, prediction, runner, weights
from mfvis_engine.jobs.carrier.settings import training_settings
from mfvis_engine.jobs.job import SHIPPED, LearnedWeights, TrainingLimits
from mfvis_engine.models import CheckpointError
from mfvis_engine.project import Project, RunStatus, backup_project, check_project
from mfvis_engine.training import FineTuneSettings
from tests.cli.conftest import LENGTH, said


def only_run(path):
    with Project.open(path, read_only=True) as project:
        (info,) = project.runs()
    return info


def masks(path):
    with Project.open(path, read_only=True) as project:
        return np.asarray(project.masks[:])


def test_a_run_is_written_and_merged(run, boxed_project, predicted_labels):
    predicted_labels(lambda frame_index: 1 if frame_index < 2 else 3)
    done = run("segment", boxed_project, "--steps", 2, "--device", "cpu")
    assert done.exit_code == 0
    assert f"4 masks of 2 tracks in {LENGTH} frames." in done.stdout
    assert "2 steps" in done.stdout
    assert "4 written, 0 skipped" in done.stdout
    assert "mfvis preview" in done.stdout
    info = only_run(boxed_project)
    assert (info.status, info.frames_done, info.track_ids) == (RunStatus.FINISHED, LENGTH, (1, 3))
    assert info.settings["settings"]["steps"] == 2
    assert [np.unique(frame).tolist() for frame in masks(boxed_project)] == [[1], [1], [3], [3]]


def test_predictions_of_the_network_stay_near_the_boxes(run, boxed_project, tiny_net):
    assert run("segment", boxed_project, "--steps", 1, "--device", "cpu").exit_code == 0
    found = masks(boxed_project)
    assert not found[:, :2].any()
    assert set(np.unique(found)) <= {0, 1, 3}


def test_a_persons_mask_is_kept_and_counted(run, masked_project, predicted_labels):
    before = masks(masked_project)
    with Project.open(masked_project) as project:
        project.do(Verify((3,), 2, 2))
    predicted_labels(lambda _: 1)
    done = run("segment", masked_project, "--steps", 1, "--device", "cpu")
    assert "6 written, 1 skipped" in done.stdout
    assert "1 masks that a person edited or verified were kept" in done.stdout
    after = masks(masked_project)
    assert np.array_equal(after[2] == 3, before[2] == 3)
    assert not (after[3] == 3).any()


def test_without_boxes_there_is_nothing_to_learn(run, empty_project, tiny_net):
    done = run("segment", empty_project)
    assert done.exit_code == 1
    assert "has no box in any frame" in said(done.stderr)
    assert "mfvis boxes import" in done.stderr
    with Project.open(empty_project) as project:
        assert project.runs() == ()


@pytest.mark.parametrize(
    ("error", "exit_code", "reason"),
    [
        (RuntimeError("the network broke"), 1, "RuntimeError: the network broke"),
        (KeyboardInterrupt(), 130, "Cancelled by the user."),
    ],
)
def test_a_job_that_ends_early_leaves_its_run_and_the_masks_as_they_were(
    run, masked_project, tiny_net, monkeypatch, error, exit_code, reason
):
    before = masks(masked_project)

    asked = []

    def predict(net, video, boxes, device, wanted):
        asked.append(wanted)
        if len(asked) == 3:
            raise error
        return predict_video(net, video, boxes, device, wanted)

    monkeypatch.setattr(order, "_MOST_FRAMES", 1)
    monkeypatch.setattr(prediction, "predict_video", predict)
    assert run("segment", masked_project, "--steps", 1, "--device", "cpu").exit_code == exit_code
    with Project.open(masked_project, read_only=True) as project:
        info = project.runs()[-1]
    assert (info.status, info.reason, info.frames_done) == (RunStatus.FAILED, reason, 2)
    assert np.array_equal(masks(masked_project), before)


def test_too_little_memory_names_the_way_out(run, boxed_project, tiny_net, monkeypatch):
    def predict(*_args):
        raise torch.OutOfMemoryError("tried to allocate 2 GiB")

    monkeypatch.setattr(prediction, "predict_video", predict)
    done = run("segment", boxed_project, "--steps", 1, "--device", "cpu")
    assert done.exit_code == 1
    assert "Warning: cpu (" in said(done.stderr)
    assert "ran out of memory with 4 tubes a step" in said(done.stderr)  # and tried again with fewer
    assert "too little memory (tried to allocate 2 GiB)" in said(done.stderr)
    assert "use a machine with more" in said(done.stderr)
    assert only_run(boxed_project).status is RunStatus.FAILED


def test_a_device_that_is_not_there_is_told_before_a_run_is_made(run, boxed_project, tiny_net):
    done = run("segment", boxed_project, "--device", "abacus")
    assert done.exit_code == 1
    assert "--device auto" in done.stderr
    with Project.open(boxed_project) as project:
        assert project.runs() == ()


def test_missing_weights_are_told(run, boxed_project, monkeypatch):
    def load():
        raise CheckpointError("The weights cannot be used.")

    monkeypatch.setattr(weights, "load_net", load)
    done = run("segment", boxed_project)
    assert done.exit_code == 1
    assert "The weights cannot be used." in done.stderr
    with Project.open(boxed_project) as project:
        assert project.runs() == ()


@pytest.mark.parametrize(
    ("words", "limits"),
    [(("--steps", 2), TrainingLimits(2)), (("--steps", 2, "--seconds", 600), TrainingLimits(2, 600.0))],
)
def test_the_settings_of_training_are_recorded(run, boxed_project, tiny_net, words, limits):
    assert run("segment", boxed_project, *words, "--device", "cpu").exit_code == 0
    info = only_run(boxed_project)
    recorded = msgspec.convert(info.settings["settings"], FineTuneSettings)
    assert recorded == training_settings(SHIPPED, limits)
    assert info.settings["device"].startswith("cpu (")
    assert info.settings["learned"]["steps"] == 2


def test_a_backbone_takes_the_place_of_the_weights_that_are_shipped(run, boxed_project, tiny_net, monkeypatch):
    def load(name):
        assert name == "microsoft/resnet-50"
        return tiny_net

    monkeypatch.setattr(weights, "load_backbone_net", load)
    monkeypatch.delattr(weights, "load_net")
    done = run("segment", boxed_project, "--steps", 1, "--device", "cpu", "--backbone", "microsoft/resnet-50")
    assert done.exit_code == 0, done.stderr
    info = only_run(boxed_project)
    assert info.settings["request"]["start"] == {"type": "backbone", "name": "microsoft/resnet-50"}
    assert info.settings["settings"]["centre_prior"] > 0


def test_help_tells_the_true_limits(run):
    settings = FineTuneSettings()
    text = said(run("segment", "--help").stdout)
    assert f"{settings.steps}, or {settings.seconds:g} seconds" in text
    assert f"{settings.seconds:g}, or {settings.steps} steps" in text
    correction = training_settings(LearnedWeights(""), TrainingLimits())
    assert f"{correction.steps} steps are made, or {correction.seconds:g} seconds" in text.replace(" │ │ ", " ")


def test_a_later_run_starts_from_what_an_earlier_one_has_learned(run, boxed_project, tiny_net, tmp_path):
    assert run("segment", boxed_project, "--steps", 2, "--device", "cpu").exit_code == 0
    first = only_run(boxed_project)
    blob = first.settings["learned"]["blob"]
    assert check_project(boxed_project).findings == ()
    backup_project(boxed_project, tmp_path / "copy.mfvis")
    words = ("--start-from", first.run_id[-4:], "--steps", 1, "--device", "cpu")
    done = run("segment", tmp_path / "copy.mfvis", *words)  # the weights are in the backup too
    assert done.exit_code == 0, done.stderr
    with Project.open(tmp_path / "copy.mfvis", read_only=True) as project:
        _, second = project.runs()
    assert second.settings["request"]["start"] == {"type": "learned", "blob": blob}
    assert second.settings["learned"]["blob"] != blob


def without_weights(folder):
    (folder / "weights.safetensors").unlink()


def damaged_weights(folder):
    (folder / "weights.safetensors").write_bytes(b"")


@pytest.mark.parametrize(
    ("harm", "reason"), [(without_weights, "keeps no weights to start from"), (damaged_weights, "is damaged")]
)
def test_a_run_without_whole_weights_is_not_started_from(run, boxed_project, tiny_net, harm, reason):
    assert run("segment", boxed_project, "--steps", 1, "--device", "cpu").exit_code == 0
    harm(boxed_project / "runs" / only_run(boxed_project).run_id)
    done = run("segment", boxed_project, "--start-from", only_run(boxed_project).run_id)
    assert done.exit_code == 1
    assert reason in said(done.stderr)
    assert only_run(boxed_project).status is RunStatus.FINISHED


def test_a_run_that_is_not_there_is_not_started_from(run, masked_project):
    made_by_a_test = run("segment", masked_project, "--start-from", only_run(masked_project).run_id)
    assert "keeps no weights to start from" in said(made_by_a_test.stderr)
    missing = run("segment", masked_project, "--start-from", "nope")
    assert (made_by_a_test.exit_code, missing.exit_code) == (1, 1)
    assert "There is no run 'nope'" in missing.stderr
    both = run("segment", masked_project, "--start-from", "nope", "--backbone", "x")
    assert both.exit_code == 2


@pytest.mark.parametrize(("words", "learned_from"), [((), [(2, (3,))]), (("--boxes-only",), [])])
def test_a_persons_masks_are_learned_from(run, masked_project, tiny_net, monkeypatch, words, learned_from):
    with Project.open(masked_project) as project:
        project.do(Verify((3,), 2, 2))
    jobs = []

    def carry_out(job, clip_path, desk):
        jobs.append(job)
        raise KeyboardInterrupt

    monkeypatch.setattr(runner, "carry_out", carry_out)
    run("segment", masked_project, *words)
    assert [(frame.frame_index, frame.track_ids) for frame in jobs[0].masks] == learned_from


def test_a_job_that_is_stopped_before_any_work_leaves_no_run(run, boxed_project, monkeypatch):
    monkeypatch.setattr(runner, "carry_out", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    done = run("segment", boxed_project)
    assert done.exit_code == 130
    assert "--resume" not in done.stderr
    with Project.open(boxed_project) as project:
        assert project.runs() == ()


def test_torch_is_not_loaded_before_the_job_runs(boxed_project):
    code = (
        "import sys\n"
        "from mfvis_engine.actions import segmentation\n"
        "from mfvis_engine.cli.app import app\n"
        "def carry_out(job, clip_path, desk):\n"
        "    sys.exit('torch' in sys.modules)\n"
        "segmentation.carry_out_here = carry_out\n"
        f"app(['segment', {str(boxed_project)!r}, '--steps', '1'])\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, capture_output=True).returncode == 0
