"""The rows of a MOTS text file, each one object in one frame."""

from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

from mfvis_engine.formats.errors import FormatError, RleError
from mfvis_engine.formats.label_images import MAX_LABEL
from mfvis_engine.formats.rle import Rle
from mfvis_engine.formats.text_file import in_line, parse_whole, read_text

COLUMNS = ("frame", "id", "class", "height", "width", "code")
IGNORE_CLASS, IGNORE_ID = 10, 10_000
"""Pixels that an evaluation leaves out."""

MAX_FRAMES = 1_000_000
"""No video is longer; a wrong number in a row must not ask for masks without end."""


@dataclass(frozen=True, slots=True)
class MotsRow:
    """An object in one frame.

    Attributes:
        line: Line number, from 1.
        frame_index: From 0.
        track_id: The id in the file, 1..65535.
        class_id: From 1.
        mask: The object's pixels.
    """

    line: int
    frame_index: int
    track_id: int
    class_id: int
    mask: Rle

    def text(self, first_frame: int) -> str:
        """The row as a file has it whose frames count from `first_frame`."""
        size = f"{self.mask.height} {self.mask.width}"
        return (
            f"{first_frame + self.frame_index} {self.track_id} {self.class_id} {size} {self.mask.compressed_counts()}\n"
        )


def read_mots_rows(path: Path, first_frame: int) -> tuple[MotsRow, ...]:
    """The rows, sorted by frame and id, of a file whose frames count from `first_frame`.

    Raises:
        FormatError: The file cannot be read, or a row is wrong or contradicts another; names file, line and
            value.
    """
    rows = []
    lines: dict[tuple[int, int], int] = {}
    first_of_track: dict[int, MotsRow] = {}
    for line, text in enumerate(read_text(path).splitlines(), start=1):
        if not text.strip():
            continue
        with in_line(path, line):
            row = _parse_row(line, text.split(), first_frame)
            _check_class(row, first_of_track.setdefault(row.track_id, row))
            before = lines.setdefault((row.frame_index, row.track_id), line)
            if before != line:
                raise FormatError(
                    f"id {row.track_id} has a mask in frame {row.frame_index} already, in line {before}: keep one"
                )
        rows.append(row)
    return sorted_rows(rows)


def sorted_rows(rows: Iterable[MotsRow]) -> tuple[MotsRow, ...]:
    """Rows sorted by frame and id."""
    return tuple(sorted(rows, key=attrgetter("frame_index", "track_id")))


def _parse_row(line: int, cells: list[str], first_frame: int) -> MotsRow:
    if len(cells) != len(COLUMNS):
        raise FormatError(f"{len(cells)} values, but a row has {len(COLUMNS)}: {' '.join(COLUMNS)}")
    frame, track_id, class_id, height, width = map(parse_whole, COLUMNS, cells[:5])
    for name, value, low, high in (
        ("frame", frame, first_frame, first_frame + MAX_FRAMES - 1),
        ("id", track_id, 1, MAX_LABEL),
        ("class", class_id, 1, MAX_LABEL),
    ):
        if not low <= value <= high:
            raise FormatError(f"{name} {value} is outside {low}..{high}: mend the row or remove it")
    if (track_id == IGNORE_ID) != (class_id == IGNORE_CLASS):
        raise FormatError(f"id {track_id} of class {class_id}: {IGNORE_ID} and class {IGNORE_CLASS} go together")
    try:
        mask = Rle.from_compressed(height, width, cells[5])
    except RleError as error:
        raise FormatError(f"id {track_id} in frame {frame} has no mask: {error}") from error
    return MotsRow(line, frame - first_frame, track_id, class_id, mask)


def _check_class(row: MotsRow, first: MotsRow) -> None:
    if row.class_id != first.class_id:
        raise FormatError(
            f"id {row.track_id} is of class {row.class_id}, but of class {first.class_id} in line {first.line}: "
            f"give an object one class"
        )
