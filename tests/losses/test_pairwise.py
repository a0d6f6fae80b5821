import math

import pytest
import torch

from mfvis_engine.losses import LossInputError, color_similarity, pairwise_loss
from tests.losses.plain import plain_pairwise_loss


def _inputs(*leading, height=7, width=9):
    generator = torch.Generator().manual_seed(0)
    logits = 3 * torch.randn(*leading, height, width, generator=generator, dtype=torch.float64)
    lab = 2 * torch.randn(*leading, 3, height, width, generator=generator, dtype=torch.float64)
    region = torch.rand(*leading, height, width, generator=generator) < 0.6
    return logits.requires_grad_(), color_similarity(lab), region


def test_similarity_of_known_colours():
    lab = torch.zeros(3, 3, 5)
    lab[:, 1, 4] = torch.tensor([3.0, 0.0, 4.0])
    similarity = color_similarity(lab)
    assert similarity.shape == (8, 3, 5)
    assert similarity[4, 1, 0] == 1  # right neighbour two columns on, of one colour
    assert similarity[4, 1, 2] == pytest.approx(math.exp(-2.5))
    assert similarity[3, 1, 4] == pytest.approx(math.exp(-2.5))
    assert torch.count_nonzero(similarity[:, 1, 2]) == 2  # above and below it is outside the image


@pytest.mark.parametrize("leading", [(), (2,), (2, 3)])
def test_loss_and_gradient_equal_the_plain_ones(leading):
    logits, similarity, region = _inputs(*leading)
    ours = pairwise_loss(logits, similarity, region)
    plain = plain_pairwise_loss(logits, similarity, region)
    torch.testing.assert_close(ours, plain)
    torch.testing.assert_close(*(torch.autograd.grad(loss, logits)[0] for loss in (ours, plain)))


def test_an_asymmetric_similarity_counts_for_its_own_pixel():
    logits, similarity, region = _inputs(1)
    similarity = torch.rand(similarity.shape) * (similarity > 0)
    torch.testing.assert_close(
        pairwise_loss(logits, similarity, region), plain_pairwise_loss(logits, similarity, region)
    )


def test_similarity_is_shared_by_instances_and_region_by_frames():
    logits, similarity, region = _inputs(3, 2)
    shared, region = similarity[0], region[:, :1]
    expected = plain_pairwise_loss(logits, shared.expand(3, -1, -1, -1, -1), region.expand(-1, 2, -1, -1))
    torch.testing.assert_close(pairwise_loss(logits, shared, region), expected)


def test_gradcheck():
    logits, similarity, region = _inputs(2)
    assert torch.autograd.gradcheck(lambda x: pairwise_loss(x, similarity, region), logits)


def test_an_image_smaller_than_the_dilation_has_no_pairs():
    logits = torch.randn(2, 2, requires_grad=True)
    loss = pairwise_loss(logits, color_similarity(torch.zeros(3, 2, 2), 3), torch.ones(2, 2), dilation=3)
    loss.backward()
    assert loss.item() == 0
    assert torch.count_nonzero(logits.grad) == 0


def test_half_precision_is_computed_in_single():
    logits, similarity, region = _inputs(2)
    half = logits.detach().bfloat16().requires_grad_()
    loss = pairwise_loss(half, similarity, region)
    loss.backward()
    assert (loss.dtype, half.grad.dtype) == (torch.float32, torch.bfloat16)
    torch.testing.assert_close(loss, pairwise_loss(half.detach().float(), similarity, region))


@pytest.mark.parametrize(
    ("similarity_shape", "region_shape", "message"),
    [
        ((8, 4, 4), (2, 5, 6), r"must end in \(8, 5, 6\).*Got \(8, 4, 4\)"),
        ((3, 8, 5, 6), (2, 5, 6), r"similarity must broadcast to \(2, 8, 5, 6\).*Got \(3, 8, 5, 6\)"),
        ((8, 5, 6), (4, 5, 6), r"region must broadcast to \(2, 5, 6\).*Got \(4, 5, 6\)"),
    ],
)
def test_shapes_that_do_not_fit_are_named(similarity_shape, region_shape, message):
    with pytest.raises(LossInputError, match=message):
        pairwise_loss(torch.zeros(2, 5, 6), torch.zeros(similarity_shape), torch.zeros(region_shape))
