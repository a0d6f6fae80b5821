import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers.models.mask2former.modeling_mask2former import Mask2FormerSinePositionEmbedding

from mfvis_engine.models.video_mask2former.position import sine_position_3d

SIZES = st.integers(1, 5)


def test_two_cells_by_hand():
    position = sine_position_3d(1, 1, 2, 4)
    # The one row and the one frame are at 2 pi, the columns at pi and 2 pi; the frame's slow pair turns 100 times less.
    slow_sine, slow_cosine = math.sin(2 * math.pi / 100), math.cos(2 * math.pi / 100)
    first = [0 + 0, 1 + 1, 0 + slow_sine, -1 + slow_cosine]
    second = [0 + 0, 1 + 1, 0 + slow_sine, 1 + slow_cosine]
    torch.testing.assert_close(position, torch.tensor([[[first, second]]]), atol=2e-5, rtol=0)


def test_four_frames_by_hand():
    position = sine_position_3d(4, 1, 1, 4)[:, 0, 0]
    quarter = [math.pi / 2 * frame for frame in (1, 2, 3, 4)]
    expected = [[math.sin(a), 1 + math.cos(a), math.sin(a / 100), 1 + math.cos(a / 100)] for a in quarter]
    torch.testing.assert_close(position, torch.tensor(expected), atol=2e-5, rtol=0)


@given(frames=SIZES, height=SIZES, width=SIZES)
def test_time_adds_the_same_to_every_cell(frames, height, width):
    position = sine_position_3d(frames, height, width, 16)
    assert position.shape == (frames, height, width, 16)
    over_time = position - position[:1]
    torch.testing.assert_close(over_time, over_time[:, :1, :1].expand_as(over_time), atol=1e-5, rtol=0)


@pytest.mark.parametrize(("height", "width"), [(3, 5), (8, 2)])
def test_a_single_frame_is_the_planar_embedding(height, width):
    """The planar one of transformers, which the pixel decoder uses, plus the one frame's waves."""
    planar = Mask2FormerSinePositionEmbedding(num_position_features=8, normalize=True)
    expected = planar(torch.Size((1, 16, height, width)), torch.device("cpu"), torch.float32)[0].permute(1, 2, 0)
    of_the_frame = sine_position_3d(1, height, width, 16)[0] - expected
    torch.testing.assert_close(of_the_frame, of_the_frame[:1, :1].expand_as(expected), atol=1e-5, rtol=0)
