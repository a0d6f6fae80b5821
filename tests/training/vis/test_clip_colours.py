from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from mfvis_engine.losses import color_similarity, lab_on_loss_grid, match_tube
from mfvis_engine.training.vis.clip_colours import ClipColours, clip_lab
from mfvis_engine.training.vis.objective_settings import ObjectiveSettings, VisLossWeights
from tests.training.vis.scenes import batch, random_targets


def test_each_clip_is_compared_with_itself():
    frames = batch(random_targets(1, 3), random_targets(1, 3)).frames_rgb
    colours = ClipColours.of(frames, ObjectiveSettings())
    for index, clip in enumerate(frames):
        lab = lab_on_loss_grid(clip)
        torch.testing.assert_close(colours.similarity[index], color_similarity(lab))
        own = match_tube(lab, ObjectiveSettings().temporal_matches)
        assert torch.equal(colours.matches[index].offset_index, own.offset_index)
        assert colours.matches[index].pairs == ((0, 1), (0, 2), (1, 2))


def test_a_single_frame_has_no_pairs():
    colours = ClipColours.of(batch(random_targets(1, 1)).frames_rgb, ObjectiveSettings())
    assert colours.matches[0].pairs == ()


@pytest.mark.parametrize(("weights", "expected"), [({"pairwise": 0.0}, (None, 1)), ({"temporal": 0.0}, (1, None))])
def test_only_what_is_weighed_is_compared(weights, expected):
    settings = ObjectiveSettings(weights=replace(VisLossWeights(), **weights))
    colours = ClipColours.of(batch(random_targets(1, 2)).frames_rgb, settings)
    assert [value is None for value in (colours.similarity, colours.matches)] == [value is None for value in expected]


def test_colours_of_the_released_code():
    with np.load(Path(__file__).parents[2] / "data" / "mask_free_losses.npz") as arrays:
        frames, expected = (torch.from_numpy(arrays[name]) for name in ("frames_rgb", "lab_stride4"))
    lab = clip_lab(frames.permute(0, 3, 1, 2)[None], released=True)
    torch.testing.assert_close(lab[0], expected, rtol=0, atol=1e-3)
    assert (clip_lab(frames.permute(0, 3, 1, 2), released=False) - expected).abs().max() > 1
