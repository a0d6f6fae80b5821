"""Compilation of the CPU kernels, and running them on as many threads as torch would use."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from typing import ParamSpec, TypeVar, cast

import torch

P = ParamSpec("P")
R = TypeVar("R")

HAS_COMPILER = find_spec("numba") is not None
"""Whether the compiled paths can be used; without them the torch paths serve the CPU too."""

# Not plain `fastmath=True`: that would let the compiler drop the NaN of a training that diverged.
_FAST_MATH = {"reassoc", "contract", "arcp", "nsz"}


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a numeric function with numba, to run without the GIL; unchanged where numba is not installed.

    Machine code is cached on disk. Where no cache folder can be written, it is compiled once per process.
    """
    if not HAS_COMPILER:
        return function
    import numba

    try:
        kernel = numba.njit(function, cache=True, nogil=True, fastmath=_FAST_MATH)
    except RuntimeError:  # numba found no place for its cache
        kernel = numba.njit(function, nogil=True, fastmath=_FAST_MATH)
    return cast(Callable[P, R], kernel)


def run_threaded(task: Callable[[int], R], count: int) -> list[R]:
    """Run `task(0) ... task(count - 1)` on up to `torch.get_num_threads()` threads; results in order.

    Threads of our own rather than numba's: its default layer aborts when two Python threads enter it at once.
    """
    threads = min(count, torch.get_num_threads())
    if threads <= 1:
        return [task(index) for index in range(count)]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(task, range(count)))
