import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import distributed

from mfvis_engine.models.weights_file import CheckpointError
from mfvis_engine.training.vis.processes import Processes, ProcessesError, joined_processes
from tests.training.vis.learning import changed, model, share_apart, trainer, videos

ROOT = Path(__file__).parents[3]
NO_LIBUV = pytest.mark.skipif(sys.platform == "win32", reason="torch is built without what its launcher needs there")


def launched(folder, passes, empty, steps):
    """Two processes that train together, started as a user would."""
    words = ("torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m")
    options = (str(folder), str(passes), str(empty), str(steps))
    command = [sys.executable, "-m", *words, "tests.training.vis.shared_training", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", timeout=500, check=False)


def heard(folder, rank):
    return json.loads((folder / f"{rank}.json").read_text(encoding="utf-8"))


@pytest.mark.slow
@NO_LIBUV
def test_two_processes_learn_what_one_does_from_the_same_clips(tmp_path):
    passes, empty = 2, 3
    done = launched(tmp_path, passes, empty, 5)
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr
    alone, told = trainer(changed(steps=5), labelled=videos(empty=empty)), []
    alone.run(told.append)
    assert heard(tmp_path, 0)["count"] == 2
    assert heard(tmp_path, 0)["told"] == pytest.approx([one.total for one in told], rel=1e-4)
    assert heard(tmp_path, 1)["told"] == []
    first, second = (torch.load(tmp_path / f"{rank}.pt", weights_only=True) for rank in (0, 1))
    assert all(torch.equal(first[name], second[name]) for name in first)
    shared = model()
    shared.load_state_dict(first)
    assert share_apart(shared, alone.result) < 0.01
    assert share_apart(shared, model()) > 0.5
    # What two began, one goes on with: the fingerprint does not depend on them.
    settings = changed(steps=5, passes_per_step=passes)
    assert trainer(settings, labelled=videos(empty=empty), snapshot_folder=tmp_path / "training").step == 5
    with pytest.raises(CheckpointError):
        trainer(changed(steps=5, seed=9), labelled=videos(empty=empty), snapshot_folder=tmp_path / "training")


@pytest.mark.slow
@NO_LIBUV
def test_all_processes_stop_at_the_step_at_which_one_is_asked_to(tmp_path):
    done = launched(tmp_path, 1, 0, 1000)
    assert done.returncode
    assert [heard(tmp_path, rank)["step"] for rank in (0, 1)] == [3, 3]
    assert "KeyboardInterrupt" in done.stderr
    assert trainer(changed(steps=1000), snapshot_folder=tmp_path / "training").step == 3


def test_a_process_that_nobody_launched_is_alone(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "4")  # as some clusters do
    monkeypatch.delenv("RANK", raising=False)
    with joined_processes("cpu") as processes:
        assert processes == Processes()
        assert processes.is_first
        network, value = torch.nn.Linear(1, 1), torch.tensor([3.0])
        assert processes.wrapped(network) is network
        assert processes.mean(value) is value
        assert [processes.any(asked, torch.device("cpu")) for asked in (True, False)] == [True, False]
        with processes.gathering(network, last=False):
            processes.wait()


def launcher(monkeypatch, **variables):
    usual = {"RANK": 0, "WORLD_SIZE": 1, "LOCAL_RANK": 0, "MASTER_ADDR": "localhost"}
    for name, value in (usual | variables).items():
        monkeypatch.setenv(name, str(value))


def test_what_was_joined_is_left_again_whatever_happens(monkeypatch, tmp_path):
    launcher(monkeypatch)
    joined = distributed.init_process_group
    store = distributed.FileStore(str(tmp_path / "store"), 1)
    monkeypatch.setattr(distributed, "init_process_group", lambda kind: joined(kind, store=store, rank=0, world_size=1))

    def join_and_fail():
        with joined_processes("cpu") as processes:
            assert distributed.get_backend() == "gloo"
            assert processes == Processes(0, 1, 0)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        join_and_fail()
    assert not distributed.is_initialized()


def test_processes_that_do_not_find_each_other_say_so(monkeypatch):
    launcher(monkeypatch, WORLD_SIZE=2, RANK=1)
    monkeypatch.delenv("MASTER_PORT", raising=False)
    with pytest.raises(ProcessesError, match=r"Process 1 of 2 .*MASTER_PORT.* Start all of them with torchrun"):
        joined_processes("cpu").__enter__()
