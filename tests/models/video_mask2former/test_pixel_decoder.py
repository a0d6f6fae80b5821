import subprocess
import sys

import torch

from mfvis_engine.models.video_mask2former.pixel_decoder import PixelDecoder

from .shapes import SMALL


def features(count=2):
    return tuple(
        torch.randn(count, channels, 64 // stride, 96 // stride)
        for channels, stride in zip(SMALL.backbone.channels, (4, 8, 16, 32), strict=True)
    )


def test_three_levels_and_the_finest_step():
    out = PixelDecoder(SMALL)(features())
    assert [tuple(level.shape) for level in out.levels] == [(2, 32, 2, 3), (2, 32, 4, 6), (2, 32, 8, 12)]
    assert out.mask_features.shape == (2, 16, 16, 24)


def test_frames_do_not_see_each_other():
    decoder, seen = PixelDecoder(SMALL).eval(), features()
    alone = decoder(tuple(feature[1:] for feature in seen))
    torch.testing.assert_close(decoder(seen).mask_features[1:], alone.mask_features, atol=1e-5, rtol=1e-5)


def test_it_starts_with_samples_around_each_place():
    attention = PixelDecoder(SMALL).inner.encoder.layers[0].self_attn
    offsets = attention.sampling_offsets.bias.reshape(2, 3, 4, 2)  # heads, levels, points, xy
    right = torch.tensor([[1.0, 0], [2, 0], [3, 0], [4, 0]])
    torch.testing.assert_close(offsets[0], right.expand(3, -1, -1))
    torch.testing.assert_close(offsets[1], -right.expand(3, -1, -1), atol=1e-5, rtol=0)
    assert not attention.sampling_offsets.weight.any()
    assert not attention.attention_weights.weight.any()
    assert not attention.attention_weights.bias.any()


def test_it_is_float32_under_autocast():
    decoder, seen = PixelDecoder(SMALL), features()
    with torch.autocast("cpu", torch.bfloat16):
        out = decoder(tuple(feature.bfloat16() for feature in seen))
    assert {level.dtype for level in (*out.levels, out.mask_features)} == {torch.float32}


def test_it_is_not_imported_with_the_package():
    code = "import sys, mfvis_engine.models.video_mask2former; sys.exit('transformers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
