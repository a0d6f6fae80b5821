import re

import pytest
import torch

from mfvis_engine.models.video_mask2former import VideoMask2Former, config_of_size
from mfvis_engine.models.video_mask2former.released_keys import own_name, released_name


@pytest.fixture(scope="module")
def released_shapes():
    """Shape by released name of everything in the paper's model; no memory is taken."""
    with torch.device("meta"):
        model = VideoMask2Former(config_of_size("r50", [str(i) for i in range(40)]))
    return {released_name(name): tuple(value.shape) for name, value in model.state_dict().items()}


def test_names_go_both_ways(released_shapes):
    # 559 in the files, of which two belong to the criterion.
    assert len(released_shapes) == 557
    assert None not in released_shapes
    assert all(released_name(own_name(name)) == name for name in released_shapes)


def test_the_backbone_has_53_convolutions_of_five_tensors(released_shapes):
    names = [name for name in released_shapes if name.startswith("backbone.")]
    convolutions = {re.sub(r"\.(norm\.)?\w+$", "", name) for name in names}
    assert (len(convolutions), len(names)) == (53, 265)
    assert {"backbone.stem.conv1", "backbone.res2.0.shortcut", "backbone.res5.2.conv3"} <= convolutions


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("backbone.stem.conv1.weight", (64, 3, 7, 7)),
        ("backbone.res3.0.shortcut.weight", (512, 256, 1, 1)),
        ("backbone.res4.5.conv2.norm.running_var", (256,)),
        ("sem_seg_head.pixel_decoder.input_proj.0.0.weight", (256, 2048, 1, 1)),
        ("sem_seg_head.pixel_decoder.input_proj.2.1.bias", (256,)),
        ("sem_seg_head.pixel_decoder.transformer.level_embed", (3, 256)),
        ("sem_seg_head.pixel_decoder.transformer.encoder.layers.5.self_attn.sampling_offsets.weight", (192, 256)),
        ("sem_seg_head.pixel_decoder.transformer.encoder.layers.0.self_attn.attention_weights.weight", (96, 256)),
        ("sem_seg_head.pixel_decoder.transformer.encoder.layers.0.linear1.weight", (1024, 256)),
        ("sem_seg_head.pixel_decoder.adapter_1.norm.weight", (256,)),
        ("sem_seg_head.pixel_decoder.layer_1.weight", (256, 256, 3, 3)),
        ("sem_seg_head.pixel_decoder.mask_features.bias", (256,)),
        ("sem_seg_head.predictor.transformer_self_attention_layers.8.self_attn.in_proj_weight", (768, 256)),
        ("sem_seg_head.predictor.transformer_cross_attention_layers.0.multihead_attn.out_proj.bias", (256,)),
        ("sem_seg_head.predictor.transformer_ffn_layers.8.linear1.weight", (2048, 256)),
        ("sem_seg_head.predictor.query_feat.weight", (100, 256)),
        ("sem_seg_head.predictor.class_embed.weight", (41, 256)),
        ("sem_seg_head.predictor.mask_embed.layers.2.weight", (256, 256)),
    ],
)
def test_shapes_are_those_of_the_released_files(released_shapes, name, shape):
    assert released_shapes[name] == shape


def test_other_names_have_no_place():
    assert own_name("criterion.empty_weight") is None
    assert released_name("pixel_mean") is None
