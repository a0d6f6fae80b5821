"""The progress bar of a job with a model for many videos, as an engine tells of it."""

import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from mfvis_engine.cli.changes import sized
from mfvis_engine.cli.step_bar import StepLines, loss_note
from mfvis_engine.cli.terminal import warn

if TYPE_CHECKING:
    from mfvis_engine.jobs import events

_NAMES = {"training": ("Training", "steps"), "predicting": ("Predicting", "frames")}
"""Of the stages of such a job, and of what is counted in them."""


class EngineBar:
    """Draws one bar on stderr, of one thing after another; a context manager that is called with events."""

    def __init__(self) -> None:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[count]}"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}"),
        )
        console = Console(stderr=True, highlight=False)
        # Where nothing moves, a bar that is to vanish would leave an empty line.
        self._progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._name = "Starting"
        self._task = self._progress.add_task(self._name, total=None, count="", note="")
        self._lines = StepLines(console)
        self._began_s = time.monotonic()

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def sending(self, sent_bytes: int, total_bytes: int) -> None:
        """Shows how much of the videos has been sent."""
        self._show("Sending", sent_bytes, total_bytes, f"{sized(sent_bytes)} of {sized(total_bytes)}")

    def __call__(self, event: "events.Event") -> None:
        """Shows what a job tells."""
        from mfvis_engine.jobs import events  # loads numpy and more, which the one that tells has loaded

        match event:
            case events.Queued():
                self._show("Waiting for a worker")
            case events.Started():
                self._began_s = time.monotonic()
                self._show("Starting")
            case events.Progress() if event.step:
                self._count(event)
            case events.Warned(message):
                warn(message)

    def _count(self, told: "events.Progress") -> None:
        name, noun = _NAMES[told.stage]
        total = round(told.step / told.fraction_done)
        note = "" if told.loss is None else loss_note(told.loss)
        self._show(name, told.step, total, f"{told.step}/{total} {noun}", note)
        if told.loss is not None:
            self._lines.tell(told.step, total, told.loss, time.monotonic() - self._began_s)

    def _show(self, name: str, done: int = 0, total: int | None = None, count: str = "", note: str = "") -> None:
        """Moves the bar, which begins anew where it is of another thing."""
        if name != self._name:
            self._name = name
            self._progress.remove_task(self._task)
            self._task = self._progress.add_task(name, total=None, count="", note="")
        self._progress.update(self._task, completed=done, total=total, count=count, note=note)
