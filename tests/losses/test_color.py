import numpy as np
import pytest
import torch
from skimage.color import rgb2lab

from mfvis_engine.losses import LossInputError, lab_on_loss_grid, pool_to_loss_grid, rgb_to_lab


def _images(*shape):
    return torch.randint(0, 256, shape, generator=torch.Generator().manual_seed(0), dtype=torch.uint8)


def test_lab_equals_scikit_image_on_all_greys_and_random_colours():
    greys = torch.arange(256, dtype=torch.uint8).expand(3, 1, 256)
    images = torch.cat([greys, _images(3, 40, 256)], dim=1)
    expected = rgb2lab(images.permute(1, 2, 0).numpy())
    np.testing.assert_allclose(rgb_to_lab(images).permute(1, 2, 0), expected, atol=1e-3)


@pytest.mark.parametrize(
    ("rgb", "lab"),
    [
        ((255, 255, 255), (100, 0, 0)),
        ((0, 0, 0), (0, 0, 0)),
        ((255, 0, 0), (53.24, 80.09, 67.20)),
        ((0, 0, 255), (32.30, 79.19, -107.86)),
    ],
)
def test_known_colours(rgb, lab):
    answer = rgb_to_lab(torch.tensor(rgb).view(3, 1, 1)).flatten()
    np.testing.assert_allclose(answer, lab, atol=0.02)


def test_leading_dimensions_and_double_precision_are_kept():
    images = _images(2, 4, 3, 5, 6).double()
    lab = rgb_to_lab(images)
    assert lab.shape == images.shape
    assert lab.dtype == torch.float64
    torch.testing.assert_close(lab[1, 2], rgb_to_lab(images[1, 2]))


def test_pooling_averages_squares_and_what_is_left_at_the_border():
    image = torch.zeros(1, 3, 6, 8)
    image[..., :4, :4] = 100
    image[..., 4:, 4:] = 60
    pooled = pool_to_loss_grid(image)
    torch.testing.assert_close(pooled[0, 0], torch.tensor([[100.0, 0.0], [0.0, 60.0]]))


def test_lab_on_loss_grid_pools_in_rgb():
    image = torch.zeros(3, 4, 4)
    image[:, :2] = 200
    expected = rgb2lab(np.full((1, 1, 3), 100, dtype=np.uint8))
    np.testing.assert_allclose(lab_on_loss_grid(image).permute(1, 2, 0), expected, atol=1e-3)


@pytest.mark.parametrize("function", [rgb_to_lab, pool_to_loss_grid, lab_on_loss_grid])
def test_channels_last_is_refused(function):
    with pytest.raises(LossInputError, match=r"\(\.\.\., 3, H, W\)\. Got \(5, 8, 8, 3\)"):
        function(torch.zeros(5, 8, 8, 3))
