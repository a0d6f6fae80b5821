"""What is shown while many projects are worked on: a bar for all, one for each in hand, a line for each that ended."""

from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from mfvis_engine.cli.progress import STAGE_NAMES
from mfvis_engine.cli.terminal import pasteable

if TYPE_CHECKING:
    from mfvis_engine.actions.batch_report import Outcome
    from mfvis_engine.jobs.events import Event

_NAME_WIDTH = 32
_COLOURS = {"failed": "bold red", "cancelled": "yellow"}
"""Of what happened to a project, where it is not as a person wants it."""


class BatchBars:
    """Draws on stderr; a context manager. Any thread may tell it. Where nothing can move, there are only the lines."""

    def __init__(self, project_count: int) -> None:
        console = Console(stderr=True, highlight=False)
        self._progress = Progress(
            TextColumn(f"{{task.description:<{_NAME_WIDTH}}}", markup=False),
            BarColumn(bar_width=20),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[stage]}", markup=False),
            console=console,
            disable=not console.is_terminal,
        )
        self._project_count = project_count
        self._ended_count = 0
        self._all = self._progress.add_task("Projects", total=project_count, stage=f"0 of {project_count} projects")
        self._in_hand: dict[Path, TaskID] = {}
        self._lock = Lock()

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def began(self, path: Path) -> None:
        """Adds its bar."""
        name = path.name.removesuffix(".mfvis")
        shown = name if len(name) <= _NAME_WIDTH else f"{name[: _NAME_WIDTH - 1]}…"
        with self._lock:
            self._in_hand[path] = self._progress.add_task(shown, total=None, stage="Opening")

    def sent(self, path: Path, sent_bytes: int, total_bytes: int) -> None:
        """Moves its bar."""
        self._update(path, sent_bytes / max(total_bytes, 1), "Sending the video")

    def told(self, path: Path, event: "Event") -> None:
        """Moves its bar, and prints what its job warns of."""
        from mfvis_engine.jobs import events  # loads numpy and more, which the one that tells has loaded

        match event:
            case events.Queued():
                self._update(path, None, "Waiting for a worker")
            case events.Started():
                self._update(path, None, "Starting")
            case events.Progress(stage=stage, fraction_done=fraction_done, step=step):
                self._update(path, fraction_done, f"{STAGE_NAMES[stage]}, {_counted(stage, step)}".rstrip(", "))
            case events.Warned(message):
                self._warn(path, message)
            case events.Finished():
                self._update(path, None, "Merging")

    def repaired(self, path: Path, what: str) -> None:
        """Prints what was put right."""
        self._warn(path, f"{what[:1].upper()}{what[1:].rstrip('.')}.")

    def ended(self, outcome: "Outcome") -> None:
        """Prints its line, in the place of its bar."""
        with self._lock:
            self._ended_count += 1
            place = f"{self._ended_count} of {self._project_count}"
            self._progress.remove_task(self._in_hand.pop(outcome.path))
            self._progress.update(self._all, completed=self._ended_count, stage=f"{place} projects")
            line = Text(f"{place}  ") + Text(outcome.ending, _COLOURS.get(outcome.ending, "green"))
            self._print(line + Text(f"  {pasteable((outcome.path,))}{_remark(outcome)}"))

    def _warn(self, path: Path, message: str) -> None:
        self._print(Text("Warning: ", "yellow") + Text(f"{pasteable((path,))}: {message}"))

    def _update(self, path: Path, fraction_done: float | None, stage: str) -> None:
        total = None if fraction_done is None else 1.0
        with self._lock:
            self._progress.update(self._in_hand[path], total=total, completed=fraction_done or 0.0, stage=stage)

    def _print(self, line: Text) -> None:
        self._progress.console.print(line, soft_wrap=True)


def _counted(stage: str, step: int) -> str:
    nouns = {"training": "step", "predicting": "frame"}
    return f"{nouns[stage]} {step}" if stage in nouns and step else ""


def _remark(outcome: "Outcome") -> str:
    if outcome.made is None:
        return f": {outcome.reason}"
    seconds = "" if outcome.ending == "already done" else f" in {outcome.seconds:.0f} s"
    return f": {outcome.made.mask_count} masks{seconds}"
