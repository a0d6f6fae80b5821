"""What is wrong with a project's runs."""

from collections.abc import Iterator
from pathlib import Path

from mfvis_engine.project.errors import ProjectDamagedError
from mfvis_engine.project.findings import Finding, Severity, reason_of
from mfvis_engine.project.runs import Run, run_ids

_REMEDY = "Restore the run from a backup, or delete its folder: masks that were taken over from it stay."


def run_findings(runs_folder: Path, shape: tuple[int, int, int] | None) -> Iterator[Finding]:
    """Looks at the metadata, the scores and every frame of each run.

    Args:
        runs_folder: The project's `runs`.
        shape: (T, H, W) of the project's masks, where known.
    """
    if not runs_folder.is_dir():
        yield Finding(Severity.WARNING, "The folder of runs is missing.", str(runs_folder), "Make an empty one.")
        return
    for run_id in run_ids(runs_folder):
        try:
            yield from _findings_of(Run(runs_folder, run_id), shape, runs_folder / run_id)
        except ProjectDamagedError as error:
            what = f"Run {run_id} cannot be read: {reason_of(error)}"
            yield Finding(Severity.WARNING, what, str(runs_folder / run_id), _REMEDY)


def _findings_of(run: Run, shape: tuple[int, int, int] | None, folder: Path) -> Iterator[Finding]:
    if not run.is_sealed:
        what = f"What run {run.run_id} says of itself is not as the program wrote it."
        yield Finding(Severity.WARNING, what, str(folder / "zarr.json"), _REMEDY)
    expected = (len(run.info.track_ids), run.masks.shape[0])
    if (shape is not None and run.masks.shape != shape) or run.scores().shape != expected or not run.is_laid_out:
        what = f"The arrays of run {run.run_id} are not those of {expected[0]} tracks and {expected[1]} frames."
        yield Finding(Severity.WARNING, what, str(folder), _REMEDY)
        return
    unknown = sorted({track.track_id for track in run.proposed_tracks} - set(run.found_ids))
    if unknown:
        what = f"Run {run.run_id} proposes the tracks {unknown}, which it has no masks of."
        yield Finding(Severity.WARNING, what, str(folder / "zarr.json"), _REMEDY)
    for frame_index in run.done():
        try:
            run.read_masks(frame_index)
        except ProjectDamagedError as error:
            where = str(folder / "masks" / "c" / str(frame_index) / "0" / "0")
            what = f"Frame {frame_index} of run {run.run_id} cannot be read: {reason_of(error)}"
            yield Finding(Severity.WARNING, what, where, _REMEDY)
