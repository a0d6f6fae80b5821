"""A model that finds objects without having learned."""

import torch

from mfvis_engine.models.video_mask2former import VideoMask2Former


def sure_model(config, class_index):
    """Random weights that take everything for one class."""
    torch.manual_seed(0)
    model = VideoMask2Former(config)
    with torch.no_grad():
        model.head.decoder.head.classes.bias[class_index] += 20
    return model
