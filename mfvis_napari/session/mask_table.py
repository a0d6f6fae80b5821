"""Where the mask of every track and frame is from, for a timeline and a review."""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.project import Project

_FEW_FRAMES = 64
"""Up to so many changed frames are asked for one by one; of more, all are read again."""


class MaskTable:
    """The `MaskCode` of every track and frame, `VERIFIED_BIT` added where a person approved it; read when first used.

    Kept up by `update`.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._codes: dict[int, NDArray[np.uint8]] | None = None

    @property
    def track_ids(self) -> tuple[int, ...]:
        """The tracks of which a mask is recorded, ascending; those without a box too."""
        return tuple(sorted(self._read()))

    def codes(self, track_id: int) -> NDArray[np.uint8]:
        """(T,) of one track, read-only; all 0 where nothing is recorded of it."""
        found = self._read().get(track_id)
        codes = np.zeros(self._project.length, np.uint8) if found is None else found.view()
        codes.setflags(write=False)
        return codes

    def update(self, frames: Collection[int]) -> None:
        """Reads what is recorded of some frames again."""
        if self._codes is None:
            return
        if len(frames) > _FEW_FRAMES:
            self._codes = None
            return
        for frame_index in frames:
            for codes in self._codes.values():
                codes[frame_index] = 0
            self._put(self._codes, self._project.mask_codes(int(frame_index)))

    def _read(self) -> dict[int, NDArray[np.uint8]]:
        if self._codes is None:
            codes: dict[int, NDArray[np.uint8]] = {}
            self._put(codes, self._project.mask_codes())
            self._codes = codes
        return self._codes

    def _put(self, codes: dict[int, NDArray[np.uint8]], rows: NDArray[np.int64]) -> None:
        for track_id in np.unique(rows[:, 0]).tolist():
            of_track = rows[rows[:, 0] == track_id]
            codes.setdefault(track_id, np.zeros(self._project.length, np.uint8))[of_track[:, 1]] = of_track[:, 2]
