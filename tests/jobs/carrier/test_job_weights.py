import numpy as np
import pytest
import torch

from mfvis_engine.jobs.carrier.weights import (
    keep_weights,
    load_refiner,
    load_start,
    load_weights,
    read_weights,
    write_weights,
)
from mfvis_engine.jobs.job import BackboneWeights, LearnedWeights, ShippedWeights
from mfvis_engine.models import CheckpointError, load_net
from mfvis_engine.models.box_prompted import PromptedNet
from tests.jobs.disc_job import NotingDesk, colour_net


def test_a_network_comes_back_from_one_file_as_near_as_float16_is(tmp_path):
    net = colour_net()
    with torch.no_grad():
        net.head.bias[0] = 1e6  # more than float16 holds
    write_weights(tmp_path / "net.safetensors", net)
    back = read_weights(tmp_path / "net.safetensors")
    assert back.config == net.config
    assert torch.equal(back.head.bias, net.head.bias)
    for name, value in net.state_dict().items():
        torch.testing.assert_close(back.state_dict()[name], value, rtol=2**-11, atol=2**-25)


def test_equal_networks_are_kept_as_one_blob(tmp_path):
    desk = NotingDesk(tmp_path)
    blobs = {keep_weights(colour_net(), desk) for _ in range(2)}
    assert len(blobs) == 1
    net = load_weights(LearnedWeights(blobs.pop()), desk)
    assert torch.equal(net.head.weight, colour_net().head.weight.half().float())


def test_a_network_without_a_format_is_not_kept(tmp_path):
    desk = NotingDesk(tmp_path)
    assert keep_weights(PromptedNet(), desk) == ""
    assert not desk.blobs_folder.exists()


def test_the_shipped_weights_are_those_of_the_program(tmp_path):
    net = load_weights(ShippedWeights(), NotingDesk(tmp_path))
    assert torch.equal(net.stem.weight, load_net().stem.weight)


def test_a_file_that_is_cut_or_no_weights_at_all_is_named(tmp_path):
    path = tmp_path / "net.safetensors"
    write_weights(path, colour_net())
    whole = path.read_bytes()
    lengths = [0, 7, *np.random.default_rng(0).integers(8, len(whole), size=10).tolist()]
    for content in (*(whole[:length] for length in lengths), b"no weights at all" * 9):
        path.write_bytes(content)
        with pytest.raises(CheckpointError, match=r"net\.safetensors cannot be used.*Train again"):
            read_weights(path)


@pytest.mark.parametrize(
    ("written", "found"), [(b"mfvis-box-prompted", b"mfvis-tea-prompted"), (b'version\\": 1', b'version\\": 7')]
)
def test_another_format_or_version_is_refused(tmp_path, written, found):
    path = tmp_path / "net.safetensors"
    write_weights(path, colour_net())
    assert written in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(written, found))
    with pytest.raises(CheckpointError, match="not mfvis-box-prompted version 1"):
        read_weights(path)


def test_boxes_are_refined_by_the_shipped_network_where_one_has_learned_from_them():
    assert load_refiner(ShippedWeights()) is None
    assert load_refiner(BackboneWeights("some")) is None
    assert torch.equal(load_refiner(LearnedWeights("ab")).stem.weight, load_net().stem.weight)


def test_training_starts_halfway_between_what_was_learned_and_the_shipped_network(tmp_path):
    desk, learned = NotingDesk(tmp_path), load_net()
    with torch.no_grad():
        learned.stem.weight += 0.5
    start = load_start(LearnedWeights(keep_weights(learned, desk)), desk)
    torch.testing.assert_close(start.stem.weight, load_net().stem.weight + 0.25, rtol=0, atol=1e-3)
    torch.testing.assert_close(start.head.weight, load_net().head.weight, rtol=2**-11, atol=2**-25)
    assert torch.equal(load_start(ShippedWeights(), desk).stem.weight, load_net().stem.weight)


def test_training_of_a_network_of_another_make_starts_from_what_it_learned(tmp_path):
    desk = NotingDesk(tmp_path)
    weights = LearnedWeights(keep_weights(colour_net(), desk))
    assert torch.equal(load_start(weights, desk).head.weight, load_weights(weights, desk).head.weight)
