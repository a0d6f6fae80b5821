import json

import pytest
import torch
from torch import nn

from mfvis_engine.models.weights_file import CheckpointError
from mfvis_engine.training.snapshot import SnapshotState, has_snapshot, read_snapshot, write_snapshot

STATE = SnapshotState(3, 1.5, "{}", "these boxes")


def made(seed=0, *, steps=3):
    """Two networks, the second weight of the first one frozen, and an optimizer that has changed it."""
    torch.manual_seed(seed)
    networks = {"net": nn.Linear(2, 2), "average": nn.Linear(2, 2)}
    networks["net"].bias.requires_grad_(False)
    optimizer = torch.optim.AdamW([networks["net"].weight])
    for _ in range(steps):
        networks["net"](torch.ones(1, 2)).square().sum().backward()
        optimizer.step()
    return networks, optimizer


def tensors(networks, optimizer):
    state = optimizer.state[networks["net"].weight]
    return [*networks["net"].state_dict().values(), *networks["average"].state_dict().values(), *state.values()]


def test_what_was_written_comes_back(tmp_path):
    before, after = made(), made(1, steps=0)
    write_snapshot(tmp_path / "new", STATE, *before)
    assert has_snapshot(tmp_path / "new")
    assert read_snapshot(tmp_path / "new", "these boxes", *after) == STATE
    assert all(torch.equal(a, b) for a, b in zip(tensors(*before), tensors(*after), strict=True))
    assert after[0]["net"].bias not in after[1].state


def test_there_is_one_snapshot_at_a_time(tmp_path):
    write_snapshot(tmp_path, STATE, *made())
    write_snapshot(tmp_path, SnapshotState(5, 2.5, "{}", "these boxes"), *made(1))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["00000005.training.safetensors", "training.json"]
    assert read_snapshot(tmp_path, "these boxes", *made(2)).step == 5


def test_a_snapshot_that_was_not_finished_is_none(tmp_path):
    write_snapshot(tmp_path, STATE, *made())
    (tmp_path / "00000004.training.safetensors").write_bytes(b"half of the next")
    (tmp_path / "00000004.training.safetensors.partial").write_bytes(b"h")
    assert read_snapshot(tmp_path, "these boxes", *made(1)).step == 3


def test_where_there_is_none_nothing_changes(tmp_path):
    networks, optimizer = made()
    assert not has_snapshot(tmp_path)
    assert read_snapshot(tmp_path, "these boxes", networks, optimizer) is None
    assert all(torch.equal(a, b) for a, b in zip(tensors(networks, optimizer), tensors(*made()), strict=True))


def test_a_snapshot_of_something_else_is_refused(tmp_path):
    write_snapshot(tmp_path, STATE, *made())
    with pytest.raises(CheckpointError, match=r"belongs to other boxes, masks or settings\. Delete it"):
        read_snapshot(tmp_path, "those boxes", *made())


@pytest.mark.parametrize("damage", ["training.json", "00000003.training.safetensors"])
def test_a_damaged_snapshot_is_refused(tmp_path, damage):
    write_snapshot(tmp_path, STATE, *made())
    (tmp_path / damage).write_bytes((tmp_path / damage).read_bytes()[:30])
    with pytest.raises(CheckpointError, match=r"is damaged: .* Delete it to train anew"):
        read_snapshot(tmp_path, "these boxes", *made())


def test_a_snapshot_of_a_newer_version_is_refused(tmp_path):
    write_snapshot(tmp_path, STATE, *made())
    about = json.loads((tmp_path / "training.json").read_text(encoding="utf-8"))
    (tmp_path / "training.json").write_text(json.dumps(about | {"format_version": 9}), encoding="utf-8")
    with pytest.raises(CheckpointError, match="version 9, not mfvis-fine-tuning version 1"):
        read_snapshot(tmp_path, "these boxes", *made())
