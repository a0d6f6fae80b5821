import json

import pytest
import torch

from mfvis_engine.models import WARM_START, BoxPromptedConfig, BoxPromptedNet, CheckpointError, load_net, save_net


@pytest.fixture
def net():
    torch.manual_seed(1)
    return BoxPromptedNet(BoxPromptedConfig(widths=(8, 16), crop_size=16))


def test_round_trip(tmp_path, net):
    save_net(tmp_path / "a.safetensors", net, notes="für später")
    back = load_net(tmp_path / "a.safetensors")
    assert back.config == net.config
    assert all(torch.equal(back.state_dict()[k], v) for k, v in net.state_dict().items())
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.json", "a.safetensors"]


def test_half_precision_is_within_its_rounding(tmp_path, net):
    save_net(tmp_path / "a.safetensors", net, half=True)
    back = load_net(tmp_path / "a.safetensors")
    assert back.stem.weight.dtype == torch.float32
    assert torch.allclose(back.stem.weight, net.stem.weight, rtol=1e-3, atol=1e-6)


def test_a_cut_file_is_named(tmp_path, net):
    path = tmp_path / "a.safetensors"
    save_net(path, net)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(CheckpointError, match=r"a.safetensors"):
        load_net(path)


def test_weights_of_another_shape_are_refused(tmp_path, net):
    save_net(tmp_path / "a.safetensors", net)
    about = json.loads((tmp_path / "a.json").read_text())
    about["config"]["widths"] = [8, 24]
    (tmp_path / "a.json").write_text(json.dumps(about))
    with pytest.raises(CheckpointError, match="cannot be used"):
        load_net(tmp_path / "a.safetensors")


def test_a_newer_version_is_refused(tmp_path, net):
    save_net(tmp_path / "a.safetensors", net)
    about = json.loads((tmp_path / "a.json").read_text())
    (tmp_path / "a.json").write_text(json.dumps(about | {"format_version": 2}))
    with pytest.raises(CheckpointError, match="version 2; this program reads"):
        load_net(tmp_path / "a.safetensors")


def test_missing_files_are_named(tmp_path):
    with pytest.raises(CheckpointError, match=r"nowhere.json"):
        load_net(tmp_path / "nowhere.safetensors")


def test_the_warm_start_that_is_shipped_loads_and_is_small():
    assert WARM_START.stat().st_size <= 6e6
    assert load_net().crop_size == 128
