"""From the rows of a text file, one box each, to tracks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from operator import attrgetter
from pathlib import Path

from mfvis_engine.annotation import AnnotationError, Annotations, BoxXyxy, Keyframe, Track
from mfvis_engine.formats.errors import FormatError

DEFAULT_CATEGORY = "object"


@dataclass(frozen=True, slots=True)
class BoxRow:
    """One row, with its line in the file (from 1) so that errors can name it.

    Attributes:
        line: Line number, from 1.
        track_id: Track.
        frame_index: Frame, from 0.
        box_xyxy: None, with `outside`, for the box of the keyframe before.
        category: Empty for the category of the track's other rows.
        occluded: As in `Keyframe`.
        outside: As in `Keyframe`.
    """

    line: int
    track_id: int
    frame_index: int
    box_xyxy: BoxXyxy | None
    category: str = ""
    occluded: bool = False
    outside: bool = False


def annotations_from_rows(path: Path, rows: Iterable[BoxRow], *, gaps_outside: bool = False) -> Annotations:
    """Tracks of rows in any order.

    Args:
        path: The file, named in errors.
        rows: At most one a track and frame.
        gaps_outside: Put every track outside in the frames between its rows; see `with_gaps_outside`.

    Raises:
        FormatError: A row is wrong or contradicts another; names file, line and value.
    """
    ordered = sorted(rows, key=attrgetter("track_id", "frame_index", "line"))
    tracks = []
    for track_id, group in groupby(ordered, attrgetter("track_id")):
        rows_of_track = list(group)
        keyframes = _keyframes(path, rows_of_track)
        category = _category(path, rows_of_track)
        keyframes = with_gaps_outside(keyframes) if gaps_outside else keyframes
        try:
            tracks.append(Track(track_id, category, keyframes))
        except AnnotationError as error:
            raise FormatError(f"{path.name} line {rows_of_track[0].line}: {error}") from error
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
            closed.append(Keyframe(here.frame_index + 1, here.box_xyxy, outside=True))
    return (*closed, *keyframes[-1:])


def _keyframes(path: Path, rows: Sequence[BoxRow]) -> tuple[Keyframe, ...]:
    """Keyframes of one track's rows, in the order of their frames."""
    keyframes: list[Keyframe] = []
    for before, row in zip((None, *rows), rows, strict=False):
        try:
            if before:
                _check_neighbours(before, row)
            keyframes.append(_keyframe(row, keyframes))
        except (FormatError, AnnotationError) as error:
            raise FormatError(f"{path.name} line {row.line}: {error}") from error
    return tuple(keyframes)


def _category(path: Path, rows: Sequence[BoxRow]) -> str:
    """The one category that the rows of a track name."""
    naming = [row for row in rows if row.category]
    for row in naming:
        if row.category != naming[0].category:
            raise FormatError(
                f"{path.name} line {row.line}: category {row.category!r}, but track {row.track_id} is a "
                f"{naming[0].category!r} in line {naming[0].line}: give a track one category"
            )
    return naming[0].category if naming else DEFAULT_CATEGORY


def _check_neighbours(before: BoxRow, row: BoxRow) -> None:
    if before.frame_index == row.frame_index:
        raise FormatError(
            f"track {row.track_id} has a box in frame {row.frame_index} already, in line {before.line}: "
            f"keep one of the two lines"
        )


def _keyframe(row: BoxRow, earlier: Sequence[Keyframe]) -> Keyframe:
    if row.box_xyxy is None and not earlier:
        raise FormatError("outside without a box, and no keyframe before it to take one from: give a box")
    box_xyxy = earlier[-1].box_xyxy if row.box_xyxy is None else row.box_xyxy
    return Keyframe(row.frame_index, box_xyxy, outside=row.outside, occluded=row.occluded)
