"""A progress bar that counts steps of training, and a way to stop between two of them."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from mfvis_engine.cli.changes import counted
from mfvis_engine.cli.terminal import warn

if TYPE_CHECKING:
    from mfvis_engine.training.steering import Steering
    from mfvis_engine.training.vis.progress import VisProgress

_LINE_STEPS = 100
"""Where nothing can move, a line is printed so often."""


@contextmanager
def step_bar(*, shown: bool) -> Iterator[Callable[["VisProgress"], None]]:
    """Draws a bar on stderr while the block runs; yields what is to be told of every step."""
    columns = (
        TextColumn("Training"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("steps"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    console = Console(stderr=True, highlight=False)
    with Progress(*columns, console=console, transient=True, disable=not (shown and console.is_terminal)) as progress:
        task = progress.add_task("Training", total=None, note="")
        warn_of_surplus = _once(_warn_of_surplus)
        lines = StepLines(console)

        def tell(told: "VisProgress") -> None:
            if shown and told.surplus_count:
                warn_of_surplus(told)
            progress.update(task, completed=told.step, total=told.steps, note=loss_note(told.total))
            if shown:
                lines.tell(told.step, told.steps, told.total, told.elapsed_seconds)

        yield tell


def loss_note(loss: float) -> str:
    """What stands beside the count of steps."""
    return f"loss {loss:.2f}"


class StepLines:
    """Prints a line for a hundred steps and for the last one, where no bar can move."""

    def __init__(self, console: Console) -> None:
        """Onto a console; a terminal gets none."""
        self._console = console
        self._hundreds: int | None = None

    def tell(self, step: int, steps: int, loss: float, seconds: float) -> None:
        """A step is done, from 1; some may be left out."""
        if self._hundreds is None:
            self._hundreds = (step - 1) // _LINE_STEPS
        due = step // _LINE_STEPS > self._hundreds or step == steps
        if due and not self._console.is_terminal:
            self._hundreds = step // _LINE_STEPS
            words = f"step {step} of {steps}, {loss_note(loss)}, {seconds:.0f} s"
            self._console.print(words, soft_wrap=True)


def _once(warned: Callable[["VisProgress"], None]) -> Callable[["VisProgress"], None]:
    """The same, but for later times, when nothing is done."""
    left = [warned]

    def warn_first(told: "VisProgress") -> None:
        if left:
            left.pop()(told)

    return warn_first


def _warn_of_surplus(told: "VisProgress") -> None:
    warn(
        f"In step {told.step}, {counted(told.surplus_count, 'object')} could not be learned from: the model has fewer "
        "queries than its clips have objects. Limit them with --set clips.objects_at_most=10, or train a larger size. "
        "log.csv counts them for every step."
    )


@contextmanager
def stopping_between_steps() -> Iterator["Steering"]:
    """In which the first Ctrl+C waits for the step to end, so that nothing is lost; a second one does not wait."""
    from mfvis_engine.training.steering import Steering

    asked = threading.Event()
    before = signal.getsignal(signal.SIGINT)

    def ask(_number: int, _frame: FrameType | None) -> None:
        asked.set()
        signal.signal(signal.SIGINT, before)

    def heed() -> None:
        if asked.is_set():
            raise KeyboardInterrupt

    signal.signal(signal.SIGINT, ask)
    try:
        yield Steering(heed=heed)
    finally:
        signal.signal(signal.SIGINT, before)
