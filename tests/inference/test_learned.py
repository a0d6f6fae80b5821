"""What was learned, written and read: the same network and boxes, or an error; never something else."""

import dataclasses

import numpy as np
import pytest
import torch

from mfvis_engine.inference.learned import Learned, keep_learned, kept_learned
from mfvis_engine.models import BoxPromptedConfig, BoxPromptedNet, CheckpointError
from tests.training.scenes import disc_boxes


def net_of(seed, widths=(8, 8, 8)):
    torch.manual_seed(seed)
    return BoxPromptedNet(BoxPromptedConfig(widths=widths, crop_size=32))


@pytest.fixture
def kept(tmp_path):
    """A folder with a network of seed 1 and boxes moved by half a pixel, learned of the disc's boxes in 7 steps."""
    given = disc_boxes()
    moved = dataclasses.replace(given, boxes_xyxy=given.boxes_xyxy + np.float32(0.5))
    keep_learned(tmp_path / "training", Learned(net_of(1), moved, 7), given)
    return tmp_path / "training"


def test_network_boxes_and_steps_come_back_exactly(kept):
    start = net_of(2)
    learned = kept_learned(kept, start, disc_boxes())
    assert (learned.steps, learned.from_before) == (7, True)
    assert np.array_equal(learned.boxes.boxes_xyxy, disc_boxes().boxes_xyxy + np.float32(0.5), equal_nan=True)
    assert np.array_equal(learned.boxes.origin, disc_boxes().origin)
    for name, value in net_of(1).state_dict().items():
        assert torch.equal(learned.net.state_dict()[name], value)
    for name, value in net_of(2).state_dict().items():
        assert torch.equal(start.state_dict()[name], value)  # left as it was


def test_where_nothing_was_kept_nothing_is_found(tmp_path):
    assert kept_learned(tmp_path / "training", net_of(1), disc_boxes()) is None


def test_no_bit_may_change(kept):
    path = kept / "learned.safetensors"
    whole = path.read_bytes()
    for place in np.random.default_rng(0).integers(len(whole), size=20):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(CheckpointError, match="damaged"):
            kept_learned(kept, net_of(1), disc_boxes())


def test_what_was_learned_of_other_boxes_is_refused(kept):
    given = disc_boxes()
    other = dataclasses.replace(given, boxes_xyxy=given.boxes_xyxy + np.float32(1))
    with pytest.raises(CheckpointError, match="of other boxes"):
        kept_learned(kept, net_of(1), other)


def test_another_network_is_refused(kept):
    with pytest.raises(CheckpointError, match="Train anew"):
        kept_learned(kept, net_of(1, widths=(8, 8, 16)), disc_boxes())


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"format": "other"}'])
def test_nonsense_in_the_json_is_refused(kept, text):
    (kept / "learned.json").write_text(text, encoding="utf-8")
    with pytest.raises(CheckpointError):
        kept_learned(kept, net_of(1), disc_boxes())
