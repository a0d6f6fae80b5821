import numpy as np
import torch

from mfvis_engine.models.prompt import colour_prior, network_input


def two_colours():
    """A red disc on green, (64, 64, 3), and the square around it."""
    rows, columns = np.mgrid[:64, :64]
    disc = (rows - 32) ** 2 + (columns - 32) ** 2 < 12**2
    crop = np.where(disc[..., None], [200, 40, 40], [40, 160, 40]).astype(np.uint8)
    inside = np.zeros((64, 64), np.float32)
    inside[20:44, 20:44] = 1
    return crop, disc, inside


def test_colours_found_only_inside_the_box_speak_for_the_object():
    crop, disc, inside = two_colours()
    prior = colour_prior(crop, inside)
    assert prior[disc].min() > 0.3
    assert prior[~disc].max() < -0.3


def test_a_mask_makes_the_prior_more_certain_than_a_box():
    crop, disc, inside = two_colours()
    box_prior, mask_prior = colour_prior(crop, inside), colour_prior(crop, disc.astype(np.float32))
    assert mask_prior[~disc].mean() < box_prior[~disc].mean()


def test_one_colour_says_nothing():
    crop = np.full((32, 32, 3), 90, np.uint8)
    inside = np.zeros((32, 32), np.float32)
    inside[8:24, 8:24] = 1
    assert np.abs(colour_prior(crop, inside)).max() < 1e-6


def test_input_does_not_change_with_brightness_and_contrast():
    generator = torch.Generator().manual_seed(0)
    crops = torch.randint(60, 120, (2, 3, 16, 16, 3), generator=generator)
    prompts = torch.rand(2, 3, 16, 16, generator=generator)
    plain, changed = network_input(crops, prompts), network_input(crops * 2 + 10, prompts)
    assert plain.shape == (2, 12, 16, 16)
    assert torch.allclose(plain, changed, atol=1e-4)
    assert torch.equal(plain[:, 9:], prompts)


def test_input_keeps_the_order_of_frames_and_colours():
    crops = torch.zeros(1, 3, 4, 4, 3, dtype=torch.uint8)
    crops[0, 2, :, :, 1] = 255
    bright = network_input(crops, torch.zeros(1, 3, 4, 4)).mean((2, 3))[0]
    assert bright[:9].argmax() == 2 * 3 + 1
