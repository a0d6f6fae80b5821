import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mfvis_engine.losses import consistency
from mfvis_engine.losses.consistency import attach_gradient, consistency_gradients
from tests.losses.plain import plain_consistency

moderate = st.floats(-15, 15)
any_logit = st.floats(-1e6, 1e6)


def _scalar(value):
    return torch.tensor(value, dtype=torch.float64)


@given(a=moderate, b=moderate)
def test_equals_the_explicit_probability(a, b):
    expected = plain_consistency(_scalar(a), _scalar(b))
    torch.testing.assert_close(consistency(_scalar(a), _scalar(b)), expected, rtol=1e-6, atol=1e-9)


@given(a=any_logit, b=any_logit)
def test_finite_nonnegative_and_symmetric_for_any_logits(a, b):
    loss = consistency(torch.tensor(a), torch.tensor(b))
    assert 0 <= loss.item() <= min(abs(a), abs(b)) + 1
    assert loss == consistency(torch.tensor(b), torch.tensor(a))


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (1000.0, 1000.0, 0.0),  # both certainly inside
        (-1000.0, -1000.0, 0.0),  # both certainly outside
        (1000.0, -300.0, 300.0),  # certain disagreement costs the smaller logit
        (0.0, 7.0, 0.6931472),  # an undecided pixel costs log 2 whatever the other is
    ],
)
def test_known_values_in_single_precision(a, b, expected):
    torch.testing.assert_close(consistency(torch.tensor(a), torch.tensor(b)), torch.tensor(expected))


def test_agreement_keeps_relative_precision():
    loss = consistency(torch.tensor(30.0), torch.tensor(30.0))
    torch.testing.assert_close(loss, 2 * torch.exp(torch.tensor(-30.0)), rtol=1e-5, atol=0)


def test_gradcheck_with_broadcasting_and_second_order():
    generator = torch.Generator().manual_seed(0)
    a = 4 * torch.randn(3, 1, dtype=torch.float64, generator=generator)
    b = 4 * torch.randn(4, dtype=torch.float64, generator=generator)
    assert torch.autograd.gradcheck(consistency, (a.requires_grad_(), b.requires_grad_()))
    assert torch.autograd.gradgradcheck(consistency, (a, b))


def test_closed_gradients_are_those_of_autograd():
    a, b = torch.randn(2, 50, dtype=torch.float64, requires_grad=True)
    expected = torch.autograd.grad(plain_consistency(a, b).sum(), (a, b))
    torch.testing.assert_close(consistency_gradients(a.detach(), b.detach()), expected)


def test_attached_gradient_is_scaled_by_the_chain_rule():
    logits = torch.zeros(2, requires_grad=True)
    (3 * attach_gradient(logits * 2, torch.tensor(5.0), torch.tensor([1.0, -1.0]))).backward()
    torch.testing.assert_close(logits.grad, torch.tensor([6.0, -6.0]))
