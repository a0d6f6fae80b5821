"""A network that takes a few hundredths of a second a step, and videos for it to learn from."""

import dataclasses

import numpy as np
import torch

from mfvis_engine.models.device import Device
from mfvis_engine.models.video_mask2former import VideoMask2Former
from mfvis_engine.training.vis.labelled_video import LabelledSet, LabelledVideo
from mfvis_engine.training.vis.objective_settings import LossMean, ObjectiveSettings
from mfvis_engine.training.vis.optimization import OptimizerSettings
from mfvis_engine.training.vis.sampling import ClipSettings
from mfvis_engine.training.vis.settings import Precision, VisTrainSettings
from mfvis_engine.training.vis.trainer import VisTrainer
from tests.models.video_mask2former.shapes import SMALL

CPU = Device(torch.device("cpu"), bfloat16=False)
LENGTH, HEIGHT, WIDTH = 5, 32, 48
SETTINGS = VisTrainSettings(
    steps=6,
    clips_per_step=4,
    seed=3,
    precision=Precision.FLOAT32,
    average_decay=0.9,
    save_every_steps=100,
    clips=ClipSettings(frames=2, frame_range=2, short_sides=(32,)),
    objective=ObjectiveSettings(mean=LossMean.CLIP, mask_point_count=50, temporal_warmup_steps=3),
    optimizer=OptimizerSettings(learning_rate=1e-3, most_gradient_norm=1.0, warmup_steps=2),
)


def model():
    torch.manual_seed(0)
    return VideoMask2Former(SMALL)


def video(seed, *, objects=2, empty=False):
    """Squares that move over grey, the last of them absent in the first frame; `empty` has no object in any frame."""
    rng = np.random.default_rng(seed)
    frames = 60 + rng.integers(0, 3, (LENGTH, HEIGHT, WIDTH, 3), np.uint8)
    boxes = np.full((objects, LENGTH, 4), np.nan, np.float32)
    for n in range(0 if empty else objects):
        x, y, side = rng.integers(0, 20), rng.integers(0, 12), 12 + 4 * (n % 2)
        for t in range(int(n == objects - 1), LENGTH):
            left = x + 2 * t
            boxes[n, t] = left, y, left + side, y + side
            frames[t, y : y + side, left : left + side, n % 3] += 100
    class_index = np.arange(objects) % len(SMALL.class_names)
    annotated = np.ones(LENGTH, np.bool_)
    return LabelledVideo(f"video {seed}", (HEIGHT, WIDTH), lambda t: frames[t], class_index, boxes, annotated)


def videos(*, empty=0):
    """Two videos with objects, and some without."""
    shown = [video(0), video(1)]
    return LabelledSet(SMALL.class_names, (*shown, *(video(2 + n, empty=True) for n in range(empty))))


def trainer(settings=SETTINGS, *, labelled=None, start=None, **options):
    return VisTrainer(start or model(), labelled or videos(), settings, CPU, **options)


def changed(settings=SETTINGS, **changes):
    return dataclasses.replace(settings, **changes)


def weights(network):
    return {name: value.clone() for name, value in network.state_dict().items()}


def assert_equal(one, other):
    """Bit by bit."""
    assert one.keys() == other.keys()
    assert [name for name in one if not torch.equal(one[name], other[name])] == []


def largest_difference(one, other):
    return max(float((one[name] - other[name]).abs().max()) for name in one)


def share_apart(one, other, by=1e-4):
    """The share of two networks' weights that differ by more than a tenth of a step."""
    pairs = zip(one.parameters(), other.parameters(), strict=True)
    apart = torch.cat([((a - b).abs() > by).flatten() for a, b in pairs])
    return float(apart.float().mean())
