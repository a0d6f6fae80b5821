import pytest
import torch

from mfvis_engine.models import BoxPromptedConfig, BoxPromptedNet


def test_logits_have_the_size_of_the_crop():
    net = BoxPromptedNet(BoxPromptedConfig(widths=(8, 8, 8), crop_size=32))
    assert net(torch.zeros(2, 12, 32, 32)).shape == (2, 32, 32)


def test_it_runs_at_other_sizes_than_it_was_trained_on():
    net = BoxPromptedNet(BoxPromptedConfig(widths=(8, 8, 8), crop_size=32))
    assert net(torch.zeros(1, 12, 64, 48)).shape == (1, 64, 48)


def test_every_weight_learns_after_one_step():
    torch.manual_seed(0)
    net = BoxPromptedNet(BoxPromptedConfig(widths=(8, 8, 8), crop_size=32))
    inputs = torch.randn(2, 12, 32, 32)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    net(inputs).square().mean().backward()  # opens the residual branches, which start at zero
    optimizer.step()
    optimizer.zero_grad()
    net(inputs).square().mean().backward()
    assert all(parameter.grad.abs().sum() > 0 for parameter in net.parameters())


def test_a_crop_size_that_the_strides_do_not_divide_is_refused():
    with pytest.raises(ValueError, match=r"multiple of 32, the largest stride. Got 100"):
        BoxPromptedConfig(crop_size=100)
