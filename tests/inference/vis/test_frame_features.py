import numpy as np
import torch

from mfvis_engine.inference.vis.frame_features import FeatureReader
from mfvis_engine.inference.vis.frame_grid import FrameGrid
from mfvis_engine.models.device import Device
from mfvis_engine.models.video_mask2former.pixel_decoder import FrameFeatures

CPU = Device(torch.device("cpu"), bfloat16=False)


class Numbered:
    """A video whose frame i is of the value i, and a model whose features are that value; both note what is asked."""

    height, width, length, frame_rate = 32, 32, 20, None

    def __init__(self):
        self.asked, self.batches = [], []

    def frame(self, frame_index):
        self.asked.append(frame_index)
        return np.full((32, 32, 3), frame_index, np.uint8)

    def encode(self, frames_rgb, /):
        self.batches.append(len(frames_rgb))
        value = frames_rgb.float().mean((1, 2, 3))[:, None, None, None]
        return FrameFeatures((value, 2 * value), 3 * value)


def test_shared_frames_are_looked_at_once():
    both = Numbered()
    heeded = []
    reader = FeatureReader(both, both, FrameGrid.of(both, None), CPU, 3, lambda: heeded.append(len(both.batches)))
    for window in (range(4), range(2, 6), range(6, 10), range(7, 14)):
        features = reader.read(window)
        assert features.levels[0].flatten().tolist() == list(window)
        assert features.levels[1].flatten().tolist() == [2 * index for index in window]
        assert features.mask_features.flatten().tolist() == [3 * index for index in window]
    assert both.asked == list(range(14))
    assert both.batches == [3, 1, 2, 3, 1, 3, 1]
    assert heeded == list(range(7))
