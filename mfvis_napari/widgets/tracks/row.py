"""What the table says of a track."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.annotation import VERIFIED_BIT, Keyframe, MaskCode, Track
from mfvis_engine.annotation.presence import standing_keyframe
from mfvis_napari.session import Session

_HUMAN_CODES = (MaskCode.EDITED, MaskCode.IMPORTED)


@dataclass(frozen=True, slots=True)
class TrackRow:
    """A track in short; frames are counted in which it has a box or a mask.

    Attributes:
        track_id: The track.
        category: What it is.
        keyframe_count: How many boxes are given.
        frame_count: In how many frames it is there.
        mask_count: In how many of them it has a mask.
        verified_count: In how many of them a person approved the mask, or that there is none.
        human_count: In how many of them the mask is a person's, painted or imported.
        unverified_count: In how many of them it has a mask that nobody approved.
        first_frame: The first of them; None where there is none.
        last_frame: The last of them.
    """

    track_id: int
    category: str
    keyframe_count: int
    frame_count: int
    mask_count: int
    verified_count: int
    human_count: int
    unverified_count: int
    first_frame: int | None
    last_frame: int | None

    @property
    def state(self) -> str:
        """How far its masks are, in a few words."""
        if not self.frame_count:
            return "no boxes"
        if self.verified_count == self.frame_count:
            return "verified"
        if self.verified_count:
            return f"{self.verified_count}/{self.frame_count} verified"
        if not self.mask_count:
            return "no masks"
        kind = "predicted" if not self.human_count else "edited"
        return kind if self.mask_count == self.frame_count else f"{self.mask_count}/{self.frame_count} {kind}"

    @property
    def verified_share(self) -> float:
        """The part of its frames that is verified, 0..1."""
        return self.verified_count / max(self.frame_count, 1)

    @property
    def mask_share(self) -> float:
        """The part of its frames that has a mask or is verified to have none, 0..1."""
        return (self.verified_count + self.unverified_count) / max(self.frame_count, 1)

    @property
    def progress(self) -> float:
        """For sorting: by what is verified, then by what has a mask."""
        return 2 * self.verified_share + self.mask_share

    @property
    def state_words(self) -> tuple[str, ...]:
        """What a filter finds it by, besides id and category."""
        words = {
            "verified": bool(self.frame_count) and self.verified_count == self.frame_count,
            "unverified": self.unverified_count > 0,
            "predicted": self.mask_count > self.human_count,
            "edited": self.human_count > 0,
            "no masks": not self.mask_count,
            "no boxes": not self.keyframe_count,
        }
        return tuple(word for phrase, holds in words.items() if holds for word in phrase.split())

    def matches(self, wanted: tuple[str, ...]) -> bool:
        """Whether every one of some casefolded words is its id, in its category, or begins a word of its state."""
        return all(map(self._matches, wanted))

    def _matches(self, word: str) -> bool:
        if word.isdecimal() and int(word) == self.track_id:
            return True
        return word in self.category.casefold() or any(one.startswith(word) for one in self.state_words)


def track_row(track: Track, codes: NDArray[np.uint8]) -> TrackRow:
    """The row of a track; `codes` (T,) is where its masks are from, as `MaskTable.codes` says."""
    origins, verified = codes & ~np.uint8(VERIFIED_BIT), (codes & VERIFIED_BIT).astype(bool)
    has_mask = origins != MaskCode.NONE
    there = _has_box(track.keyframes, len(codes)) | has_mask
    frames = np.flatnonzero(there)
    return TrackRow(
        track.track_id,
        track.category,
        len(track.keyframes),
        len(frames),
        int(np.count_nonzero(has_mask)),
        int(np.count_nonzero(verified & there)),
        sum(int(np.count_nonzero(origins == code)) for code in _HUMAN_CODES),
        int(np.count_nonzero(has_mask & ~verified)),
        int(frames[0]) if frames.size else None,
        int(frames[-1]) if frames.size else None,
    )


def is_in_view(session: Session, track: Track) -> bool:
    """Whether a track has a box or a mask in the frame in view."""
    frame_index = session.view.frame_index
    if standing_keyframe(track.keyframes, frame_index) is not None:
        return True
    return bool(session.masks.codes(track.track_id)[frame_index] & ~np.uint8(VERIFIED_BIT))


def _has_box(keyframes: tuple[Keyframe, ...], length: int) -> NDArray[np.bool_]:
    has_box = np.zeros(length, bool)
    for keyframe, following in pairwise(keyframes):
        has_box[keyframe.frame_index : following.frame_index] = not keyframe.outside
    for last in keyframes[-1:]:
        has_box[last.frame_index] = not last.outside
    return has_box
