"""The released network's answers, at a small size: `tests/data/video_mask2former_head.npz`.

Its maps are thinned: every fourth row and column from the second on (of `multi_scale_2` every second).
"""

from pathlib import Path

import numpy as np
import pytest
import torch

from mfvis_engine.models.video_mask2former.config import BackboneConfig, VideoMask2FormerConfig
from mfvis_engine.models.video_mask2former.head import VideoMask2FormerHead
from mfvis_engine.models.video_mask2former.released_keys import own_name, released_name

CONFIG = VideoMask2FormerConfig(
    ("a", "b", "c", "d", "e"),
    BackboneConfig(channels=(32, 48, 64, 96)),
    hidden_dim=64,
    mask_dim=64,
    head_count=4,
    encoder_layers=2,
    encoder_ffn_dim=96,
    decoder_layers=3,
    decoder_ffn_dim=128,
    query_count=12,
)
EXACT = {"atol": 1e-4, "rtol": 0}


@pytest.fixture(scope="module")
def released():
    with np.load(Path(__file__).parents[2] / "data" / "video_mask2former_head.npz") as arrays:
        return {name: torch.from_numpy(arrays[name]) for name in arrays}


@pytest.fixture(scope="module")
def head(released):
    head = VideoMask2FormerHead(CONFIG)
    state = {k.removeprefix("state/"): v for k, v in released.items() if k.startswith("state/")}
    assert {released_name(own_name(name)) for name in state} == set(state)
    head.load_state_dict({own_name(name).removeprefix("head."): value for name, value in state.items()})
    return head.eval()


@pytest.fixture(scope="module")
def features(released):
    return tuple(released[f"input/res{stage}"] for stage in (2, 3, 4, 5))


def test_the_pixel_decoder_is_the_released_one(head, released, features):
    with torch.no_grad():
        out = head.pixel_decoder(features)
    torch.testing.assert_close(out.mask_features[..., 1::4, 1::4], released["output/mask_features"], **EXACT)
    torch.testing.assert_close(out.levels[0], released["output/multi_scale_0"], **EXACT)
    torch.testing.assert_close(out.levels[1], released["output/multi_scale_1"], **EXACT)
    torch.testing.assert_close(out.levels[2][..., 1::2, 1::2], released["output/multi_scale_2"], **EXACT)


def test_every_head_of_the_decoder_is_the_released_one(head, released, features):
    with torch.no_grad():
        answer = head(features, 1, 3)
    for prediction, prefix in zip(answer.heads, ("aux0_", "aux1_", "aux2_", ""), strict=True):
        torch.testing.assert_close(prediction.class_logits, released[f"output/{prefix}pred_logits"], **EXACT)
        expected = released[f"output/{prefix}pred_masks"]
        torch.testing.assert_close(prediction.mask_logits[..., 1::4, 1::4], expected, **EXACT)
