"""Tracks that the runs of a project found, and which of them nobody has judged yet."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
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


@dataclass(frozen=True)
class _Found:
    """What a run found.

    Attributes:
        created: When the run was made.
        run_id: The run.
        tracks: What it proposes.
        kept_ids: As of `Run`.
    """

    created: datetime
    run_id: str
    tracks: tuple[ProposedTrack, ...]
    kept_ids: tuple[int, ...]


class FoundTracks:
    """What the runs of a project found. A run that has finished does not change any more and is read once."""

    def __init__(self, runs_folder: Path) -> None:
        """Of the project whose runs lie in `runs_folder`."""
        self._runs_folder = runs_folder
        self._finished: dict[str, _Found] = {}

    def open(self, verdicts: Mapping[str, Verdicts]) -> tuple[OpenProposal, ...]:
        """The open proposals of all runs that can be read: those of the oldest run first, then by id.

        Args:
            verdicts: What was said of the proposals of each run, by its id; nothing of one that is missing.
        """
        return tuple(
            OpenProposal(found.run_id, track)
            for found in self._readable()
            for track in found.tracks
            if verdicts.get(found.run_id, Verdicts()).is_open(track.track_id)
        )

    def kept_ids(self) -> frozenset[int]:
        """The ids that runs keep for tracks they find: all while a run may go on, then those of its proposals."""
        return frozenset(track_id for found in self._readable() for track_id in found.kept_ids)

    def _readable(self) -> list[_Found]:
        """Of all runs but damaged ones, which `mfvis check` tells; the oldest first."""
        all_found = []
        for run_id in run_ids(self._runs_folder):
            with suppress(ProjectDamagedError):
                all_found.append(self._finished.get(run_id) or self._read(run_id))
        return sorted(all_found, key=lambda one: (one.created, one.run_id))

    def _read(self, run_id: str) -> _Found:
        run = Run(self._runs_folder, run_id)
        is_final = run.has_finished  # asked first: what is read after it is so, too
        found = _Found(run.created, run_id, run.proposed_tracks, run.kept_ids)
        if is_final:
            self._finished[run_id] = found
        return found
