import numpy as np
import pytest
import torch

from mfvis_engine.models import Device
from mfvis_engine.training.objective import LossTerms, LossWeights, TubeTargets, centre_prior_loss
from mfvis_engine.training.tubes import choose_tubes, read_tubes
from tests.training.scenes import disc_boxes, disc_masks, disc_video

CPU = Device(torch.device("cpu"), bfloat16=False)


@pytest.fixture(scope="module")
def tubes():
    boxes = disc_boxes()
    specs = choose_tubes(boxes, 4, np.random.default_rng(0))
    return read_tubes(disc_video(), boxes, specs, 32)


@pytest.fixture(scope="module")
def targets(tubes):
    return TubeTargets.of(tubes, CPU)


def disc_logits(tubes):
    """Logits of the true discs: they are brighter than the background everywhere."""
    bright = torch.from_numpy(tubes.crops_rgb[:, 1:-1].astype(np.float32)).mean(-1)
    return (bright - 100) / 4


def test_the_truth_costs_less_than_box_frame_or_nothing(tubes, targets):
    teacher = torch.full(tubes.inside.shape, 0.5)
    box = torch.where(targets.allowed, 8.0, -8.0)
    frame = box.clone()
    frame[..., 12:20, 12:20] = -8
    costs = {
        name: float(targets.losses(logits, teacher).total(LossWeights()))
        for name, logits in {"truth": disc_logits(tubes), "box": box, "frame": frame, "nothing": -box.abs()}.items()
    }
    assert min(costs, key=costs.get) == "truth", costs


def test_selecting_tubes_selects_their_targets(tubes, targets):
    index = torch.tensor([2, 0])
    logits, teacher = disc_logits(tubes), torch.full(tubes.inside.shape, 0.5)
    some = targets.select(index).losses(logits[index], teacher[index])
    alone = [targets.select(index[i : i + 1]).losses(logits[index[i : i + 1]], teacher[:1]) for i in range(2)]
    assert float(some.projection) == pytest.approx(np.mean([float(a.projection) for a in alone]), rel=1e-4)


def test_outside_the_box_only_background_is_free(tubes, targets):
    teacher = torch.full(tubes.inside.shape, 0.5)
    for value, bound in ((-20.0, 1e-6), (20.0, None)):
        outside = float(targets.losses(torch.full(tubes.inside.shape, value), teacher).outside)
        assert outside <= bound if bound else outside == pytest.approx(20, rel=1e-3)


def test_an_unsure_teacher_teaches_nothing(tubes, targets):
    logits = disc_logits(tubes).requires_grad_()
    targets.losses(logits, torch.full(logits.shape, 0.5)).teacher.backward()
    assert logits.grad.abs().sum() == 0


def test_the_weights_weigh():
    terms = LossTerms(*(torch.tensor(float(i)) for i in range(1, 7)))
    assert float(terms.total(LossWeights(1, 10, 100, 1000, 10000, 100000))) == 654321


def test_the_centre_prior_wants_the_middle_of_the_box():
    allowed = torch.zeros(1, 3, 32, 32, dtype=torch.bool)
    allowed[..., 4:28, 8:24] = True
    logits = torch.zeros(1, 3, 32, 32, requires_grad=True)
    centre_prior_loss(logits, allowed).backward()
    assert logits.grad[0, 0, 16, 16] < 0
    assert logits.grad[0, 0, 4, 8] > 0
    assert logits.grad[0, 0, 0, 0] == 0


def test_the_scene_is_what_it_says():
    assert disc_masks().sum((1, 2)).min() > 200
