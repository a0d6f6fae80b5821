"""What a person drew: tracks of box keyframes, as immutable values."""

import math
import operator
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from typing import SupportsIndex, TypeAlias

from mfvis_engine.annotation.errors import (
    DuplicateKeyframeError,
    DuplicateTrackError,
    InvalidAttributeError,
    InvalidBoxError,
    InvalidCategoryError,
    InvalidFrameError,
    InvalidTrackIdError,
    UnknownTrackError,
)

MAX_TRACK_ID = 65535
"""The largest label of a uint16 mask; label and track id are one number."""

MAX_COORDINATE = 1e6
"""The farthest a box may reach from the picture's corner, in pixels; float32 places it to 1/16 pixel."""

BoxXyxy: TypeAlias = tuple[float, float, float, float]
"""(x0, y0, x1, y1) in pixel edges: the pixel at column c, row r is (c, r, c + 1, r + 1)."""


Attributes: TypeAlias = tuple[tuple[str, str], ...]
"""What else other tools say of a track or keyframe: (name, value), sorted by name, each name once."""


class KeyframeOrigin(StrEnum):
    """Where a keyframe's box is from.

    `INTERPOLATED` is a box on the line between two others, written down where a track was cut or where only its
    visibility changed: nobody drew it.
    """

    DRAWN = "drawn"
    INTERPOLATED = "interpolated"
    IMPORTED = "imported"
    PREDICTED = "predicted"


@dataclass(frozen=True, slots=True)
class Keyframe:
    """A box that is given in one frame: drawn by a person, or taken over from a file or a model.

    Attributes:
        frame_index: Frame, from 0.
        box_xyxy: (x0, y0, x1, y1) in pixel edges. It may reach over the picture's border.
        outside: The object left: it has no box from this frame until the next keyframe.
        occluded: The object is there but hidden, from this frame until the next keyframe.
        origin: Where the box is from.
        attributes: What else was said of the object in this frame.

    Raises:
        InvalidFrameError: The frame index is negative or no whole number.
        InvalidBoxError: A coordinate is not finite or beyond any picture, or the box covers nothing.
        InvalidAttributeError: An attribute has no name, two have the same, or one cannot be written to a file.
    """

    frame_index: int
    box_xyxy: BoxXyxy
    outside: bool = False
    occluded: bool = False
    origin: KeyframeOrigin = KeyframeOrigin.DRAWN
    attributes: Attributes = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "frame_index", parse_frame_index(self.frame_index))
        object.__setattr__(self, "box_xyxy", parse_box_xyxy(self.box_xyxy))
        object.__setattr__(self, "outside", bool(self.outside))
        object.__setattr__(self, "occluded", bool(self.occluded))
        object.__setattr__(self, "origin", KeyframeOrigin(self.origin))
        object.__setattr__(self, "attributes", parse_attributes(self.attributes))


@dataclass(frozen=True, slots=True)
class Track:
    """One object through the video.

    Attributes:
        track_id: 1..65535; the label of the object in every mask and file.
        category: What the object is: one line of text.
        keyframes: Sorted by frame, at most one a frame. Given in any order.
        attributes: What else was said of the object.

    Raises:
        InvalidTrackIdError: The id is outside 1..65535.
        InvalidCategoryError: The category is empty or not one clean line.
        InvalidAttributeError: An attribute has no name, two have the same, or one cannot be written to a file.
        DuplicateKeyframeError: Two keyframes lie in one frame.
    """

    track_id: int
    category: str
    keyframes: tuple[Keyframe, ...] = ()
    attributes: Attributes = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "track_id", parse_track_id(self.track_id))
        object.__setattr__(self, "attributes", parse_attributes(self.attributes))
        parse_category(self.category)
        keyframes = tuple(sorted(self.keyframes, key=_frame_index_of))
        for earlier, later in pairwise(keyframes):
            if earlier.frame_index == later.frame_index:
                raise DuplicateKeyframeError(
                    f"track {self.track_id} has two keyframes in frame {later.frame_index}, with boxes "
                    f"{earlier.box_xyxy} and {later.box_xyxy}: keep one of them"
                )
        object.__setattr__(self, "keyframes", keyframes)

    def keyframe(self, frame_index: int) -> Keyframe | None:
        """The keyframe in a frame, or None."""
        position = bisect_left(self.keyframes, frame_index, key=_frame_index_of)
        found = self.keyframes[position : position + 1]
        return found[0] if found and found[0].frame_index == frame_index else None

    def with_keyframe(self, keyframe: Keyframe) -> "Track":
        """This track with `keyframe` added, or put in the place of the one in its frame."""
        return replace(self, keyframes=(*self.without_keyframe(keyframe.frame_index).keyframes, keyframe))

    def without_keyframe(self, frame_index: int) -> "Track":
        """This track less the keyframe in a frame, if there is one."""
        gone = self.keyframe(frame_index)
        return self if gone is None else replace(self, keyframes=tuple(k for k in self.keyframes if k is not gone))


@dataclass(frozen=True, slots=True)
class Annotations:
    """All tracks of a video.

    Attributes:
        tracks: Sorted by track id, ids unique. Given in any order.

    Raises:
        DuplicateTrackError: Two tracks share an id.
    """

    tracks: tuple[Track, ...] = ()

    def __post_init__(self) -> None:
        tracks = tuple(sorted(self.tracks, key=lambda track: track.track_id))
        for earlier, later in pairwise(tracks):
            if earlier.track_id == later.track_id:
                raise DuplicateTrackError(
                    f"two tracks have the id {later.track_id} (categories {earlier.category!r} and "
                    f"{later.category!r}): give one of them another id"
                )
        object.__setattr__(self, "tracks", tracks)

    @property
    def categories(self) -> tuple[str, ...]:
        """The category names in use, each once, in alphabetical order."""
        return tuple(sorted({track.category for track in self.tracks}))

    @property
    def track_ids(self) -> tuple[int, ...]:
        """The ids of all tracks, ascending."""
        return tuple(track.track_id for track in self.tracks)

    def track(self, track_id: int) -> Track:
        """The track with this id.

        Raises:
            UnknownTrackError: There is none.
        """
        for track in self.tracks:
            if track.track_id == track_id:
                return track
        raise UnknownTrackError(f"no track has the id {track_id}: the ids are {_listed(self.track_ids)}")

    def with_track(self, track: Track) -> "Annotations":
        """These annotations with `track` added, or put in the place of the track with its id."""
        others = (other for other in self.tracks if other.track_id != track.track_id)
        return Annotations((*others, track))

    def without_track(self, track_id: int) -> "Annotations":
        """These annotations less the track with this id.

        Raises:
            UnknownTrackError: There is none.
        """
        gone = self.track(track_id)
        return Annotations(tuple(track for track in self.tracks if track is not gone))


def parse_frame_index(frame_index: SupportsIndex) -> int:
    """A frame index from 0, as a plain int, or InvalidFrameError."""
    try:
        parsed = operator.index(frame_index)
    except TypeError as error:
        raise InvalidFrameError(
            f"frame index {frame_index!r} is no whole number: frames are counted 0, 1, 2, ..."
        ) from error
    if parsed < 0:
        raise InvalidFrameError(f"frame index {parsed} is negative: frames are counted from 0")
    return parsed


def parse_box_xyxy(box_xyxy: Sequence[float]) -> BoxXyxy:
    """A finite box that covers something, as four plain floats, or InvalidBoxError."""
    if len(box_xyxy) != 4:
        raise InvalidBoxError(f"box {box_xyxy!r} has {len(box_xyxy)} numbers: give (x0, y0, x1, y1)")
    x0, y0, x1, y1 = map(float, box_xyxy)
    if not (math.isfinite(x0) and math.isfinite(y0) and math.isfinite(x1) and math.isfinite(y1)):
        raise InvalidBoxError(f"box ({x0}, {y0}, {x1}, {y1}) is not finite: give four pixel coordinates")
    if max(map(abs, (x0, y0, x1, y1))) > MAX_COORDINATE:
        raise InvalidBoxError(
            f"box ({x0}, {y0}, {x1}, {y1}) reaches beyond {MAX_COORDINATE:.0f} pixels: give pixel coordinates"
        )
    if x1 <= x0:
        raise InvalidBoxError(
            f"x1 {x1} is not right of x0 {x0}: give the box as x0, y0, x1, y1 with x0 < x1, in pixels"
        )
    if y1 <= y0:
        raise InvalidBoxError(f"y1 {y1} is not below y0 {y0}: give the box as x0, y0, x1, y1 with y0 < y1, in pixels")
    return x0, y0, x1, y1


def parse_track_id(track_id: SupportsIndex) -> int:
    """A track id in 1..65535, as a plain int, or InvalidTrackIdError."""
    try:
        parsed = operator.index(track_id)
    except TypeError as error:
        raise InvalidTrackIdError(f"track id {track_id!r} is no whole number: ids are 1 to {MAX_TRACK_ID}") from error
    if not 1 <= parsed <= MAX_TRACK_ID:
        raise InvalidTrackIdError(
            f"track id {parsed} is outside 1..{MAX_TRACK_ID}: 0 is background in a mask, and a mask holds "
            f"no number above {MAX_TRACK_ID}; renumber the tracks from 1"
        )
    return parsed


def parse_category(category: str) -> str:
    """A category name that survives any text file, or InvalidCategoryError."""
    if not category.strip():
        raise InvalidCategoryError(f"category {category!r} is empty: name what the object is, such as 'cell'")
    if category != category.strip():
        raise InvalidCategoryError(f"category {category!r} begins or ends with a space: remove it")
    if any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in category):
        raise InvalidCategoryError(
            f"category {category!r} holds a line break or control character: use one line of text"
        )
    return category


def parse_attributes(attributes: Iterable[tuple[str, str]]) -> Attributes:
    """Attributes sorted by name, or InvalidAttributeError.

    Values may hold line breaks and tabs; no other control characters, which XML cannot hold.
    """
    parsed = tuple(sorted((str(name), str(value)) for name, value in attributes))
    for name, value in parsed:
        if not name.strip():
            raise InvalidAttributeError(f"an attribute of value {value!r} has no name: give it one")
        if any(_unwritable(character) for character in name + value):
            raise InvalidAttributeError(f"attribute {name!r}: {value!r} holds a control character: remove it")
    for (name, value), (following, other) in pairwise(parsed):
        if name == following:
            raise InvalidAttributeError(f"attribute {name!r} is given twice, as {value!r} and {other!r}: keep one")
    return parsed


def _unwritable(character: str) -> bool:
    return character not in "\n\t" and (unicodedata.category(character) in {"Cc", "Cs"} or character in "\ufffe\uffff")


def _frame_index_of(keyframe: Keyframe) -> int:
    return keyframe.frame_index


def _listed(ids: tuple[int, ...]) -> str:
    shown = ", ".join(map(str, ids[:10])) + (", ..." if len(ids) > 10 else "")
    return shown or "none yet"
