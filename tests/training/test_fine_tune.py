import dataclasses

import numpy as np
import pytest
import torch

from mfvis_engine.annotation import Annotations, interpolate
from mfvis_engine.inference import predict_video
from mfvis_engine.metrics import region_similarity
from mfvis_engine.models import BoxPromptedConfig, BoxPromptedNet, CheckpointError, Device
from mfvis_engine.training import FineTuner, FineTuneSettings, NothingToLearnError
from tests.training.scenes import LENGTH, disc_boxes, disc_masks, disc_video

CPU = Device(torch.device("cpu"), bfloat16=False)
SETTINGS = FineTuneSettings(
    steps=8, seconds=600, tubes_per_step=2, refresh_steps=4, learning_rate=3e-3, ema_decay=0.9, centre_prior=1.0
)


@pytest.fixture
def net():
    torch.manual_seed(0)
    return BoxPromptedNet(BoxPromptedConfig(widths=(8, 16, 16), crop_size=32))


def mean_j(net, boxes):
    frames = predict_video(net, disc_video(), boxes, CPU)
    return np.mean([region_similarity(f.labels == 7, m) for f, m in zip(frames, disc_masks(), strict=True)])


def test_masks_are_learned_from_boxes_alone(net):
    boxes = disc_boxes(every=3)
    tuner = FineTuner(net, disc_video(), boxes, dataclasses.replace(SETTINGS, steps=120), CPU)
    before = mean_j(tuner.average, boxes)
    tuner.run()
    after = mean_j(tuner.average, boxes)
    assert before < 0.8 < 0.9 < after  # the filled box has 0.79


def test_progress_is_told_after_each_step(net):
    told = []
    tuner = FineTuner(net, disc_video(), disc_boxes(), SETTINGS, CPU)
    tuner.run(told.append)
    assert [progress.step for progress in told] == list(range(1, 9))
    assert 0 <= told[0].fraction_done < told[-1].fraction_done <= 1
    assert float(told[0].losses.projection) > 0


def test_the_seconds_end_training(net):
    told = []
    FineTuner(net, disc_video(), disc_boxes(), dataclasses.replace(SETTINGS, steps=10**6, seconds=0.3), CPU).run(
        told.append
    )
    assert 0 < len(told) < 1000


def test_the_start_is_left_as_it_is(net):
    before = {name: value.clone() for name, value in net.state_dict().items()}
    FineTuner(net, disc_video(), disc_boxes(), SETTINGS, CPU).run()
    assert all(torch.equal(net.state_dict()[name], value) for name, value in before.items())


def test_the_same_seed_gives_the_same_network(net):
    nets = []
    for _ in range(2):
        tuner = FineTuner(net, disc_video(), disc_boxes(), SETTINGS, CPU)
        tuner.run()
        nets.append(tuner.average)
    assert_equal(*nets)


class StopHereError(Exception):
    pass


def test_a_stopped_run_goes_on_to_the_same_result(net, tmp_path):
    undisturbed = FineTuner(net, disc_video(), disc_boxes(), SETTINGS, CPU)
    undisturbed.run()

    def stop(progress):
        if progress.step == 6:
            raise StopHereError

    with pytest.raises(StopHereError):
        FineTuner(net, disc_video(), disc_boxes(), SETTINGS, CPU, tmp_path).run(stop)
    resumed = FineTuner(net, disc_video(), disc_boxes(), SETTINGS, CPU, tmp_path)
    assert resumed.step == 4
    resumed.run()
    assert resumed.step == 8
    assert_equal(undisturbed.average, resumed.average)


def test_a_snapshot_of_other_boxes_is_refused(net, tmp_path):
    FineTuner(net, disc_video(), disc_boxes(), SETTINGS, CPU, tmp_path).run()
    with pytest.raises(CheckpointError, match="other boxes, masks or settings"):
        FineTuner(net, disc_video(), disc_boxes(every=3), SETTINGS, CPU, tmp_path)


def test_a_damaged_snapshot_is_named(net, tmp_path):
    FineTuner(net, disc_video(), disc_boxes(), SETTINGS, CPU, tmp_path).run()
    (tensors,) = tmp_path.glob("*.safetensors")
    tensors.write_bytes(tensors.read_bytes()[:-50])
    with pytest.raises(CheckpointError, match=r"damaged.*Delete it"):
        FineTuner(net, disc_video(), disc_boxes(), SETTINGS, CPU, tmp_path)


def test_without_boxes_there_is_nothing_to_learn(net):
    with pytest.raises(NothingToLearnError, match="Draw or import at least one box"):
        FineTuner(net, disc_video(), interpolate(Annotations(()), LENGTH), SETTINGS, CPU)


def assert_equal(one, other):
    for name, value in one.state_dict().items():
        assert torch.allclose(value, other.state_dict()[name], atol=1e-6), name
