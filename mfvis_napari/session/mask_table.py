"""Where the mask of every track and frame is from, for a timeline and a review."""

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.project import Done, Project

_FEW_FRAMES, _FEW_TRACKS = 64, 8
"""Up to so many are asked for one by one: 0.1 ms a frame, some 20 ms a track of 10 000; of more, all is read again."""


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

    def update(self, done: Done) -> None:
        """Reads what is recorded of the tracks and frames that a change touched again."""
        if self._codes is None or not len(done.frames):
            return
        if len(done.frames) <= _FEW_FRAMES:
            for codes in self._codes.values():
                codes[done.frames] = 0
            rows = [self._project.mask_codes(frame_index) for frame_index in done.frames.tolist()]
        elif len(done.track_ids) <= _FEW_TRACKS:
            for track_id in done.track_ids:
                self._codes.pop(track_id, None)
            rows = [self._project.mask_codes(track_id=track_id) for track_id in done.track_ids]
        else:
            self._codes = None
            return
        self._put(self._codes, np.concatenate(rows))

    def _read(self) -> dict[int, NDArray[np.uint8]]:
        if self._codes is None:
            codes: dict[int, NDArray[np.uint8]] = {}
            self._put(codes, self._project.mask_codes())
            self._codes = codes
        return self._codes

    def _put(self, codes: dict[int, NDArray[np.uint8]], rows: NDArray[np.int64]) -> None:
        by_track = rows[np.argsort(rows[:, 0], kind="stable")]
        track_ids, first = np.unique(by_track[:, 0], return_index=True)
        for track_id, of_track in zip(track_ids.tolist(), np.split(by_track, first)[1:], strict=True):
            if track_id not in codes:
                codes[track_id] = np.zeros(self._project.length, np.uint8)
            codes[track_id][of_track[:, 1]] = of_track[:, 2]
