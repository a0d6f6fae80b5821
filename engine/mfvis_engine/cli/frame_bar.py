"""A progress bar that counts frames."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

_STEPS = 200
"""A bar shows no more; each call costs more than a small frame does."""


@contextmanager
def frame_bar(name: str, noun: str = "frames") -> Iterator[Callable[[int, int], None]]:
    """Draws a bar on stderr while the block runs; yields what is to be told how many are done, and of all."""
    columns = (TextColumn(name), BarColumn(), MofNCompleteColumn(), TextColumn(noun), TimeRemainingColumn())
    console = Console(stderr=True)
    # Where nothing moves, a bar that is to vanish would leave an empty line.
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(name, total=None)

        def tell(done: int, total: int) -> None:
            if done == total or done % max(1, total // _STEPS) == 0:
                progress.update(task, completed=done, total=total)

        yield tell
