"""The answers and gradients of the released MaskFreeVIS losses, on one tube of 5 frames and 3 instances."""

from pathlib import Path

import numpy as np
import pytest
import torch

from mfvis_engine.losses import (
    SPARSE_GRID,
    color_similarity,
    lab_on_loss_grid,
    match_tube,
    pairwise_loss,
    patch_similarity,
    pool_to_loss_grid,
    projection_loss,
    rgb_to_lab,
    temporal,
    tk_loss,
    tube_pairs,
)

TOLERANCE = {"rtol": 0, "atol": 1e-5}
RELEASED_TK_WEIGHT = 0.1


@pytest.fixture(scope="module")
def released():
    with np.load(Path(__file__).parents[1] / "data" / "mask_free_losses.npz") as arrays:
        return {name: torch.from_numpy(arrays[name]) for name in arrays}


@pytest.fixture
def logits(released):
    return released["mask_logits"].clone().requires_grad_()


@pytest.fixture(scope="module")
def box_masks(released):
    """(3, 5, 24, 40): the boxes' corners are multiples of 4, so they are exact on the loss grid."""
    masks = torch.zeros_like(released["mask_logits"])
    for n, t in np.ndindex(*masks.shape[:2]):
        x0, y0, x1, y1 = (released["boxes_xyxy"][n, t] / 4).int().tolist()
        masks[n, t, y0:y1, x0:x1] = 1
    return masks


def _assert_released(loss, logits, released, name):
    (gradient,) = torch.autograd.grad(loss, logits)
    expected = released[f"grad/{name}"]
    torch.testing.assert_close(loss.detach(), released[f"loss/{name}"], **TOLERANCE)
    torch.testing.assert_close(gradient, expected, **TOLERANCE)
    # The gradients are small beside the tolerance; so compare them at their own scale too.
    torch.testing.assert_close(gradient, expected, rtol=0, atol=1e-5 * float(expected.abs().max()))


def test_projection(released, logits, box_masks):
    _assert_released(projection_loss(logits, box_masks), logits, released, "loss_mask")


def test_pairwise(released, logits, box_masks):
    similarity = color_similarity(released["lab_stride4"])
    torch.testing.assert_close(similarity, released["intra_similarity"], **TOLERANCE)
    _assert_released(pairwise_loss(logits, similarity, box_masks), logits, released, "loss_bound")


def test_patch_similarity(released):
    lab = released["lab_stride4"]
    similarity = [patch_similarity(lab[f], lab[g], SPARSE_GRID) for f, g in tube_pairs(5)]
    torch.testing.assert_close(torch.stack(similarity), released["pair_similarity"], **TOLERANCE)


@pytest.mark.parametrize("has_compiler", [True, False])
def test_temporal(released, logits, box_masks, monkeypatch, has_compiler):
    monkeypatch.setattr(temporal, "HAS_COMPILER", has_compiler)
    matches = match_tube(released["lab_stride4"], SPARSE_GRID)
    loss = RELEASED_TK_WEIGHT * tk_loss(logits, matches, box_masks.amax(1))
    _assert_released(loss, logits, released, "loss_bound_neighbor")


def test_lab_frames_with_the_quirks_of_the_release(released):
    frames = released["frames_rgb"].permute(0, 3, 1, 2)
    quirky = rgb_to_lab(pool_to_loss_grid(frames).to(torch.uint8).flip(1))  # truncated; R and B swapped
    torch.testing.assert_close(quirky, released["lab_stride4"], rtol=0, atol=1e-3)


def test_lab_frames_without_them(released):
    lab = lab_on_loss_grid(released["frames_rgb"].permute(0, 3, 1, 2))
    assert lab.shape == released["lab_stride4"].shape
    lightness = lab[:, 0]
    assert 0 <= lightness.min() <= lightness.max() <= 100
