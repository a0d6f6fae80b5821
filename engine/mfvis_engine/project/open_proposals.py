"""Tracks that the runs of a project found, and which of them nobody has judged yet."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mfvis_engine.annotation import ProposedTrack
from mfvis_engine.annotation.proposed_tracks import Verdicts
from mfvis_engine.project.errors import ProjectDamagedError
from mfvis_engine.project.runs import Run, run_ids


@dataclass(frozen=True)
class OpenProposal:
    """A track that a run found and that was neither adopted nor dismissed.

    Attributes:
        run_id: The run.
        track: What it proposes.
    """

    run_id: str
    track: ProposedTrack


def open_proposals(runs_folder: Path, verdicts: Mapping[str, Verdicts]) -> tuple[OpenProposal, ...]:
    """The open proposals of all runs that can be read: those of the oldest run first, then by id.

    Args:
        runs_folder: The project's `runs`.
        verdicts: What was said of the proposals of each run, by its id; nothing of one that is missing.
    """
    proposals: list[OpenProposal] = []
    for run in _readable_runs(runs_folder):
        told = verdicts.get(run.run_id, Verdicts())
        with suppress(ProjectDamagedError):
            proposals += [OpenProposal(run.run_id, one) for one in run.proposed_tracks if told.is_open(one.track_id)]
    return tuple(proposals)


def kept_ids(runs_folder: Path) -> frozenset[int]:
    """The ids that runs keep for tracks they find: all of them while a run may go on, then those of its proposals."""
    kept: set[int] = set()
    for run in _readable_runs(runs_folder):
        with suppress(ProjectDamagedError):
            kept.update(run.kept_ids)
    return frozenset(kept)


def _readable_runs(runs_folder: Path) -> list[Run]:
    """The runs but for damaged ones, which `mfvis check` tells; oldest first."""
    found = []
    for run_id in run_ids(runs_folder):
        with suppress(ProjectDamagedError):
            run = Run(runs_folder, run_id)
            found.append((run.created, run_id, run))
    return [run for _, _, run in sorted(found, key=lambda one: one[:2])]
