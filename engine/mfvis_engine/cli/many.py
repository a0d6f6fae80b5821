"""The main job on many projects, as `mfvis batch` and `mfvis segment` with several projects do and tell it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from mfvis_engine.cli import EXIT_INTERRUPTED
from mfvis_engine.cli.batch_bars import BatchBars
from mfvis_engine.cli.changes import counted
from mfvis_engine.cli.chosen_engine import chosen_engine
from mfvis_engine.cli.terminal import pasteable, say, say_command, warn

if TYPE_CHECKING:
    from mfvis_engine.actions.batch import BatchPlan
    from mfvis_engine.actions.batch_report import BatchReport, Outcome
    from mfvis_engine.actions.resumption import SegmentRequest

_HEADER = ("what happened", "masks", "tracks", "frames", "seconds", "project", "reason")


@dataclass(frozen=True)
class AskedOptions:
    """The options that `mfvis batch` and `mfvis segment` share, as they were given."""

    steps: int | None
    seconds: float | None
    device: str
    boxes_only: bool
    engine: str | None
    certificates: Path | None

    @property
    def is_usual(self) -> bool:
        """Whether nothing was asked of how the job is done."""
        return (self.steps, self.seconds, self.device, self.boxes_only) == (None, None, "auto", False)

    def request(self) -> "SegmentRequest":
        """What they ask for."""
        from mfvis_engine.actions.resumption import SegmentRequest
        from mfvis_engine.jobs.job import TrainingLimits

        limits = TrainingLimits(self.steps, self.seconds)
        return SegmentRequest(limits=limits, device=self.device, learn_from_masks=not self.boxes_only)

    def words(self) -> tuple[str | Path, ...]:
        """They as the words of a command, those left out that are as usual."""
        given = (
            ("--steps", self.steps),
            ("--seconds", None if self.seconds is None else f"{self.seconds:g}"),
            ("--device", None if self.device == "auto" else self.device),
            ("--engine", self.engine),
            ("--certificates", self.certificates),
        )
        pairs = [(name, str(value)) for name, value in given if value is not None]
        return (*(word for pair in pairs for word in pair), *(("--boxes-only",) if self.boxes_only else ()))


def segment_and_say(
    paths: Sequence[Path], plan: "BatchPlan", engine: str | None, certificates: Path | None
) -> "BatchReport":
    """Does it, on an engine of its own where none is named, and prints the summary.

    Raises:
        EngineError: As `chosen_engine`.
    """
    from mfvis_engine.actions.batch import segment_many

    with BatchBars(len(paths)) as bars, chosen_engine(engine, certificates, workers=None) as opened:
        report = segment_many(paths, plan, opened, bars)
    say_summary(report)
    return report


def end_with(report: "BatchReport", command: Sequence[str | Path]) -> None:
    """Ends a command that did what it could; where that is not all, with the command that goes on.

    Raises:
        Exit: With the exit code, where some projects are not done.
    """
    if report.all_done:
        return
    if report.interrupted:
        warn(f"It was stopped, and what was done by then is kept. To go on: {pasteable(command)}")
        raise typer.Exit(EXIT_INTERRUPTED)
    say_command("When that is mended", *command)
    raise typer.Exit(1)


def say_summary(report: "BatchReport") -> None:
    """Prints a line for each project, never cut, and the totals."""
    rows = [_HEADER, *map(_row, report.outcomes)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        say("  ".join(_padded(row, widths)).rstrip())
    endings = ", ".join(f"{count} {ending.value}" for ending, count in report.counts.items())
    total = counted(len(report.outcomes), "project")
    say(f"{total}: {endings}; {counted(report.mask_count, 'mask')}, {report.seconds:.0f} s in all.")


def _padded(row: tuple[str, ...], widths: Sequence[int]) -> list[str]:
    """Numbers to the right, words to the left, and the last as it is."""
    numbers = slice(1, 5)
    cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
    cells[numbers] = [cell.rjust(width) for cell, width in zip(row[numbers], widths[numbers], strict=True)]
    return [*cells[:-1], row[-1]]


def _row(outcome: "Outcome") -> tuple[str, ...]:
    made = outcome.made
    numbers = ("", "", "") if made is None else (made.mask_count, made.track_count, made.frame_count)
    seconds = f"{outcome.seconds:.1f}" if outcome.seconds else ""
    return (outcome.ending.value, *map(str, numbers), seconds, pasteable((outcome.path,)), outcome.reason)
