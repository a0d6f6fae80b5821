import pytest
import torch

from mfvis_engine.losses import LossInputError, Shadows, projection_loss, shadow_loss


def _box_mask(height, width, x0, y0, x1, y1):
    mask = torch.zeros(height, width)
    mask[y0:y1, x0:x1] = 1
    return mask


def _dice(x, t):
    return 1 - 2 * (x * t).sum() / ((x**2).sum() + (t**2).sum() + 1e-5)


def test_a_mask_that_touches_all_four_sides_costs_nothing():
    box = _box_mask(8, 10, 2, 1, 7, 6)
    diamond = torch.full((8, 10), -40.0)
    for y, x in ((1, 4), (2, 3), (3, 2), (4, 6), (5, 5)):
        diamond[y, x] = 40
    torch.testing.assert_close(projection_loss(diamond, box), torch.tensor(0.0), atol=1e-5, rtol=0)


def test_equals_dice_of_projected_probabilities():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(2, 3, 8, 10, generator=generator)
    box = _box_mask(8, 10, 2, 1, 7, 6).expand(2, 3, -1, -1)
    expected = [
        _dice(p.amax(0), b.amax(0)) + _dice(p.amax(1), b.amax(1))
        for p, b in zip(logits.sigmoid().flatten(0, 1), box.flatten(0, 1), strict=True)
    ]
    torch.testing.assert_close(projection_loss(logits, box), torch.stack(expected).mean())


def test_an_absent_object_costs_two_and_pulls_nowhere():
    logits = torch.randn(1, 6, 6, requires_grad=True)
    loss = projection_loss(logits, torch.zeros(1, 6, 6))
    loss.backward()
    assert loss.item() == 2
    assert torch.count_nonzero(logits.grad) == 0


def test_gradcheck():
    logits = torch.randn(2, 5, 6, dtype=torch.float64, requires_grad=True)
    box = _box_mask(5, 6, 1, 1, 4, 4).expand(2, -1, -1)
    assert torch.autograd.gradcheck(lambda x: projection_loss(x, box), logits)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_is_computed_in_single(dtype):
    logits = torch.randn(5, 6).to(dtype).requires_grad_()
    box = _box_mask(5, 6, 1, 1, 4, 4).bool()
    loss = projection_loss(logits, box)
    loss.backward()
    assert loss.dtype == torch.float32
    assert logits.grad.dtype == dtype
    torch.testing.assert_close(loss, projection_loss(logits.detach().float(), box))


def test_shapes_must_be_equal():
    with pytest.raises(LossInputError, match=r"one shape\. Got \(2, 5, 6\) and \(5, 6\)"):
        projection_loss(torch.zeros(2, 5, 6), torch.zeros(5, 6))


def test_single_masks_from_their_shadows():
    logits = torch.randn(3, 2, 5, 6, generator=torch.Generator().manual_seed(0))
    boxes = torch.zeros(3, 2, 5, 6)
    boxes[..., 1:3, 2:5] = 1
    each = shadow_loss(Shadows.of(logits), boxes.amax(-2), boxes.amax(-1))
    assert each.shape == (3, 2)
    for place in ((0, 0), (1, 1), (2, 0)):
        torch.testing.assert_close(each[place], projection_loss(logits[place], boxes[place]))
    torch.testing.assert_close(each.mean(), projection_loss(logits, boxes))
