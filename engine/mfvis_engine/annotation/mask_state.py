"""Where the mask of a track in a frame is from, and whether a person has approved it."""

from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum

from mfvis_engine.annotation.tracks import parse_frame_index, parse_track_id


class MaskOrigin(StrEnum):
    """Whose work a mask is."""

    NONE = "none"
    """There is no mask. Recorded only where a person has verified that."""
    PREDICTED = "predicted"
    EDITED = "edited"
    """A person painted or erased it; it may be empty."""
    IMPORTED = "imported"


PERSONS_ORIGINS = (MaskOrigin.EDITED, MaskOrigin.IMPORTED)
"""Origins that no machine may write over."""


class MaskCode(IntEnum):
    """A mask's origin as a small number, for arrays of many; `VERIFIED_BIT` is added where a person approved it."""

    NONE = 0
    PREDICTED = 1
    EDITED = 2
    IMPORTED = 3


MASK_CODES = {origin: MaskCode[origin.name] for origin in MaskOrigin}
VERIFIED_BIT = 128

_WEIGHT = {MaskOrigin.NONE: 0, MaskOrigin.PREDICTED: 1, MaskOrigin.IMPORTED: 2, MaskOrigin.EDITED: 3}


@dataclass(frozen=True, slots=True)
class MaskState:
    """What is recorded of the mask of one track in one frame.

    Invariant of a project: where a pixel of a frame has a label, the state of that label and frame is recorded.

    Attributes:
        track_id: The label, 1..65535.
        frame_index: From 0.
        origin: Whose work it is.
        run_id: The run that predicted it, where one did.
        verified: A person looked at it and approved. A flag of its own, so that taking it back leaves the rest.

    Raises:
        InvalidTrackIdError: The label is outside 1..65535.
        InvalidFrameError: The frame index is negative.
    """

    track_id: int
    frame_index: int
    origin: MaskOrigin
    run_id: str | None = None
    verified: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "track_id", parse_track_id(self.track_id))
        object.__setattr__(self, "frame_index", parse_frame_index(self.frame_index))
        object.__setattr__(self, "origin", MaskOrigin(self.origin))
        object.__setattr__(self, "verified", bool(self.verified))

    @property
    def protected(self) -> bool:
        """Whether a machine must leave the mask as it is."""
        return self.verified or self.origin in PERSONS_ORIGINS

    def united(self, other: "MaskState") -> "MaskState":
        """The state of the union of two masks of one frame, under this one's label.

        What a person did stays protected: the stronger origin wins, and verified is verified.
        """
        stronger = max(self, other, key=lambda state: _WEIGHT[state.origin])
        return replace(stronger, track_id=self.track_id, verified=self.verified or other.verified)
