"""A box for every track and frame, with where it came from."""

import hashlib
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mfvis_engine.annotation.errors import InvalidDenseBoxesError


class BoxOrigin(IntEnum):
    """Where the box of a track in a frame came from. Stored as uint8."""

    ABSENT = 0
    DRAWN = 1
    INTERPOLATED = 2
    IMPORTED = 3
    PREDICTED = 4


@dataclass(frozen=True, eq=False)
class DenseBoxes:
    """The boxes of N tracks in T frames.

    Attributes:
        track_ids: (N,) int64, ascending.
        boxes_xyxy: (N, T, 4) float32 in pixel edges, NaN where the track is absent.
        origin: (N, T) uint8 of `BoxOrigin`.
        occluded: (N, T) bool; False where the track is absent.
        categories: N names, in the order of `track_ids`.

    Raises:
        InvalidDenseBoxesError: The shapes or types do not fit together.
    """

    track_ids: NDArray[np.int64]
    boxes_xyxy: NDArray[np.float32]
    origin: NDArray[np.uint8]
    occluded: NDArray[np.bool_]
    categories: tuple[str, ...]

    def __post_init__(self) -> None:
        shape = (len(self.track_ids), self.origin.shape[-1])
        expected = (
            ("track_ids", self.track_ids, (shape[0],), np.int64),
            ("boxes_xyxy", self.boxes_xyxy, (*shape, 4), np.float32),
            ("origin", self.origin, shape, np.uint8),
            ("occluded", self.occluded, shape, np.bool_),
        )
        for name, array, wanted_shape, wanted_type in expected:
            if array.shape != wanted_shape or array.dtype != wanted_type:
                raise InvalidDenseBoxesError(
                    f"{name} is {array.dtype} {array.shape}: it must be {np.dtype(wanted_type)} {wanted_shape}"
                )
        if len(self.categories) != shape[0]:
            raise InvalidDenseBoxesError(
                f"there are {len(self.categories)} categories for {shape[0]} tracks: give one a track"
            )

    @property
    def length(self) -> int:
        """T, the number of frames."""
        return int(self.origin.shape[1])

    @property
    def present(self) -> NDArray[np.bool_]:
        """(N, T) bool: the track has a box in the frame."""
        present: NDArray[np.bool_] = self.origin != BoxOrigin.ABSENT
        return present

    @property
    def given(self) -> NDArray[np.bool_]:
        """(N, T) bool: the box is a keyframe's, not one between keyframes."""
        given: NDArray[np.bool_] = self.present & (self.origin != BoxOrigin.INTERPOLATED)
        return given

    def digest(self) -> str:
        """What these boxes are recognised by: the SHA-256 of their tracks, coordinates and origins."""
        digest = hashlib.sha256()
        for array in (self.track_ids, self.boxes_xyxy, self.origin):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()

    def to_frame(self) -> pd.DataFrame:
        """A table with one row a box, in the order of track id and frame.

        Returns:
            Columns track_id (int64), frame_index (int64), x0, y0, x1, y1 (float32, pixel edges), origin
            (categorical: "drawn", "interpolated", "imported", "predicted"), occluded (bool), category (categorical).
        """
        track, frame = np.nonzero(self.present)
        x0, y0, x1, y1 = self.boxes_xyxy[track, frame].T
        names = sorted(set(self.categories))
        category_codes = np.array([names.index(category) for category in self.categories], dtype=np.intp)
        return pd.DataFrame(
            {
                "track_id": self.track_ids[track],
                "frame_index": frame.astype(np.int64),
                "x0": x0,
                "y0": y0,
                "x1": x1,
                "y1": y1,
                "origin": pd.Categorical.from_codes(
                    self.origin[track, frame].astype(np.intp) - BoxOrigin.DRAWN,
                    pd.Index([origin.name.lower() for origin in BoxOrigin if origin != BoxOrigin.ABSENT]),
                ),
                "occluded": self.occluded[track, frame],
                "category": pd.Categorical.from_codes(category_codes[track], pd.Index(names)),
            }
        )
