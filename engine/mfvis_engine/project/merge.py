"""What merging a run into the masks did."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class MergeReport:
    """What a merge did.

    Attributes:
        run_id: The run that was merged.
        log_id: Its entry in the log; None where nothing had to change.
        written: (W, 2) int64 rows (track_id, frame_index): masks that came from the run, or gave way where it has none.
        skipped: (S, 2) int64 rows (track_id, frame_index): kept, as a person's work.
        unannotated_track_ids: Tracks of the run that are not annotated any more; they were left out. Not among them are
            those it found and that are not adopted.
        reidentified_track_ids: Tracks of the run whose id is another object's by now; they were left out.
    """

    run_id: str
    log_id: int | None
    written: NDArray[np.int64]
    skipped: NDArray[np.int64]
    unannotated_track_ids: tuple[int, ...]
    reidentified_track_ids: tuple[int, ...]
