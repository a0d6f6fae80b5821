"""Tracks that runs found: what there are, and what becomes of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from mfvis_engine.actions.errors import NoProposalError
from mfvis_engine.actions.runs import run_id_of
from mfvis_engine.annotation import Annotations, ProposedTrack, interpolate
from mfvis_engine.annotation.verbs import DismissTracks
from mfvis_engine.project import Done, OpenProposal, Project
from mfvis_engine.project.layout import RUNS
from mfvis_engine.project.runs import run_ids


@dataclass(frozen=True)
class ProposalLine:
    """A proposed track in numbers.

    Attributes:
        run_id: The run that found it.
        track_id: Its number there.
        category: What it is taken for.
        score: How sure the model is, 0 to 1.
        first_frame: The first frame with a box.
        last_frame: The last one.
        box_count: Frames with a box.
    """

    run_id: str
    track_id: int
    category: str
    score: float
    first_frame: int
    last_frame: int
    box_count: int


def proposal_lines(project: Project) -> tuple[ProposalLine, ...]:
    """The open proposals of a project: those of the newest run last, of each the surest first."""
    return tuple(_line_of(one, project.length) for one in _surest_first(project.open_proposals()))


def adopt_tracks(
    project: Project, track_ids: tuple[int, ...] | None, run: str | None, min_score: float
) -> tuple[Done, tuple[tuple[int, int], ...]]:
    """Makes tracks of what a run found, with boxes and masks, as one change.

    Args:
        project: Open for writing.
        track_ids: Which of its open proposals; None for all.
        run: The run, or the end of its id; None for the newest that has such open proposals.
        min_score: Leave out those the model is less sure of.

    Returns:
        What changed, and of each proposal its number and the id of the track that it is now.

    Raises:
        NoRunError: There is no such run.
        NoProposalError: No proposal of it is open and sure enough, or one that was named is not open.
    """
    run_id, chosen = _chosen(project, track_ids, run)
    sure = [track.track_id for track in chosen if track.score >= min_score]
    if not sure:
        best = max(track.score for track in chosen)
        raise NoProposalError(f"No open proposal of run {run_id} scores {min_score:g}; the best has {best:.3f}.")
    verb = project.adoption(run_id, sure)
    return project.do(verb), verb.id_pairs


def dismiss_tracks(project: Project, track_ids: tuple[int, ...] | None, run: str | None) -> Done:
    """Says that proposals are not wanted, as one change; arguments and errors as of `adopt_tracks`."""
    run_id, chosen = _chosen(project, track_ids, run)
    return project.do(DismissTracks(run_id, tuple(track.track_id for track in chosen)))


def _chosen(
    project: Project, track_ids: tuple[int, ...] | None, run: str | None
) -> tuple[str, Sequence[ProposedTrack]]:
    """The run that is meant, and which of its open proposals; at least one."""
    of_runs = {
        run_id: {one.track.track_id: one.track for one in group}
        for run_id, group in groupby(project.open_proposals(), lambda one: one.run_id)
    }
    if run is not None:
        run_id = run_id_of(run, run_ids(project.path / RUNS))
        of_runs = {run_id: of_runs[run_id]} if run_id in of_runs else {}
    if not of_runs:
        raise NoProposalError(f"No proposed track {'of the project' if run is None else f'of run {run}'} is open.")
    fitting = [run_id for run_id, tracks in of_runs.items() if set(track_ids or ()) <= tracks.keys()]
    if not fitting:
        there = "; ".join(f"{', '.join(map(str, tracks))} of run {run_id}" for run_id, tracks in of_runs.items())
        raise NoProposalError(
            f"No run has all of {', '.join(map(str, track_ids or ()))} among its open proposals. Open are {there}."
            " What was dismissed comes back with mfvis undo."
        )
    tracks = of_runs[fitting[-1]]
    return fitting[-1], tuple(tracks.values()) if track_ids is None else tuple(tracks[i] for i in track_ids)


def _surest_first(proposals: Sequence[OpenProposal]) -> list[OpenProposal]:
    of_runs = (list(group) for _, group in groupby(proposals, lambda one: one.run_id))
    return [one for group in of_runs for one in sorted(group, key=lambda one: -one.track.score)]


def _line_of(proposal: OpenProposal, length: int) -> ProposalLine:
    track = proposal.track
    frames = np.flatnonzero(interpolate(Annotations((track.adopted_as(track.track_id),)), length).present[0])
    return ProposalLine(
        proposal.run_id,
        track.track_id,
        track.category,
        track.score,
        int(frames[0]),
        int(frames[-1]),
        frames.size,
    )
