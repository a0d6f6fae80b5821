import numpy as np

from mfvis_engine.training.synthetic_videos.materials import Material, Split, Textures


def test_a_material_of_a_hue_is_a_bright_colour_of_it():
    textures = Textures.of(Split.TRAIN)
    for seed in range(10):
        rng = np.random.default_rng(seed)
        red, green, blue = Material.random(textures, rng).in_hue(1 / 3, rng).base.tolist()
        assert green >= 0.6 * 255 - 1e-3
        # The palest has 0.4 of the brightest channel; 0.06 of the circle aside, 0.36 of what is left comes to one.
        assert max(red, blue) <= (0.4 + 0.36 * 0.6) * green + 1e-3


def test_a_paled_material_has_less_contrast_and_is_nearer_to_grey():
    textures, rng = Textures.of(Split.TRAIN), np.random.default_rng(0)
    material = Material.random(textures, rng)
    paled = material.paled(0.25)
    assert paled.gain == 0.25 * material.gain
    np.testing.assert_allclose(paled.base - 128, 0.25 * (material.base - 128), rtol=1e-5)


def test_a_material_of_a_kind_is_of_a_texture_of_that_kind():
    textures, rng = Textures.of(Split.HELD_OUT), np.random.default_rng(0)
    pictures = textures.pictures[textures.kinds == 2]
    for _ in range(5):
        picture = Material.random(textures, rng, kind=2).picture
        assert any(np.array_equal(picture, one) for one in pictures)
