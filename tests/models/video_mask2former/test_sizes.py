import pytest
import torch

from mfvis_engine.models.video_mask2former import SIZES, ModelConfigError, VideoMask2Former, config_of_size


def test_the_papers_model():
    config = config_of_size("r50", ["cat"])
    assert (config.hidden_dim, config.encoder_layers, config.decoder_layers, config.query_count) == (256, 6, 9, 100)
    assert config.backbone.channels == (256, 512, 1024, 2048)


def test_the_largest():
    config = config_of_size("swin-l", ["cat"])
    assert config.query_count == 200
    assert config.backbone.depths == (2, 2, 18, 2)
    assert config.backbone.channels == (192, 384, 768, 1536)


def test_tiny_is_tiny_and_a_step_of_it_works():
    model = VideoMask2Former(config_of_size("tiny", ["cat", "dog"]))
    assert sum(p.numel() for p in model.parameters()) < 2e6
    answer = model(torch.zeros(1, 2, 3, 64, 96, dtype=torch.uint8))
    assert len(answer.heads) == 4
    assert answer.final.mask_logits.shape == (1, 20, 2, 16, 24)


def test_an_unknown_size_names_those_there_are():
    with pytest.raises(ModelConfigError, match=r"'huge'.*r50, swin-l, tiny"):
        config_of_size("huge", ["cat"])
    assert SIZES == ("r50", "swin-l", "tiny")
