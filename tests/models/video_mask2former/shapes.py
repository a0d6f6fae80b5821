"""Small Video Mask2Formers for tests."""

import dataclasses

from mfvis_engine.models.video_mask2former.config import (
    BackboneConfig,
    BackboneKind,
    BackboneNorm,
    VideoMask2FormerConfig,
)

SMALL_BACKBONE = BackboneConfig(
    depths=(1, 1, 1, 1), channels=(8, 16, 24, 32), stem_channels=8, bottleneck=False, norm=BackboneNorm.GROUP
)
SMALL = VideoMask2FormerConfig(
    ("cat", "dog"),
    SMALL_BACKBONE,
    hidden_dim=32,
    mask_dim=16,
    head_count=2,
    encoder_layers=1,
    encoder_ffn_dim=32,
    decoder_layers=4,
    decoder_ffn_dim=32,
    query_count=5,
)
SMALL_RESNET = BackboneConfig(depths=(2, 1, 1, 1), channels=(32, 64, 96, 128), stem_channels=8)
SMALL_SWIN = BackboneConfig(
    BackboneKind.SWIN, (1, 1, 2, 1), (16, 32, 64, 128), stem_channels=16, head_counts=(1, 2, 4, 8), window_size=4
)
LIKE_A_RELEASED_ONE = dataclasses.replace(SMALL, backbone=SMALL_RESNET, mask_dim=32)
