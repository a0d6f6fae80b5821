"""Signals that ask a process which serves to end."""

import asyncio
import contextlib
import signal
from collections.abc import Iterator
from types import FrameType

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
"""Those that the system knows: Ctrl+C, an end asked for, a terminal that closed, Ctrl+Break."""


@contextlib.contextmanager
def told_to_stop(stopped: asyncio.Event) -> Iterator[None]:
    """While this lasts, the first signal to end sets `stopped`; those after it do what they did before.

    Signals that are ignored stay so, as that of a closed terminal under nohup.
    """
    loop = asyncio.get_running_loop()
    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    before = {number: handler for number, handler in before.items() if handler not in (signal.SIG_IGN, None)}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def stop(_number: int, _frame: FrameType | None) -> None:
        restore()
        loop.call_soon_threadsafe(stopped.set)

    for number in before:
        signal.signal(number, stop)
    try:
        yield
    finally:
        restore()
