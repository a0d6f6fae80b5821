"""Progress bars of the main job."""

from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Self

import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

if TYPE_CHECKING:
    from mfvis_engine.jobs.events import Event, Losses

STAGE_NAMES = {"reading": "Reading the video", "training": "Training", "predicting": "Predicting"}
"""Of the stages of a job."""


class _Training(msgspec.Struct, frozen=True):
    """Of the settings of training, what a bar needs: the weights of the losses, by the names of these."""

    weights: Mapping[str, float]

    def total(self, losses: "Losses") -> float:
        """The weighted sum."""
        return sum(weight * float(getattr(losses, name)) for name, weight in self.weights.items())


class JobBars:
    """Draws a bar for each part of a job on stderr; a context manager that is called with events."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description:<20}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[note]}"),
            console=Console(stderr=True),
        )
        self._current: TaskID | None = None
        self._name = ""
        self._training: _Training | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        self._update("Starting", None)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._complete()
        self._progress.stop()

    def __call__(self, event: "Event") -> None:
        """Shows what a job tells; once it has finished, its run is being merged."""
        from mfvis_engine.jobs import events  # loads numpy and more, which the one that tells has loaded

        match event:
            case events.Started(settings=settings) if settings:
                self._training = msgspec.json.decode(settings, type=_Training)
            case events.Progress(stage=stage, fraction_done=fraction_done):
                note = self._note(stage, event.step, fraction_done, event.losses)
                self._update(STAGE_NAMES[stage], fraction_done, note)
            case events.Warned(message):
                warning = Text("Warning: ", "yellow") + Text(message)
                self._progress.console.print(warning, soft_wrap=True, highlight=False)
            case events.Finished():
                self._update("Merging", None)

    def sending(self, sent_bytes: int, total_bytes: int) -> None:
        """Shows how much of the video has been sent to an engine."""
        self._update("Sending the video", sent_bytes / max(total_bytes, 1))

    def _note(self, stage: str, step: int, fraction_done: float, losses: "Losses | None") -> str:
        if stage == "training":
            loss = f", loss {self._training.total(losses):.3f}" if self._training and losses else ""
            return f"step {step}{loss}"
        if stage == "predicting" and step:
            return f"frame {step} of {round(step / fraction_done)}"
        return ""

    def _update(self, name: str, fraction_done: float | None, note: str = "") -> None:
        """Moves the bar of this name, which completes the one before it when it is new."""
        if name != self._name or self._current is None:
            self._complete()
            total = None if fraction_done is None else 1.0
            self._current, self._name = self._progress.add_task(name, total=total, note=""), name
        self._progress.update(self._current, completed=fraction_done, note=note)

    def _complete(self) -> None:
        if self._current is not None:
            self._progress.update(self._current, total=1.0, completed=1.0)
