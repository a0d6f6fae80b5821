import dataclasses

import numpy as np
import torch

from mfvis_engine.annotation import Annotations, BoxOrigin, Keyframe, Track, interpolate
from mfvis_engine.inference import learn_from_boxes, predict_video, refine_boxes
from mfvis_engine.models import BoxPromptedConfig, BoxPromptedNet, Device
from mfvis_engine.models.box_prompted import PromptedNet
from mfvis_engine.training import FineTuneSettings
from mfvis_engine.video import ArrayVideo

CPU = Device(torch.device("cpu"), bfloat16=False)
LENGTH, HEIGHT, WIDTH = 11, 60, 120


def true_boxes():
    """A 20 px square whose path is bent: it stays, then jumps ahead of the straight line, and waits."""
    x = np.asarray([10, 12, 16, 24, 34, 44, 54, 62, 66, 69, 70])
    return np.stack([x, np.full(LENGTH, 20), x + 20, np.full(LENGTH, 40)], axis=1).astype(float)


def bent_video():
    frames = np.full((LENGTH, HEIGHT, WIDTH, 3), 30, np.uint8)
    for frame, (x0, y0, x1, y1) in zip(frames, true_boxes().astype(int), strict=True):
        frame[y0:y1, x0:x1] = 220
    return ArrayVideo(frames)


def two_keyframes():
    keys = tuple(Keyframe(t, tuple(true_boxes()[t])) for t in (0, LENGTH - 1))
    return interpolate(Annotations((Track(4, "square", keys),)), LENGTH)


class BrightIsObject(PromptedNet):
    """An oracle for this video: what is brighter than the crop's mean is the object."""

    crop_size = 64

    def forward(self, inputs):
        return inputs[:, 3:6].mean(1) * 10


class NothingIsObject(PromptedNet):
    crop_size = 64

    def forward(self, inputs):
        return torch.full_like(inputs[:, 0], -5.0)


class UpperHalfIsObject(PromptedNet):
    """Sees only what is bright in the upper half of the box, so that its masks end in the wrong place."""

    crop_size = 64

    def forward(self, inputs):
        logits = inputs[:, 3:6].mean(1) * 10
        inside = inputs[:, 9].gt(0).any(2)
        middle = (inside * torch.arange(64.0)).sum(-1) / inside.sum(-1).clamp(min=1)
        return torch.where(torch.arange(64.0)[:, None] < middle[:, None, None], logits, -5.0)


def mean_iou(boxes):
    a, b = boxes.boxes_xyxy[0], true_boxes()
    across = (np.minimum(a[:, 2], b[:, 2]) - np.maximum(a[:, 0], b[:, 0])).clip(0)
    down = (np.minimum(a[:, 3], b[:, 3]) - np.maximum(a[:, 1], b[:, 1])).clip(0)
    area = (a[:, 2] - a[:, 0]) * (a[:, 3] - a[:, 1])
    return float(np.mean(across * down / (area + 400 - across * down)))


def test_boxes_follow_an_object_off_the_straight_line():
    boxes = two_keyframes()
    refined = refine_boxes(BrightIsObject(), bent_video(), boxes, CPU, rounds=4)
    assert mean_iou(boxes) < 0.75 < 0.9 < mean_iou(refined)


def test_drawn_boxes_origins_and_absences_stay():
    boxes = two_keyframes()
    refined = refine_boxes(BrightIsObject(), bent_video(), boxes, CPU)
    drawn = boxes.origin == BoxOrigin.DRAWN
    assert np.array_equal(refined.boxes_xyxy[drawn], boxes.boxes_xyxy[drawn])
    assert np.array_equal(refined.origin, boxes.origin)
    absent = dataclasses.replace(boxes, boxes_xyxy=np.full_like(boxes.boxes_xyxy, np.nan), origin=boxes.origin * 0)
    assert np.isnan(refine_boxes(BrightIsObject(), bent_video(), absent, CPU).boxes_xyxy).all()


def test_where_no_mask_is_found_the_straight_line_stays():
    boxes = two_keyframes()
    refined = refine_boxes(NothingIsObject(), bent_video(), boxes, CPU)
    assert np.array_equal(refined.boxes_xyxy, boxes.boxes_xyxy)


def test_a_side_that_is_wrong_at_the_keyframes_is_not_trusted():
    falling = ArrayVideo(np.stack([bent_video().frame(t).transpose(1, 0, 2) for t in range(LENGTH)]))
    keys = tuple(Keyframe(t, tuple(true_boxes()[t][[1, 0, 3, 2]])) for t in (0, LENGTH - 1))
    boxes = interpolate(Annotations((Track(4, "square", keys),)), LENGTH)
    refined = refine_boxes(UpperHalfIsObject(), falling, boxes, CPU)
    moved = np.abs(refined.boxes_xyxy[0] - boxes.boxes_xyxy[0]).max(0)
    assert moved[1] > 3  # the top is seen where it is
    assert moved[3] < 0.5  # the bottom is not


def test_boxes_drawn_in_every_frame_cost_nothing():
    keys = tuple(Keyframe(t, tuple(box)) for t, box in enumerate(true_boxes()))
    boxes = interpolate(Annotations((Track(1, "square", keys),)), LENGTH)
    assert refine_boxes(BrightIsObject(), None, boxes, CPU) is boxes


def test_learning_and_predicting_in_one_go():
    torch.manual_seed(0)
    net = BoxPromptedNet(BoxPromptedConfig(widths=(8, 16), crop_size=32))
    told = []
    settings = FineTuneSettings(steps=3, seconds=60, tubes_per_step=2)
    learned = learn_from_boxes(net, bent_video(), two_keyframes(), settings, CPU, told.append)
    assert learned.steps == len(told) == 3
    assert len(list(predict_video(learned.net, bent_video(), learned.boxes, CPU))) == LENGTH
