"""What became of many projects: as values, and as a table in a file."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np

from mfvis_engine.actions.errors import OutputExistsError, OutputKindError
from mfvis_engine.actions.output import check_outside
from mfvis_engine.formats.atomic import replaced_when_done
from mfvis_engine.jobs.client.delivery import DEVICE
from mfvis_engine.project import Project
from mfvis_engine.project.layout import found


class Ending(StrEnum):
    """What happened to a project."""

    SEGMENTED = "segmented"
    GONE_ON = "gone on with"
    ALREADY = "already done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    NOT_BEGUN = "not begun"

    @property
    def is_done(self) -> bool:
        """Whether the project has its masks."""
        return self in (Ending.SEGMENTED, Ending.GONE_ON, Ending.ALREADY)


@dataclass(frozen=True)
class Made:
    """A run that has finished, in numbers; small, so that there can be very many.

    Attributes:
        run_id: The run.
        mask_count: Pairs of track and frame with a mask.
        track_count: Tracks it proposes masks for.
        frame_count: Frames predicted.
        device: Where and in which precision.
    """

    run_id: str
    mask_count: int
    track_count: int
    frame_count: int
    device: str

    @classmethod
    def of(cls, project: Project, run_id: str) -> "Made":
        """That of a run of a project."""
        run = project.run(run_id)
        info = run.info
        return cls(
            run_id=run_id,
            mask_count=int(np.count_nonzero(run.scores() > 0)),
            track_count=len(info.track_ids),
            frame_count=info.frames_done,
            device=str(info.settings.get(DEVICE, "")),
        )


@dataclass(frozen=True)
class Outcome:
    """What became of a project.

    Attributes:
        path: As it was named.
        ending: What happened.
        seconds: From when a worker began, if one did; else from when it was opened.
        made: The run that its masks are of; None where they are not done.
        reason: Why they are not done, for people.
    """

    path: Path
    ending: Ending
    seconds: float = 0.0
    made: Made | None = None
    reason: str = ""


@dataclass(frozen=True)
class BatchReport:
    """What became of all.

    Attributes:
        outcomes: In the order the projects were named.
        seconds: In all.
        interrupted: Whether a person ended it early.
    """

    outcomes: tuple[Outcome, ...]
    seconds: float
    interrupted: bool = False

    @property
    def all_done(self) -> bool:
        """Whether every project has its masks."""
        return all(outcome.ending.is_done for outcome in self.outcomes)

    @property
    def counts(self) -> dict[Ending, int]:
        """How many projects ended so, in the order of `Ending`."""
        counted = Counter(outcome.ending for outcome in self.outcomes)
        return {ending: counted[ending] for ending in Ending if counted[ending]}

    @property
    def mask_count(self) -> int:
        """Pairs of track and frame with a mask, in all projects that are done."""
        return sum(outcome.made.mask_count for outcome in self.outcomes if outcome.made is not None)


def check_summary_free(path: Path, source: Path, projects: Iterable[Path], *, overwrite: bool) -> None:
    """Refuses a place for the summary where something would be lost.

    Args:
        path: The file to be written.
        source: The list of projects, which it must not replace.
        projects: Which it must not lie in.
        overwrite: Whether a file that is there may go.

    Raises:
        OutputKindError: It is no `.csv`.
        OutputExistsError: As `output.check_outside`, or it is the list itself.
    """
    if path.suffix.lower() != ".csv":
        raise OutputKindError(f"The summary is a table of comma separated values: {path} must end in .csv.")
    if path.resolve() == source.resolve():
        raise OutputExistsError(f"{path} is the list of projects. Choose another name for the summary.")
    for project in projects:
        check_outside(path, found(project.absolute()), overwrite=overwrite)


def write_summary(report: BatchReport, path: Path) -> None:
    """Writes a row for each project, over an earlier file; its folder is made if missing.

    Raises:
        FormatError: It cannot be written.
    """
    import pandas as pd

    rows = [_row(outcome) for outcome in report.outcomes]
    table = pd.DataFrame(rows, columns=list(_COLUMNS)).astype(dict.fromkeys(("masks", "tracks", "frames"), "Int64"))
    path.parent.mkdir(parents=True, exist_ok=True)
    with replaced_when_done(path) as unfinished:
        table.to_csv(unfinished, index=False, encoding="utf-8", lineterminator="\n", float_format="%.1f")


_COLUMNS = ("project", "ending", "masks", "tracks", "frames", "seconds", "device", "run", "reason")


def _row(outcome: Outcome) -> tuple[object, ...]:
    made = outcome.made
    numbers = (None, None, None) if made is None else (made.mask_count, made.track_count, made.frame_count)
    device, run_id = ("", "") if made is None else (made.device, made.run_id)
    return (str(outcome.path), outcome.ending.value, *numbers, outcome.seconds, device, run_id, outcome.reason)
