import dataclasses

import pytest
import torch
import torch.nn.functional as F

from mfvis_engine.models.video_mask2former import VideoMask2Former

from .shapes import SMALL, SMALL_RESNET, SMALL_SWIN


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return VideoMask2Former(SMALL).eval()


def clips(*shape):
    return torch.randint(0, 256, shape, dtype=torch.uint8, generator=torch.Generator().manual_seed(3))


@pytest.mark.parametrize(
    ("batch", "frames", "height", "width", "padded"),
    [(1, 1, 32, 64, (32, 64)), (2, 3, 40, 70, (64, 96)), (1, 5, 31, 65, (32, 96)), (3, 2, 64, 32, (64, 32))],
)
def test_any_batch_length_and_size(model, batch, frames, height, width, padded):
    with torch.no_grad():
        answer = model(clips(batch, frames, 3, height, width))
    assert answer.final.class_logits.shape == (batch, 5, 3)
    assert answer.final.mask_logits.shape == (batch, 5, frames, padded[0] // 4, padded[1] // 4)
    assert answer.query_embeddings.shape == (batch, 5, 32)


def test_frames_are_normalised_then_padded_with_zeros(model):
    clip = clips(1, 2, 3, 40, 70)
    mean = torch.tensor(SMALL.pixel_mean_rgb)[:, None, None]
    by_hand = F.pad(clip.float() - mean, (0, 26, 0, 24)) + mean
    with torch.no_grad():
        torch.testing.assert_close(
            model(clip).final.mask_logits, model(by_hand).final.mask_logits, atol=1e-3, rtol=1e-3
        )


def test_encoding_once_then_decoding_is_the_same(model):
    clip = clips(2, 2, 3, 32, 64)
    with torch.no_grad():
        features = model.encode(clip.flatten(0, 1))
        parts, whole = model.decode(features, 2, 2), model(clip)
    assert torch.equal(parts.final.mask_logits, whole.final.mask_logits)


@pytest.mark.parametrize("backbone", [SMALL.backbone, SMALL_RESNET, SMALL_SWIN], ids=["group", "frozen", "swin"])
def test_everything_learns(backbone):
    model = VideoMask2Former(dataclasses.replace(SMALL, backbone=backbone))
    answer = model(clips(2, 2, 3, 64, 64))
    losses = [head.mask_logits.square().mean() + head.class_logits.square().mean() for head in answer.heads]
    torch.stack(losses).sum().backward()
    assert not {name for name, parameter in model.named_parameters() if parameter.grad is None}


def test_a_seed_decides_every_weight():
    states = []
    for _ in range(2):
        torch.manual_seed(5)
        states.append(VideoMask2Former(SMALL).state_dict())
    assert all(torch.equal(value, states[1][name]) for name, value in states[0].items())
    assert all(value.isfinite().all() for value in states[0].values())


def test_half_precision_is_near(model):
    clip = clips(1, 2, 3, 64, 64)
    with torch.no_grad():
        whole = model(clip).heads[0]
        with torch.autocast("cpu", torch.bfloat16):
            half = model(clip)
    assert half.heads[0].mask_logits.isfinite().all()
    torch.testing.assert_close(half.heads[0].class_logits.float(), whole.class_logits, atol=0.05, rtol=0.05)
    error = (half.heads[0].mask_logits.float() - whole.mask_logits).abs().mean()
    assert error < 0.05 * whole.mask_logits.abs().mean()
