"""A model that finds squares by their colour, and videos of such squares."""

import numpy as np
import torch
from torch.nn import functional

from mfvis_engine.models.video_mask2former.pixel_decoder import FrameFeatures
from mfvis_engine.models.video_mask2former.predictions import ClipPrediction, HeadPrediction
from mfvis_engine.video import ArrayVideo

RED, GREEN, BLUE, YELLOW = (220, 30, 30), (30, 220, 30), (30, 30, 220), (220, 220, 30)
COLOURS = (RED, GREEN, BLUE, YELLOW)
CLASS_OF = (0, 1, 1, 0)
SIDE = 16


class ColourFinder:
    """One query a colour, shuffled anew in each clip; classes 0 (red and yellow) and 1 (green and blue)."""

    def __init__(self, noise=0.1, logit=8.0, repeats=1, score=0.9):
        self.logit, self.noise, self.repeats, self.score = logit, noise, repeats, score
        self.random = torch.Generator().manual_seed(0)
        self.clip_lengths, self.batches = [], []

    def encode(self, frames_rgb, /):
        assert frames_rgb.dtype == torch.uint8
        height, width = frames_rgb.shape[-2:]
        self.batches.append(len(frames_rgb))
        padded = functional.pad(frames_rgb.float(), (0, -width % 32, 0, -height % 32))
        return FrameFeatures((), functional.avg_pool2d(padded, 4))

    def decode(self, features, batch, frames, /, *, deep_supervision=True):
        assert not deep_supervision
        assert batch == 1
        pixels = features.mask_features
        assert len(pixels) == frames
        self.clip_lengths.append(frames)
        order = torch.randperm(len(COLOURS) * self.repeats, generator=self.random) % len(COLOURS)
        distance = torch.stack([(pixels - torch.tensor(COLOURS[i])[:, None, None]).abs().amax(1) for i in order])
        mask_logits = torch.where(distance < 60, self.logit, -self.logit)
        seen = (distance < 60).flatten(1).any(1)
        head = HeadPrediction(self._classes(order, seen)[None], mask_logits[None])
        return ClipPrediction((head,), self._embeddings(order)[None])

    def _classes(self, order, seen):
        probability = torch.full((len(order), 3), 0.04)
        probability[:, 2] = 0.92
        for row, colour in enumerate(order):
            if seen[row]:
                rest = (1 - self.score) / 2
                probability[row] = torch.full((3,), rest)
                probability[row, CLASS_OF[colour]] = self.score
        return probability.log()

    def _embeddings(self, order):
        return torch.eye(len(COLOURS))[order] + self.noise * torch.randn(
            len(order), len(COLOURS), generator=self.random
        )


def squares_video(paths, height=64, width=96):
    """A video in which path i, a list with (x, y) or None for each frame, is a square of colour i; later ones above."""
    frames = np.full((len(paths[0]), height, width, 3), 90, np.uint8)
    for colour, path in zip(COLOURS, paths, strict=False):
        for frame, at in zip(frames, path, strict=True):
            if at is not None:
                x, y = at
                frame[y : y + SIDE, x : x + SIDE] = colour
    return ArrayVideo(frames)
