"""Boxes of the MOT Challenge's text files: `frame,id,left,top,width,height[,confidence,...]`.

Frames count from 1 in the file and from 0 here. Every row is a box that is there; there is no mark for a
track that left. Ground truth files have nine columns, of which the seventh is 1 (count the box) or 0
(ignore it) and the eighth a class.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mfvis_engine.annotation import Annotations
from mfvis_engine.formats.box_rows import DEFAULT_CATEGORY, BoxRow, annotations_from_rows
from mfvis_engine.formats.errors import FormatError
from mfvis_engine.formats.text_file import parse_number, parse_whole, read_text

BOX_COLUMNS = ("left", "top", "width", "height")
CONFIDENCE_COLUMN = 6
CLASS_COLUMN = 7


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
    `options.bridge_gaps` asks to interpolate over them.

    Raises:
        FormatError: The file cannot be read, or a row is wrong; names file, line and value.
    """
    path, options = Path(path), options or MotOptions()
    return annotations_from_rows(path, _rows(path, options), gaps_outside=not options.bridge_gaps)


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
        line=line,
        track_id=_parse_id(_cell(cells, 1)),
        frame_index=frame - 1,
        box_xyxy=(x0, y0, x0 + width, y0 + height),
        category=_category(cells, options),
    )


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
