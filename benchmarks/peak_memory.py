"""How much memory a call takes beyond what the process held before it."""

import sys
from collections.abc import Callable
from pathlib import Path

_STATUS = Path("/proc/self/status")
_CLEAR_REFS = Path("/proc/self/clear_refs")


def extra_peak_bytes(call: Callable[[], object]) -> int:
    """Highest resident memory during `call` above that before it, whichever allocator it goes to.

    On Linux the kernel's own high-water mark, reset beforehand: exact, nothing is sampled. On macOS the mark
    of the whole process, which misses what stays below an earlier peak: call it in a fresh process.

    Raises:
        NotImplementedError: On other systems.
    """
    if _CLEAR_REFS.exists():
        _CLEAR_REFS.write_text("5")
        before = _linux_bytes("VmRSS")
        call()
        return _linux_bytes("VmHWM") - before
    if sys.platform == "darwin":
        import resource

        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        call()
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    raise NotImplementedError("Peak memory is measured on Linux and macOS only.")


def _linux_bytes(field: str) -> int:
    lines = _STATUS.read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field + ":")) * 1024


def peak_bytes() -> int:
    """Highest resident memory of this process since its start.

    Raises:
        NotImplementedError: On systems other than Linux and macOS.
    """
    if _STATUS.exists():
        return _linux_bytes("VmHWM")
    if sys.platform == "darwin":
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    raise NotImplementedError("Peak memory is measured on Linux and macOS only.")
