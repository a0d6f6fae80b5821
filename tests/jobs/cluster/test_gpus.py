"""Which GPUs there are, and which of them a worker sees."""

import subprocess

from mfvis_engine.jobs.cluster import gpus as gpus_module
from mfvis_engine.jobs.cluster.gpus import gpu_environment, visible_gpus


def test_gpus_are_those_of_the_machine_unless_some_were_chosen(monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    told = subprocess.CompletedProcess([], 0, stdout="GPU-1\nGPU-2\n")
    monkeypatch.setattr(gpus_module.subprocess, "run", lambda *_args, **_options: told)
    assert visible_gpus() == ("GPU-1", "GPU-2")
    for chosen, gpus in (("1", ("1",)), ("1, 0", ("1", "0")), ("", ()), ("-1", ())):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", chosen)
        assert visible_gpus() == gpus


def test_without_the_tool_of_the_driver_there_are_no_gpus(monkeypatch):
    def missing(*_args, **_options):
        raise FileNotFoundError("nvidia-smi")

    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(gpus_module.subprocess, "run", missing)
    assert visible_gpus() == ()


def test_workers_share_several_gpus_evenly_and_see_all_where_there_is_one():
    shared = [gpu_environment(("GPU-1", "GPU-2"), number) for number in range(3)]
    assert [variables["CUDA_VISIBLE_DEVICES"] for variables in shared] == ["GPU-1", "GPU-2", "GPU-1"]
    assert gpu_environment(("GPU-1",), 1) == gpu_environment((), 0) == {}
