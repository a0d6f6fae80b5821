"""What merging a run into the masks did."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.project.done import Done


@dataclass(frozen=True, eq=False)
class MergeReport:
    """What a merge did.

    Attributes:
        run_id: The run that was merged.
        written: (W, 2) int64 rows (track_id, frame_index): their masks are now the run's.
        skipped: (S, 2) int64 rows (track_id, frame_index): kept, as a person's work.
        unannotated_track_ids: Tracks of the run that are not annotated any more; they were left out.
    """

    run_id: str
    written: NDArray[np.int64]
    skipped: NDArray[np.int64]
    unannotated_track_ids: tuple[int, ...]

    @classmethod
    def of(cls, run_id: str, done: Done, unannotated_track_ids: tuple[int, ...]) -> "MergeReport":
        """The report of an `AcceptRun` that was done."""
        return cls(run_id, done.written, done.skipped, unannotated_track_ids)
