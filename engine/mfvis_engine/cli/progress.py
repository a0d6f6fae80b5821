"""Progress bars of the main job."""

import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:  # loads torch
    from mfvis_engine.training import FineTuneSettings, TrainingProgress

_LOSS_PAUSE_S = 0.2
"""Between two looks at the loss: on a GPU each one waits for it."""


class JobBars:
    """A `JobListener` that draws a bar for each part of the job on stderr; a context manager."""

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
        self._loss_shown_s = 0.0

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

    def reading(self) -> None:
        """The video is being read and its frames compared."""
        self._update("Reading the video", None)

    def training(self, progress: "TrainingProgress", settings: "FineTuneSettings") -> None:
        """A step of training is done."""
        self._update("Training", progress.fraction_done)
        now_s = time.monotonic()
        if self._current is not None and now_s - self._loss_shown_s > _LOSS_PAUSE_S:
            self._loss_shown_s = now_s
            loss = progress.losses.total(settings.weights).detach().item()
            self._progress.update(self._current, note=f"step {progress.step}, loss {loss:.3f}")

    def predicting(self, frames_done: int, frame_count: int) -> None:
        """So many frames are written."""
        self._update("Predicting", frames_done / frame_count)
        if self._current is not None:
            self._progress.update(self._current, note=f"frame {frames_done} of {frame_count}")

    def merging(self) -> None:
        """The run is being merged into the masks."""
        self._update("Merging", None)

    def _update(self, name: str, fraction_done: float | None) -> None:
        """Moves the bar of this name, which completes the one before it when it is new."""
        if name != self._name or self._current is None:
            self._complete()
            total = None if fraction_done is None else 1.0
            self._current, self._name = self._progress.add_task(name, total=total, note=""), name
        if fraction_done is not None:
            self._progress.update(self._current, completed=fraction_done)

    def _complete(self) -> None:
        if self._current is not None:
            self._progress.update(self._current, total=1.0, completed=1.0)
