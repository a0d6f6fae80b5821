import pytest
import torch

from mfvis_engine.models import BoxPromptedConfig, BoxPromptedNet, Device
from mfvis_engine.training import FineTuner, FineTuneSettings
from mfvis_engine.training.steering import Steering
from tests.training.scenes import disc_boxes, disc_video

CPU = Device(torch.device("cpu"), bfloat16=False)
SETTINGS = FineTuneSettings(steps=10**6, seconds=2.5, tubes_per_step=1, refresh_steps=1000)


@pytest.fixture
def net():
    torch.manual_seed(0)
    return BoxPromptedNet(BoxPromptedConfig(widths=(8, 8), crop_size=32))


class StopHereError(Exception):
    pass


def stop_after(count):
    """Heeds that many times, then ends the work."""
    calls = []

    def heed():
        calls.append(1)
        if len(calls) > count:
            raise StopHereError

    return heed


@pytest.mark.parametrize("at_once", [1, 2, 32])
def test_a_steered_network_says_the_same_in_smaller_portions_and_heeds_before_each(net, at_once):
    inputs, heeded = torch.rand(5, 12, 32, 32), []
    with torch.no_grad():
        logits = Steering(lambda: heeded.append(1), crops_at_once=at_once).steered(net)(inputs)
        assert torch.allclose(logits, net(inputs), atol=1e-5)
    assert len(heeded) == -(-5 // at_once)


@pytest.mark.parametrize("count", [0, 5, 9])
def test_matching_can_be_ended(net, count):
    with pytest.raises(StopHereError):
        FineTuner(net, disc_video(), disc_boxes(), SETTINGS, CPU, steering=Steering(stop_after(count)))


@pytest.mark.parametrize("count", [10, 11, 14, 40])
def test_the_teacher_and_training_can_be_ended(net, count):
    tuner = FineTuner(net, disc_video(), disc_boxes(), SETTINGS, CPU, steering=Steering(stop_after(count)))
    with pytest.raises(StopHereError):
        tuner.run()


def test_the_clock_given_is_the_one_that_counts(net):
    seconds = iter(range(1000))
    tuner = FineTuner(net, disc_video(), disc_boxes(), SETTINGS, CPU, steering=Steering(clock=lambda: next(seconds)))
    tuner.run()
    assert tuner.step == 2  # told 1 and 2, then 3 are above 2.5
