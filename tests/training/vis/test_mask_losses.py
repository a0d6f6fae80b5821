import math

import pytest
import torch

from mfvis_engine.training.vis.mask_losses import mask_losses
from mfvis_engine.training.vis.points import sample_at, sample_grid, uncertain_points
from tests.training.vis.scenes import generator


def test_all_pixels_of_the_grid():
    logits = torch.zeros(2, 1, 2, 2)
    logits[1, 0, 0, 0] = math.log(3)
    masks = torch.zeros(1, 8, 8, dtype=torch.uint8)
    masks[0, :4, :2] = 1  # half of the first grid pixel
    entropy, dice = mask_losses(logits, masks, None)
    first = -(math.log(0.75) + math.log(0.25)) / 2
    torch.testing.assert_close(entropy, torch.tensor([[math.log(2)], [(first + 3 * math.log(2)) / 4]]))
    expected = [[1 - (2 * 0.25 + 1) / (2 + 0.5 + 1)], [1 - (2 * 0.375 + 1) / (2.25 + 0.5 + 1)]]
    torch.testing.assert_close(dice, torch.tensor(expected))


def test_random_points_of_an_even_mask():
    """Everywhere the same but for the border, where samples fade out and so the model is unsure."""
    logits, masks = torch.full((3, 2, 8, 12), 1.5), torch.ones(2, 32, 48, dtype=torch.uint8)
    points, pixels = mask_losses(logits, masks, 4000), mask_losses(logits, masks, None)
    torch.testing.assert_close(pixels[0], torch.full((3, 2), math.log(1 + math.exp(-1.5))))
    assert (pixels[0] < points[0]).all()
    assert (points[0] < math.log(2)).all()


def test_each_head_and_mask_is_compared_with_its_own_target():
    masks = torch.zeros(2, 32, 48, dtype=torch.uint8)
    masks[0, :, :24], masks[1, :, 24:] = 1, 1
    right = torch.where(torch.nn.functional.avg_pool2d(masks.float(), 4) > 0, 9.0, -9.0)
    entropy, dice = mask_losses(torch.stack((right, -right)), masks, 500)
    assert (entropy[0] < 1).all()
    assert (entropy[1] > 4).all()
    assert (dice[0] < 0.3).all()
    assert (dice[1] > 0.6).all()


def test_gradients_reach_the_logits():
    logits = torch.randn((2, 3, 8, 12), generator=generator()).requires_grad_()
    masks = (torch.rand((3, 32, 48), generator=generator(1)) > 0.5).to(torch.uint8)
    entropy, dice = mask_losses(logits, masks, 200)
    (entropy.sum() + dice.sum()).backward()
    assert (logits.grad.abs().sum((2, 3)) > 0).all()


def test_sampling_at_pixel_centres():
    maps = torch.arange(6.0).view(1, 2, 3)
    centres = torch.tensor([[[1 / 6, 1 / 4], [5 / 6, 3 / 4]]])
    torch.testing.assert_close(sample_at(maps, centres), torch.tensor([[0.0, 5.0]]))
    torch.testing.assert_close(sample_grid(maps[None], centres[0]), torch.tensor([[[0.0, 5.0]]]))


def test_most_points_are_where_the_model_is_unsure():
    logits = torch.full((1, 16, 16), 8.0)
    logits[0, :, 6:10] = 0.0
    points = uncertain_points(logits, 400)
    assert points.shape == (1, 400, 2)
    x = points[0, :, 0] * 16
    inside = ((x > 5.5) & (x < 10.5)).float()
    assert inside[:300].mean() > 0.9
    assert inside[300:].mean() == pytest.approx(5 / 16, abs=0.1)
