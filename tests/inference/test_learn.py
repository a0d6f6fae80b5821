"""Who refines the boxes between keyframes, and when."""

import pytest
import torch

from mfvis_engine.inference import learn, learn_from_boxes
from mfvis_engine.models import Device
from mfvis_engine.training import FineTuneSettings
from tests.jobs.disc_job import colour_net
from tests.training.scenes import disc_boxes, disc_video

CPU = Device(torch.device("cpu"), bfloat16=False)


@pytest.fixture
def refined_by(monkeypatch):
    """The networks that refined boxes, in their order."""
    asked = []

    def refine(net, video, boxes, device, rounds=2):
        (weight,) = [value for name, value in net.state_dict().items() if name.endswith("head.weight")]
        asked.append((weight.clone(), rounds))
        return boxes

    monkeypatch.setattr(learn, "refine_boxes", refine)
    return asked


def test_the_network_itself_refines_before_and_after_its_training(refined_by):
    start = colour_net()
    learned = _learned(start)
    (first, rounds), (last, rounds_after) = refined_by
    assert (rounds, rounds_after) == (2, 1)
    assert torch.equal(first, start.head.weight)
    assert torch.equal(last, learned.net.head.weight)


def test_another_refines_before_the_training_alone(refined_by):
    other = colour_net()
    with torch.no_grad():
        other.head.weight += 1
    _learned(colour_net(), refiner=other)
    ((weight, rounds),) = refined_by
    assert rounds == 2
    assert torch.equal(weight, other.head.weight)


def _learned(start, **options):
    settings = FineTuneSettings(steps=2, most_tubes=8)
    return learn_from_boxes(start, disc_video(), disc_boxes(every=3), settings, CPU, **options)
