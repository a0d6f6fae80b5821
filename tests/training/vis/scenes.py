"""Batches and predictions made by hand: frames of 32 x 48 pixels, so a grid of 8 x 12."""

import torch

from mfvis_engine.models.video_mask2former.predictions import ClipPrediction, HeadPrediction
from mfvis_engine.training.vis.clips import ClipBatch, ClipTargets

SIZE_HW = (32, 48)
GRID_HW = (8, 12)
CLASSES = 3


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def targets(boxes_xyxy, class_index=None, present=None, masks=None, has_mask=None):
    """`boxes_xyxy` (N, T, 4) as nested lists or a tensor."""
    boxes = torch.as_tensor(boxes_xyxy, dtype=torch.float32).reshape(-1, *torch.as_tensor(boxes_xyxy).shape[-2:])
    shape = boxes.shape[:2]
    present = torch.ones(shape, dtype=torch.bool) if present is None else torch.as_tensor(present)
    return ClipTargets(
        torch.arange(shape[0]) % CLASSES if class_index is None else torch.as_tensor(class_index),
        boxes * present[..., None],
        present,
        torch.zeros((*shape, 0, 0), dtype=torch.uint8) if masks is None else masks,
        torch.zeros(shape, dtype=torch.bool) if has_mask is None else torch.as_tensor(has_mask),
    )


def random_targets(objects, frames, seed=0, **known):
    corner = torch.rand((objects, frames, 2), generator=generator(seed)) * torch.tensor([24.0, 16.0])
    size = 6 + torch.rand((objects, 1, 2), generator=generator(seed + 1)) * torch.tensor([18.0, 10.0])
    return targets(torch.cat((corner, corner + size), -1), **known)


def box_filled_masks(boxes_xyxy, size_hw=SIZE_HW):
    """(N, T, H, W) uint8: whole boxes as masks."""
    masks = torch.zeros((*boxes_xyxy.shape[:2], *size_hw), dtype=torch.uint8)
    for n in range(masks.shape[0]):
        for t in range(masks.shape[1]):
            x0, y0, x1, y1 = boxes_xyxy[n, t].round().int().tolist()
            masks[n, t, y0:y1, x0:x1] = 1
    return masks


def batch(*clips, seed=0, size_hw=SIZE_HW):
    """Clips of these targets, of faint and blurred noise that hardly changes in time."""
    frames = clips[0].present.shape[1]
    still = torch.rand((len(clips), 1, 3, 4, 6), generator=generator(seed))
    moving = torch.rand((len(clips), frames, 3, 4, 6), generator=generator(seed + 1))
    coarse = 100 + 12 * still + 2 * moving
    smooth = torch.nn.functional.interpolate(coarse.flatten(0, 1), size=size_hw, mode="bilinear")
    frames_rgb = smooth.to(torch.uint8).view(len(clips), frames, 3, *size_hw)
    return ClipBatch(frames_rgb, (size_hw,) * len(clips), tuple(clips))


def head(mask_logits, class_logits):
    return HeadPrediction(class_logits.requires_grad_(), mask_logits.requires_grad_())


def random_prediction(clips, queries, frames, heads=1, seed=0, grid_hw=GRID_HW, dtype=torch.float32):
    random = generator(seed)
    made = tuple(
        head(
            3 * torch.randn((clips, queries, frames, *grid_hw), generator=random, dtype=torch.float32).to(dtype),
            torch.randn((clips, queries, CLASSES + 1), generator=random).to(dtype),
        )
        for _ in range(heads)
    )
    return ClipPrediction(made, torch.zeros(clips, queries, 4))


def some_clips(prediction, index):
    """The same prediction of some clips, without history."""
    made = tuple(head(one.mask_logits.detach()[index], one.class_logits.detach()[index]) for one in prediction.heads)
    return ClipPrediction(made, prediction.query_embeddings[index])
