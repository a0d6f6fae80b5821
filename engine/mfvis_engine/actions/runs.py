"""Runs: what there are, and what becomes of their proposals."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from mfvis_engine.actions.errors import NoRunError
from mfvis_engine.annotation.verbs import RejectRun
from mfvis_engine.project import Done, MergeReport, Project, RunInfo, RunStatus
from mfvis_engine.project.files import size_bytes
from mfvis_engine.project.layout import RUNS
from mfvis_engine.project.runs import run_ids


@dataclass(frozen=True)
class RunLine:
    """A run in numbers.

    Attributes:
        info: What it says of itself.
        mask_count: The project's masks that are from it, as pairs of track and frame.
        size_bytes: What it takes on the disk.
    """

    info: RunInfo
    mask_count: int
    size_bytes: int


@dataclass(frozen=True)
class DeletableRun:
    """What deleting a run is about.

    Attributes:
        run_id: The run, which may be damaged.
        mask_count: The project's masks that are from it, as pairs of track and frame.
        size_bytes: What it takes on the disk.
    """

    run_id: str
    mask_count: int
    size_bytes: int


@dataclass(frozen=True, eq=False)
class Rejected:
    """A run that was rejected.

    Attributes:
        run_id: The run.
        done: What changed; `skipped` are masks that were kept.
        removed_count: Masks that were taken away.
    """

    run_id: str
    done: Done
    removed_count: int


def run_lines(project: Project) -> tuple[RunLine, ...]:
    """The runs of a project, oldest first."""
    masks = _masks_by_run(project)
    folder = project.path / RUNS
    return tuple(RunLine(info, masks[info.run_id], size_bytes(folder / info.run_id)) for info in project.runs())


def deletable_run(project: Project, name: str) -> DeletableRun:
    """The run of this name, whole or damaged, or NoRunError."""
    folder = project.path / RUNS
    run_id = run_id_of(name, run_ids(folder))
    return DeletableRun(run_id, _masks_by_run(project)[run_id], size_bytes(folder / run_id))


def accept_run(
    project: Project, name: str | None, track_ids: tuple[int, ...] | None, frames: tuple[int, ...] | None
) -> MergeReport:
    """Takes a run's proposals over.

    Args:
        project: Open for writing.
        name: The run, or the end of its id; None for the newest that has finished.
        track_ids: Which of its tracks; None for all.
        frames: Which frames, from 0; None for all that are done.

    Raises:
        NoRunError: There is no such run.
        UnknownTrackError: A track is not of the run.
        VerbRefusedError: The run has no proposals for a frame, or a track has become another object since.
    """
    infos = project.runs()
    finished = [info.run_id for info in infos if info.status is RunStatus.FINISHED]
    known = [info.run_id for info in infos]
    run_id = _chosen(name, known, finished, f"No run has finished yet. {_listed(known)}")
    return project.merge_run(run_id, track_ids=track_ids, frames=frames)


def reject_run(
    project: Project, name: str | None, track_ids: tuple[int, ...] | None, frames: tuple[int, ...] | None
) -> Rejected:
    """Takes a run's masks away.

    Args:
        project: Open for writing.
        name: The run, or the end of its id; None for the newest that masks are from.
        track_ids: Which of its tracks; None for all.
        frames: Which frames, from 0; None for all.

    Raises:
        NoRunError: There is no such run.
        InvalidFrameError: The video has no such frame.
    """
    before = _masks_by_run(project)
    used = sorted(before)  # by time: it is what an id begins with
    known = sorted({*run_ids(project.path / RUNS), *used})
    none = "No mask of the project is from a run, so there is nothing to reject."
    run_id = _chosen(name, known, used, none if known else f"{none} {_listed(known)}")
    done = project.do(RejectRun(run_id, track_ids, frames))
    return Rejected(run_id, done, before[run_id] - _masks_by_run(project)[run_id])


def run_id_of(name: str, known: Collection[str]) -> str:
    """The id that is `name`, or the only one that ends in it.

    Raises:
        NoRunError: There is none, or there are several.
    """
    if name in known:
        return name
    found = [run_id for run_id in known if name and run_id.endswith(name)]
    if len(found) == 1:
        return found[0]
    fitting = found or known
    what = f"{len(found)} runs end in {name!r}" if found else f"There is no run {name!r}"
    raise NoRunError(f"{what}. {_listed(fitting)}")


def _chosen(name: str | None, known: Collection[str], candidates: list[str], none: str) -> str:
    """The run of this name; without a name the last of the candidates, or NoRunError with `none`."""
    if name is not None:
        return run_id_of(name, known)
    if not candidates:
        raise NoRunError(none)
    return candidates[-1]


def _listed(known: Collection[str]) -> str:
    if not known:
        return "The project has no runs; make one with mfvis segment."
    return f"Give one of: {', '.join(known)}."


def _masks_by_run(project: Project) -> Counter[str]:
    return Counter(state.run_id for state in project.mask_states() if state.run_id is not None)
