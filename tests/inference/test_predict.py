import numpy as np
import pytest
import torch

from mfvis_engine.inference import predict_video
from mfvis_engine.models import BoxPromptedConfig, BoxPromptedNet, Device
from tests.training.scenes import HEIGHT, LENGTH, WIDTH, disc_boxes, disc_video

CPU = Device(torch.device("cpu"), bfloat16=False)


@pytest.fixture
def net():
    torch.manual_seed(3)
    net = BoxPromptedNet(BoxPromptedConfig(widths=(8, 8), crop_size=32))
    torch.nn.init.constant_(net.head.bias, 0.5)
    return net


def test_every_frame_comes_once_in_order(net):
    frames = list(predict_video(net, disc_video(), disc_boxes(), CPU))
    assert [frame.frame_index for frame in frames] == list(range(LENGTH))
    assert all(frame.labels.shape == (HEIGHT, WIDTH) and frame.labels.dtype == np.uint16 for frame in frames)
    assert {int(i) for frame in frames for i in np.unique(frame.labels)} == {0, 7}
    assert all(0.5 < frame.scores[0] <= 1 for frame in frames)


def test_some_frames_alone_are_the_same(net):
    boxes = disc_boxes()
    every = list(predict_video(net, disc_video(), boxes, CPU))
    some = list(predict_video(net, disc_video(), boxes, CPU, range(3, 6)))
    assert [frame.frame_index for frame in some] == [3, 4, 5]
    assert all(np.mean(a.labels != b.labels) < 0.001 for a, b in zip(every[3:6], some, strict=True))


class Watched:
    """A video that notes which frames are asked for, and how far apart at once."""

    def __init__(self, video):
        self._video, self.asked = video, []
        self.length, self.height, self.width, self.frame_rate = video.length, video.height, video.width, None

    def frame(self, frame_index):
        self.asked.append(frame_index)
        return self._video.frame(frame_index)


def test_frames_are_read_as_they_are_needed(net):
    video = Watched(disc_video())
    masks = predict_video(net, video, disc_boxes(), CPU)
    next(masks)
    assert max(video.asked) <= 8
    assert len(list(masks)) == LENGTH - 1


def test_a_frame_without_boxes_is_empty_and_not_read(net):
    boxes = disc_boxes()
    boxes.boxes_xyxy[:] = np.nan
    boxes.origin[:] = 0
    video = Watched(disc_video())
    frames = list(predict_video(net, video, boxes, CPU))
    assert not any(frame.labels.any() or frame.scores.any() for frame in frames)
    assert video.asked == []
