import numpy as np
import pytest

from mfvis_engine.annotation.verbs import Verify
from mfvis_engine.cli.actions import segmentation
from mfvis_engine.cli.actions.segmentation import SegmentRequest
from mfvis_engine.inference import predict_video
from mfvis_engine.models import CheckpointError
from mfvis_engine.project import Project, RunStatus
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

    def predict(net, video, boxes, device, wanted):
        frames = predict_video(net, video, boxes, device, wanted)
        yield next(frames)
        raise error

    monkeypatch.setattr(segmentation, "predict_video", predict)
    assert run("segment", masked_project, "--steps", 1, "--device", "cpu").exit_code == exit_code
    with Project.open(masked_project, read_only=True) as project:
        info = project.runs()[-1]
    assert (info.status, info.reason, info.frames_done) == (RunStatus.FAILED, reason, 1)
    assert np.array_equal(masks(masked_project), before)


def test_too_little_memory_names_the_way_out(run, boxed_project, tiny_net, monkeypatch):
    def predict(*_args):
        raise segmentation.torch.OutOfMemoryError("tried to allocate 2 GiB")

    monkeypatch.setattr(segmentation, "predict_video", predict)
    done = run("segment", boxed_project, "--steps", 1, "--device", "cpu")
    assert done.exit_code == 1
    assert "ran out of memory" in said(done.stderr)
    assert "--device cpu" in done.stderr
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

    monkeypatch.setattr(segmentation, "load_net", load)
    done = run("segment", boxed_project)
    assert done.exit_code == 1
    assert "The weights cannot be used." in done.stderr


def test_limits_of_training():
    assert SegmentRequest.of().settings == FineTuneSettings()
    both = SegmentRequest.of(7, 3.5).settings
    assert (both.steps, both.seconds) == (7, 3.5)
    assert SegmentRequest.of(steps=7).settings.steps == 7
    assert SegmentRequest.of(steps=7).settings.seconds > 1e6  # one limit alone is the only one
    assert SegmentRequest.of(seconds=3.5).settings.steps > 1e6


def test_a_backbone_takes_the_place_of_the_weights_that_are_shipped(run, boxed_project, tiny_net, monkeypatch):
    def load(name):
        assert name == "microsoft/resnet-50"
        return tiny_net

    monkeypatch.setattr(segmentation, "load_backbone_net", load)
    monkeypatch.delattr(segmentation, "load_net")
    done = run("segment", boxed_project, "--steps", 1, "--device", "cpu", "--backbone", "microsoft/resnet-50")
    assert done.exit_code == 0, done.stderr
    info = only_run(boxed_project)
    assert info.settings["backbone"] == "microsoft/resnet-50"
    assert info.settings["settings"]["centre_prior"] > 0


def test_help_tells_the_true_limits(run):
    settings = FineTuneSettings()
    text = said(run("segment", "--help").stdout)
    assert f"{settings.steps}, or {settings.seconds:g} seconds" in text
    assert f"{settings.seconds:g}, or {settings.steps} steps" in text
