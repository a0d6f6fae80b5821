import numpy as np
import pytest

from mfvis_engine.models.crops import tight_box
from mfvis_engine.training.synthetic import Bank, random_tube, texture_bank
from mfvis_engine.training.synthetic.bodies import random_body
from mfvis_engine.training.synthetic.samples import random_sample


@pytest.fixture(scope="module")
def bank():
    return Bank.of(texture_bank(np.random.default_rng(0), procedural_count=12))


@pytest.fixture(scope="module")
def samples(bank):
    rng = np.random.default_rng(1)
    tubes = [random_tube(rng, bank) for _ in range(12)]
    found = [random_sample(tube, rng, 64) for tube in tubes for _ in range(4)]
    return [sample for sample in found if sample is not None]


def test_one_seed_one_scene(bank):
    one, other = (random_tube(np.random.default_rng(5), bank) for _ in range(2))
    assert np.array_equal(one.frames, other.frames)
    assert np.array_equal(one.ids, other.ids)


def test_scenes_differ_and_move(bank):
    rng = np.random.default_rng(2)
    tubes = [random_tube(rng, bank) for _ in range(6)]
    assert len({tube.frames.tobytes() for tube in tubes}) == 6
    moved = [np.mean(tube.ids[0] != tube.ids[2]) for tube in tubes]
    assert max(moved) > 0.01
    assert all(set(np.unique(tube.ids)) - {0} for tube in tubes)


def test_every_texture_is_there_and_none_is_flat(bank):
    assert bank.textures.shape[1:] == (256, 256, 3)
    assert bank.textures.astype(float).std((1, 2)).max(1).min() > 1


def test_parts_name_joints_that_exist():
    rng = np.random.default_rng(3)
    for _ in range(200):
        body = random_body(rng)
        assert body.parts[:, 1:3].max() < len(body.joints_xy)
        assert (body.parts[:, 3:5] > 0).all()
        assert np.isfinite(body.joints_xy).all()


def test_samples_show_an_object_in_its_box(samples):
    assert len(samples) > 20
    share = {0.5: [], 1.0: []}
    for sample in samples:
        inside = sample.prompts[0]
        share[float(inside.max())].append((sample.mask * (inside > 0)).sum() / sample.mask.sum())
    assert min(share[1.0]) > 0.85  # a drawn box holds its object
    assert np.median(share[0.5]) > 0.8  # a guessed one most of it


def test_the_colour_prior_is_informative_on_the_whole(samples):
    means = [(s.prompts[2][s.mask > 0.5].mean(), s.prompts[2][s.mask < 0.5].mean()) for s in samples]
    assert np.mean([on > off for on, off in means]) > 0.9


def test_tight_box_of_known_masks():
    mask = np.zeros((8, 9), bool)
    assert tight_box(mask) is None
    mask[2:5, 3] = True
    assert tight_box(mask).tolist() == [3, 2, 4, 5]
