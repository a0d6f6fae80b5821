import numpy as np
import pytest
import torch

from mfvis_engine.models import BoxPromptedConfig, BoxPromptedNet, Device
from mfvis_engine.models.crops import CropWindow
from mfvis_engine.models.prompted import FrameBoxes, read_crops
from mfvis_engine.models.segment import segment_crops

SIZE = 32


@pytest.fixture
def net():
    torch.manual_seed(2)
    return BoxPromptedNet(BoxPromptedConfig(widths=(8, 8), crop_size=SIZE))


def crops_of(boxes_xyxy, seed=0):
    frame = np.random.default_rng(seed).integers(0, 256, (48, 64, 3), np.uint8)
    boxes = FrameBoxes(np.asarray(boxes_xyxy, np.float32), np.ones(len(boxes_xyxy), bool))
    rows = list(np.flatnonzero(boxes.present))
    windows = [CropWindow.around(boxes.boxes_xyxy[[row]]) for row in rows]
    return read_crops([frame] * 3, boxes, rows, windows, SIZE)


def test_batches_change_nothing(net):
    crops = crops_of([[5, 5, 20, 20], [10, 8, 40, 40], [30, 1, 60, 20]])
    together = segment_crops(net, crops, Device(torch.device("cpu"), bfloat16=False))
    apart = segment_crops(net, crops, Device(torch.device("cpu"), bfloat16=False), batch=1)
    assert together.shape == (3, SIZE, SIZE)
    assert np.allclose(together, apart, atol=1e-5)


def test_no_crops_give_no_logits(net):
    assert segment_crops(net, crops_of([[np.nan] * 4]), Device.choose("cpu")).shape == (0, SIZE, SIZE)


def test_a_tracks_own_box_is_inside_and_the_others_are_beside():
    crops = crops_of([[10, 10, 20, 20], [np.nan] * 4, [18, 10, 28, 20]])
    assert len(crops) == 2
    middle = SIZE // 2
    assert crops.inside[0, middle, middle] == 1
    assert crops.beside[0, middle, middle] == 0
    assert crops.beside[0, middle].max() == 1
    assert crops.beside[1, middle].argmax() < middle
