"""How many threads a job may use: more than there are free cores makes training many times slower, not faster."""

import math
import sys

import psutil  # type: ignore[import-untyped]
from dask.system import CPU_COUNT

_SAMPLES = 3
_SAMPLE_S = 0.1
_PASSING_LOAD = 0.25
"""Of a core; as of a program that has just started, so that a core that is mostly idle counts as free."""


def fit_torch_threads() -> None:
    """Gives torch, where it is loaded, as many threads as cores are free."""
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(free_cores())


def free_cores() -> int:
    """Cores that this process may use and others leave free; at least 1. Takes a third of a second.

    The least busy of three moments counts: what keeps a core busy for long does so in all of them.
    """
    usable = min(CPU_COUNT, psutil.cpu_count(logical=False) or CPU_COUNT)
    free = max(_idle_cores() for _ in range(_SAMPLES))
    return max(1, min(usable, math.ceil(free - _PASSING_LOAD)))


def _idle_cores() -> float:
    busy = psutil.cpu_percent(interval=_SAMPLE_S, percpu=True)
    allowed = _allowed_cores(len(busy))
    return sum(1 - float(percent) / 100 for core, percent in enumerate(busy) if core in allowed)


def _allowed_cores(count: int) -> set[int]:
    process = psutil.Process()
    return set(process.cpu_affinity()) if hasattr(process, "cpu_affinity") else set(range(count))
