import numpy as np
import pytest
import torch

from mfvis_engine.inference.vis.frame_grid import FrameGrid, LogitGridError
from mfvis_engine.video import ArrayVideo


def video(height, width, length=6):
    return ArrayVideo(np.arange(length, dtype=np.uint8)[:, None, None].repeat(height, 1).repeat(width, 2))


@pytest.mark.parametrize(
    ("size", "short_side", "resized", "padded"),
    [
        ((720, 1280), 360, (360, 640), (384, 640)),
        ((100, 50), 75, (150, 75), (160, 96)),  # upright, made larger
        ((64, 96), None, (64, 96), (64, 96)),
        ((33, 65), None, (33, 65), (64, 96)),
    ],
)
def test_sizes(size, short_side, resized, padded):
    grid = FrameGrid.of(video(*size), short_side)
    assert (grid.video_hw, grid.resized_hw, grid.padded_hw) == (size, resized, padded)
    assert grid.logits_hw == (padded[0] // 4, padded[1] // 4)


@pytest.mark.parametrize("short_side", [None, 48, 120])
def test_masks_come_back_to_where_they_were(short_side):
    grid = FrameGrid.of(video(60, 100), short_side)
    frame = np.zeros((60, 100, 3), np.uint8)
    frame[20:44, 40:80] = 255
    resized = torch.nn.functional.pad(
        grid.resize(frame)[:1].float(),
        (0, grid.padded_hw[1] - grid.resized_hw[1], 0, grid.padded_hw[0] - grid.resized_hw[0]),
    )
    logits = torch.nn.functional.avg_pool2d(resized, 4) / 255 - 0.5
    back = grid.upsample(logits[None][:, 0])[0].numpy() > 0
    expected = frame[..., 0] > 0
    assert back.shape == (60, 100)
    assert (back & expected).sum() / (back | expected).sum() > 0.9


def test_frames_are_smoothed_where_they_become_smaller():
    grid = FrameGrid.of(video(40, 40), 20)
    stripes = np.zeros((40, 40, 3), np.uint8)
    stripes[:, ::2] = 200
    assert grid.resize(stripes).dtype == torch.uint8
    torch.testing.assert_close(
        grid.resize(stripes)[:, :, 2:-2].float(), torch.full((3, 20, 16), 100.0), atol=13, rtol=0
    )


def test_logits_of_another_size_are_refused():
    grid = FrameGrid.of(video(60, 100), None)
    grid.check(torch.zeros(1, 2, 3, 16, 32))
    with pytest.raises(LogitGridError, match=r"\(15, 25\).*\(16, 32\) were expected"):
        grid.check(torch.zeros(1, 2, 3, 15, 25))
