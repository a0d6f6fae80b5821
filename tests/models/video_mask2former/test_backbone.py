import dataclasses

import pytest
import torch
from torch import nn

from mfvis_engine.models.video_mask2former.backbone import Backbone, FrozenBatchNorm

from .shapes import SMALL_BACKBONE, SMALL_RESNET, SMALL_SWIN


@pytest.mark.parametrize("config", [SMALL_BACKBONE, SMALL_RESNET, SMALL_SWIN], ids=["group", "frozen", "swin"])
def test_four_maps_finest_first(config):
    maps = Backbone(config)(torch.randn(2, 3, 64, 96))
    sizes = [(2, c, 64 // s, 96 // s) for c, s in zip(config.channels, (4, 8, 16, 32), strict=True)]
    assert [tuple(one.shape) for one in maps] == sizes


def test_a_frozen_norm_is_batch_norm_that_learns_nothing():
    reference, frozen = nn.BatchNorm2d(4), FrozenBatchNorm(4)
    for value in (reference.weight, reference.bias, reference.running_mean):
        nn.init.normal_(value)
    nn.init.uniform_(reference.running_var, 0.5, 2)
    frozen.load_state_dict({k: v for k, v in reference.state_dict().items() if k != "num_batches_tracked"})
    x = torch.randn(3, 4, 5, 6)
    torch.testing.assert_close(frozen.train()(x), reference.eval()(x))
    torch.testing.assert_close(frozen.running_mean, reference.running_mean)
    assert not list(frozen.parameters())


def test_a_frozen_backbone_learns_its_convolutions_alone():
    backbone = Backbone(SMALL_RESNET).train()
    assert {name.rsplit(".", 2)[1] for name, _ in backbone.named_parameters()} == {"convolution"}
    assert len([m for m in backbone.modules() if isinstance(m, FrozenBatchNorm)]) == 1 + 5 * 3 + 4


def test_a_bottleneck_strides_in_its_middle_convolution():
    block = Backbone(SMALL_RESNET).inner.encoder.stages[1].layers[0].layer
    assert [part.convolution.stride for part in block] == [(1, 1), (2, 2), (1, 1)]


@pytest.mark.parametrize(("channels", "groups"), [(8, 1), (32, 4), (96, 4), (256, 32), (2048, 32), (20, 2), (34, 2)])
def test_groups_divide_the_channels(channels, groups):
    config = dataclasses.replace(SMALL_BACKBONE, stem_channels=channels)
    assert Backbone(config).inner.embedder.embedder.normalization.num_groups == groups


def test_maps_of_swin_are_normed():
    maps = Backbone(SMALL_SWIN).eval()(torch.randn(1, 3, 64, 64))
    for one in maps:
        torch.testing.assert_close(one.mean(1), torch.zeros_like(one.mean(1)), atol=1e-4, rtol=0)
