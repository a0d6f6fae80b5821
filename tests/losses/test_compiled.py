import threading

import numpy as np
import pytest
import torch

from mfvis_engine.losses import compiled as compiled_module
from mfvis_engine.losses.compiled import compiled, run_threaded


def _double(x):
    return 2 * x


def test_a_function_without_a_place_for_its_cache_is_compiled_all_the_same(monkeypatch):
    numba = pytest.importorskip("numba")
    njit = numba.njit

    def njit_on_read_only_disk(function, *, cache=False, **options):
        if cache:
            raise RuntimeError("cannot cache function '_double': no locator available for file 'x.py'")
        return njit(function, **options)

    monkeypatch.setattr(numba, "njit", njit_on_read_only_disk)
    assert compiled(_double)(np.float32(1.5)) == 3


def test_without_a_compiler_the_function_is_unchanged(monkeypatch):
    monkeypatch.setattr(compiled_module, "HAS_COMPILER", False)
    assert compiled(_double) is _double


@pytest.mark.parametrize("threads", [1, 2])
def test_results_come_in_order(monkeypatch, threads):
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    assert run_threaded(_double, 5) == [0, 2, 4, 6, 8]


def test_tasks_run_side_by_side(monkeypatch):
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    barrier = threading.Barrier(2, timeout=10)
    assert len(run_threaded(lambda _: barrier.wait(), 2)) == 2


def test_an_error_in_a_task_is_raised(monkeypatch):
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    with pytest.raises(ZeroDivisionError):
        run_threaded(lambda index: 1 / index, 2)
