"""Boxes of the MOT Challenge's text files: `frame,id,left,top,width,height[,confidence,...]`.

Frames count from 1 in the file and from 0 here. Every row is a box that is there; there is no mark for a
track that left. Ground truth files have nine columns, of which the seventh is 1 (count the box) or 0
(ignore it), the eighth a class, from 1, and the ninth how much can be seen, 0 to 1. Names of classes are
in a file of their own, one a line.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import numpy as np

from mfvis_engine.annotation import Annotations, DenseBoxes, interpolate
from mfvis_engine.formats.atomic import replaced_when_done
from mfvis_engine.formats.box_rows import DEFAULT_CATEGORY, BoxRow, annotations_from_rows, rounded_box_xyxy
from mfvis_engine.formats.errors import FormatError, VerificationError
from mfvis_engine.formats.text_file import parse_number, parse_whole, read_text

BOX_COLUMNS = ("left", "top", "width", "height")
CONFIDENCE_COLUMN = 6
CLASS_COLUMN = 7
VISIBILITY_COLUMN = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class MotOptions:
    """How to read a MOT file.

    Attributes:
        min_confidence: Leave out rows whose seventh column is less. None keeps every row.
        bridge_gaps: Interpolate over frames in which a track has no row. Otherwise the track is outside
            in them.
        first_pixel: The coordinate of the picture's first pixel: 0, or 1 as in the MOT Challenge's own
            ground truth.
        class_names: Names of the classes 1, 2, ... in the eighth column. Without them every track has the
            category `category`.
        category: The category of tracks when there are no class names.
    """

    min_confidence: float | None = None
    bridge_gaps: bool = False
    first_pixel: int = 0
    class_names: Sequence[str] = ()
    category: str = DEFAULT_CATEGORY


def read_mot(path: Path | str, options: MotOptions | None = None) -> Annotations:
    """Read the tracks of a MOT file; every row is a keyframe.

    Where a track has no row for one or more frames between two rows, it is outside in those frames, unless
    `options.bridge_gaps` asks to interpolate over them. Where nothing of it can be seen, it is occluded.

    Raises:
        FormatError: The file cannot be read, or a row is wrong; names file, line and value.
    """
    path, options = Path(path), options or MotOptions()
    return annotations_from_rows(path, _rows(path, options), gaps_outside=not options.bridge_gaps)


def read_mot_labels(path: Path | str) -> tuple[str, ...]:
    """The names of the classes 1, 2, ..., for `MotOptions.class_names`.

    Raises:
        FormatError: The file cannot be read.
    """
    return tuple(line.strip() for line in read_text(Path(path)).splitlines() if line.strip())


def write_mot(path: Path | str, annotations: Annotations, *, length: int, first_pixel: int = 0) -> tuple[str, ...]:
    """Write every box of every frame, drawn and interpolated, as ground truth: frame by frame, to 1/1000 pixel.

    The classes are the categories in alphabetical order; what is occluded has the visibility 0, all else 1.

    Args:
        path: Of the boxes, such as `gt.txt`.
        annotations: The tracks.
        length: Frames of the video.
        first_pixel: As in `MotOptions`.

    Returns:
        The names of the classes, for `write_mot_labels`.

    Raises:
        FormatError: The file cannot be written.
        InvalidFrameError: A keyframe lies past the end of the video.
        VerificationError: What was written does not read back equal.
    """
    path, dense_boxes, classes = Path(path), interpolate(annotations, length), annotations.categories
    options = MotOptions(first_pixel=first_pixel, class_names=classes)
    with replaced_when_done(path) as unfinished:
        with unfinished.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(_text(row, options) for row in _dense_rows(dense_boxes))
        for read, row in zip_longest(_rows(unfinished, options), _dense_rows(dense_boxes)):
            if read is None or row is None or _text(read, options) != _text(row, options):
                raise VerificationError(f"{path} did not read back as written: nothing was changed; try again")
    return classes


def write_mot_labels(path: Path | str, class_names: Iterable[str]) -> None:
    """Write the names of the classes 1, 2, ..., one a line.

    Raises:
        FormatError: The file cannot be written.
        VerificationError: What was written does not read back equal.
    """
    class_names = tuple(class_names)
    with replaced_when_done(Path(path)) as unfinished:
        unfinished.write_text("".join(f"{name}\n" for name in class_names), encoding="utf-8", newline="\n")
        if read_mot_labels(unfinished) != class_names:
            raise VerificationError(f"{path} did not read back as written: give each class one line of text")


def _dense_rows(dense_boxes: DenseBoxes) -> Iterator[BoxRow]:
    """The rows of a file, in the order of frames and track ids."""
    line = 0
    for frame_index, present in enumerate(dense_boxes.present.T):
        for row in np.flatnonzero(present):
            line += 1
            yield BoxRow(
                place=f"line {line}",
                track_id=int(dense_boxes.track_ids[row]),
                frame_index=frame_index,
                box_xyxy=rounded_box_xyxy(dense_boxes.boxes_xyxy[row, frame_index].tolist()),
                category=dense_boxes.categories[row],
                occluded=bool(dense_boxes.occluded[row, frame_index]),
            )


def _text(row: BoxRow, options: MotOptions) -> str:
    """The line of a row that has a box."""
    x0, y0, x1, y1 = row.box_xyxy or (0, 0, 0, 0)
    box = (x0 + options.first_pixel, y0 + options.first_pixel, x1 - x0, y1 - y0)
    numbers = ",".join(f"{number:.3f}".rstrip("0").rstrip(".") for number in box)
    class_number = options.class_names.index(row.category) + 1
    return f"{row.frame_index + 1},{row.track_id},{numbers},1,{class_number},{int(not row.occluded)}\n"


def _rows(path: Path, options: MotOptions) -> Iterator[BoxRow]:
    for line, text in enumerate(read_text(path).splitlines(), start=1):
        cells = text.split(",") if "," in text else text.split()
        if not cells:
            continue
        try:
            if _is_wanted(cells, options):
                yield _parse_row(line, cells, options)
        except FormatError as error:
            raise FormatError(f"{path.name} line {line}: {error}") from error


def _is_wanted(cells: list[str], options: MotOptions) -> bool:
    if options.min_confidence is None:
        return True
    return parse_number("confidence", _cell(cells, CONFIDENCE_COLUMN)) >= options.min_confidence


def _parse_row(line: int, cells: list[str], options: MotOptions) -> BoxRow:
    frame = parse_whole("frame", _cell(cells, 0))
    if frame < 1:
        raise FormatError(f"frame {frame}: frames count from 1 in MOT files; add 1 to all of them")
    left, top, width, height = (
        parse_number(name, _cell(cells, column)) for column, name in enumerate(BOX_COLUMNS, start=2)
    )
    if not (width > 0 and height > 0):
        raise FormatError(f"width {width} and height {height} must both be above 0: remove the row or mend it")
    x0, y0 = left - options.first_pixel, top - options.first_pixel
    return BoxRow(
        place=f"line {line}",
        track_id=_parse_id(_cell(cells, 1)),
        frame_index=frame - 1,
        box_xyxy=(x0, y0, x0 + width, y0 + height),
        category=_category(cells, options),
        occluded=_is_hidden(cells),
    )


def _is_hidden(cells: list[str]) -> bool:
    """Whether a row of ground truth says that nothing can be seen; results have other columns there."""
    is_ground_truth = len(cells) == VISIBILITY_COLUMN + 1
    return is_ground_truth and parse_number("visibility", cells[VISIBILITY_COLUMN]) == 0


def _parse_id(text: str) -> int:
    track_id = parse_whole("id", text)
    if track_id == -1:
        raise FormatError("id -1 marks a detection that belongs to no track: give a file of tracks")
    return track_id


def _category(cells: list[str], options: MotOptions) -> str:
    if not options.class_names:
        return options.category
    number = parse_whole("class", _cell(cells, CLASS_COLUMN))
    if not 1 <= number <= len(options.class_names):
        raise FormatError(f"class {number}, but {len(options.class_names)} class names were given: name them all")
    return options.class_names[number - 1]


def _cell(cells: list[str], column: int) -> str:
    if column >= len(cells):
        raise FormatError(
            f"{len(cells)} values, but column {column + 1} is needed: "
            f"a row is frame,id,left,top,width,height[,confidence,...]"
        )
    return cells[column]
