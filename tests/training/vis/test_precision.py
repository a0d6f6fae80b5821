import pytest
import torch
from torch import nn

from mfvis_engine.models.device import Device
from mfvis_engine.training.vis.optimization import OptimizerSettings, build_optimizer
from mfvis_engine.training.vis.precision import Arithmetic, DivergedError
from mfvis_engine.training.vis.settings import Precision, VisSettingsError
from tests.training.vis.learning import CPU, changed, largest_difference, trainer, weights

REMEDY = r"lower learning rate \(optimizer.learning_rate\), or in float32 \(precision\)"


@pytest.mark.parametrize(("fast", "chosen"), [(True, Precision.BFLOAT16), (False, Precision.FLOAT32)])
def test_bfloat16_is_taken_where_it_is_fast(fast, chosen):
    assert Arithmetic(Device(torch.device("cpu"), bfloat16=fast), Precision.AUTO).precision is chosen


def test_float16_is_for_cuda():
    with pytest.raises(VisSettingsError, match=r"this is cpu\. Take bfloat16 or float32"):
        Arithmetic(CPU, Precision.FLOAT16)


def test_losses_in_bfloat16_are_near_those_in_float32():
    told = {Precision.FLOAT32: [], Precision.BFLOAT16: []}
    for precision in told:
        learner = trainer(changed(precision=precision, steps=3))
        before = weights(learner.result)
        progress = []
        learner.run(progress.append)
        told[precision] = [one.total for one in progress]
        assert learner.precision is precision
        assert all(value.dtype == torch.float32 for value in learner.result.state_dict().values())
        assert largest_difference(before, weights(learner.result)) > 0
    assert told[Precision.BFLOAT16][0] == pytest.approx(told[Precision.FLOAT32][0], rel=0.03)
    assert told[Precision.BFLOAT16] == pytest.approx(told[Precision.FLOAT32], rel=0.15)
    assert told[Precision.BFLOAT16] != told[Precision.FLOAT32]


def test_half_precision_is_in_the_network_alone():
    arithmetic, layer = Arithmetic(CPU, Precision.BFLOAT16), nn.Linear(2, 2)
    with arithmetic.autocast():
        assert layer(torch.ones(1, 2)).dtype == torch.bfloat16
    with Arithmetic(CPU, Precision.FLOAT32).autocast():
        assert layer(torch.ones(1, 2)).dtype == torch.float32


def stepped(gradient):
    """A weight of 1 after a step with this gradient."""
    layer = nn.Linear(1, 1, bias=False)
    layer.weight.data.fill_(1.0)
    settings = OptimizerSettings(learning_rate=0.1, weight_decay=0)
    optimizer, arithmetic = build_optimizer(layer, settings), Arithmetic(CPU, Precision.FLOAT32)
    arithmetic.backward(gradient * layer.weight.sum())
    arithmetic.step(optimizer, 0.01)
    return layer.weight


def test_the_gradient_is_clipped():
    weight = stepped(7.0)
    assert weight.grad.item() == pytest.approx(0.01, rel=1e-3)
    assert weight.item() == pytest.approx(0.9)


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_a_loss_that_is_no_number_ends_training(loss):
    with pytest.raises(DivergedError, match=rf"The loss is {loss}: .*{REMEDY}"):
        Arithmetic(CPU, Precision.FLOAT32).backward(torch.tensor(loss))


def test_a_gradient_that_is_no_number_ends_training_before_the_weights_are_lost():
    layer = nn.Linear(1, 1, bias=False)
    layer.weight.data.zero_()
    optimizer, arithmetic = build_optimizer(layer, OptimizerSettings()), Arithmetic(CPU, Precision.FLOAT32)
    arithmetic.backward(layer.weight.sum().sqrt() * 0)
    with pytest.raises(DivergedError, match=rf"norm of the gradients is nan: .*{REMEDY}"):
        arithmetic.step(optimizer, 1.0)
    assert layer.weight.item() == 0


def test_a_training_goes_on_in_another_precision():
    arithmetic = Arithmetic(CPU, Precision.BFLOAT16)
    arithmetic.restore(Arithmetic(CPU, Precision.FLOAT32).state())
    assert arithmetic.state() == "{}"
