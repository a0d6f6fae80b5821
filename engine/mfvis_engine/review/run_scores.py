"""How sure the engine was of a mask, and where it has looked at all."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.annotation import MaskState
from mfvis_engine.project import Project, ProjectDamagedError, RunStatus, UnknownRunError
from mfvis_engine.project.layout import RUNS
from mfvis_engine.project.runs import run_ids


@dataclass(frozen=True, eq=False)
class _Scores:
    """What one run says: (N, T) in the order of its tracks, NaN in frames that are not there yet."""

    rows: dict[int, int]
    values: NDArray[np.float32]


class RunScores:
    """The scores of a project's runs; a finished run is read once."""

    def __init__(self) -> None:
        self._finished: dict[str, _Scores] = {}
        self._all: dict[str, _Scores] = {}

    def read(self, project: Project) -> None:
        """Reads those that are new or may have grown; leaves out those that cannot be read."""
        found: dict[str, _Scores] = {}
        for run_id in run_ids(project.path / RUNS):
            if run_id not in self._finished:
                try:
                    found[run_id] = self._read_one(project, run_id)
                except (ProjectDamagedError, UnknownRunError):  # damaged, or deleted just now: masks stay without it
                    continue
            else:
                found[run_id] = self._finished[run_id]
        self._all = found

    def score(self, state: MaskState) -> float:
        """The score of the mask that is recorded; NaN where it is not known, or no run's."""
        scores = self._all.get(state.run_id or "")
        row = None if scores is None else scores.rows.get(state.track_id)
        return float("nan") if scores is None or row is None else float(scores.values[row, state.frame_index])

    def segmented(self) -> Iterator[tuple[tuple[int, ...], NDArray[np.bool_]]]:
        """For each run its tracks, and (T,) the frames in which it has looked for them."""
        for scores in self._all.values():
            yield tuple(scores.rows), ~np.isnan(scores.values[0])

    def _read_one(self, project: Project, run_id: str) -> _Scores:
        run = project.run(run_id)
        is_final = run.info.status is RunStatus.FINISHED and not run.found_ids  # which may become other tracks
        track_ids = project.tracks_of_run(run_id)
        scores = _Scores({track_id: row for row, track_id in enumerate(track_ids)}, run.scores())
        if is_final:
            self._finished[run_id] = scores
        return scores
