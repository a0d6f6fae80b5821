"""From the rows of a file, one box each, to tracks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from operator import attrgetter
from pathlib import Path

from mfvis_engine.annotation import (
    AnnotationError,
    Annotations,
    Attributes,
    BoxXyxy,
    Keyframe,
    KeyframeOrigin,
    Track,
)
from mfvis_engine.formats.errors import FormatError

DEFAULT_CATEGORY = "object"


@dataclass(frozen=True, slots=True)
class BoxRow:
    """One row, with its place in the file so that errors can name it.

    Attributes:
        place: Where it is in the file, such as `line 3`.
        track_id: Track.
        frame_index: Frame, from 0.
        box_xyxy: None, with `outside`, for the box of the keyframe before.
        category: Empty for the category of the track's other rows.
        occluded: As in `Keyframe`.
        outside: As in `Keyframe`.
        origin: As in `Keyframe`.
        attributes: As in `Keyframe`.
        track_attributes: As in `Track`; empty for those of the track's other rows.
    """

    place: str
    track_id: int
    frame_index: int
    box_xyxy: BoxXyxy | None
    category: str = ""
    occluded: bool = False
    outside: bool = False
    origin: KeyframeOrigin = KeyframeOrigin.IMPORTED
    attributes: Attributes = ()
    track_attributes: Attributes = ()


def annotations_from_rows(path: Path, rows: Iterable[BoxRow], *, gaps_outside: bool = False) -> Annotations:
    """Tracks of rows in any order.

    Args:
        path: The file, named in errors.
        rows: At most one a track and frame.
        gaps_outside: Put every track outside in the frames between its rows; see `with_gaps_outside`.

    Raises:
        FormatError: A row is wrong or contradicts another; names file, place and value.
    """
    ordered = sorted(rows, key=attrgetter("track_id", "frame_index"))
    tracks = []
    for track_id, group in groupby(ordered, attrgetter("track_id")):
        rows_of_track = list(group)
        keyframes = _keyframes(path, rows_of_track)
        category = _category(path, rows_of_track)
        keyframes = with_gaps_outside(keyframes) if gaps_outside else keyframes
        try:
            tracks.append(Track(track_id, category, keyframes, _track_attributes(path, rows_of_track)))
        except AnnotationError as error:
            raise FormatError(f"{path.name} {rows_of_track[0].place}: {error}") from error
    return Annotations(tuple(tracks))


def with_gaps_outside(keyframes: Sequence[Keyframe]) -> tuple[Keyframe, ...]:
    """Keyframes that stand for their own frames alone.

    Where frames are missing between two keyframes, a keyframe with `outside` is put into the first missing
    frame, holding the box before it: interpolation then fills nothing.

    Args:
        keyframes: In the order of their frames.
    """
    closed: list[Keyframe] = []
    for here, following in pairwise(keyframes):
        closed.append(here)
        if following.frame_index > here.frame_index + 1:
            closed.append(Keyframe(here.frame_index + 1, here.box_xyxy, outside=True, origin=here.origin))
    return (*closed, *keyframes[-1:])


def rounded_box_xyxy(box_xyxy: Iterable[float]) -> BoxXyxy:
    """A box to 1/1000 pixel, which covers something still."""
    x0, y0, x1, y1 = (round(edge, 3) for edge in box_xyxy)
    return x0, y0, max(x1, round(x0 + 0.001, 3)), max(y1, round(y0 + 0.001, 3))


def _keyframes(path: Path, rows: Sequence[BoxRow]) -> tuple[Keyframe, ...]:
    """Keyframes of one track's rows, in the order of their frames."""
    keyframes: list[Keyframe] = []
    for before, row in zip((None, *rows), rows, strict=False):
        try:
            if before:
                _check_neighbours(before, row)
            keyframes.append(_keyframe(row, keyframes))
        except (FormatError, AnnotationError) as error:
            raise FormatError(f"{path.name} {row.place}: {error}") from error
    return tuple(keyframes)


def _category(path: Path, rows: Sequence[BoxRow]) -> str:
    """The one category that the rows of a track name."""
    naming = [row for row in rows if row.category]
    for row in naming:
        if row.category != naming[0].category:
            raise FormatError(
                f"{path.name} {row.place}: category {row.category!r}, but track {row.track_id} is a "
                f"{naming[0].category!r} in {naming[0].place}: give a track one category"
            )
    return naming[0].category if naming else DEFAULT_CATEGORY


def _track_attributes(path: Path, rows: Sequence[BoxRow]) -> Attributes:
    """The attributes that the rows of a track give it."""
    naming = [row for row in rows if row.track_attributes]
    for row in naming:
        if row.track_attributes != naming[0].track_attributes:
            raise FormatError(
                f"{path.name} {row.place}: attributes {dict(row.track_attributes)}, but track {row.track_id} has "
                f"{dict(naming[0].track_attributes)} in {naming[0].place}: give a track the same in all its rows"
            )
    return naming[0].track_attributes if naming else ()


def _check_neighbours(before: BoxRow, row: BoxRow) -> None:
    if before.frame_index == row.frame_index:
        raise FormatError(
            f"track {row.track_id} has a box in frame {row.frame_index} already, in {before.place}: keep one of the two"
        )


def _keyframe(row: BoxRow, earlier: Sequence[Keyframe]) -> Keyframe:
    if row.box_xyxy is None and not earlier:
        raise FormatError("outside without a box, and no keyframe before it to take one from: give a box")
    box_xyxy = earlier[-1].box_xyxy if row.box_xyxy is None else row.box_xyxy
    return Keyframe(row.frame_index, box_xyxy, row.outside, row.occluded, row.origin, row.attributes)
