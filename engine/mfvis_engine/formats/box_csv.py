"""Box keyframes as CSV: `track_id,frame,x0,y0,x1,y1[,category,occluded,outside]`.

A row is a keyframe; frames count from 0; boxes are pixel edges. The first row names the columns, in any
order; without it they are taken in the order above. A track's category may be given in any of its rows; a
track without one is an "object". `occluded` and `outside` are 0 or 1. A row with `outside` may leave its box
empty: it is then the box of the keyframe before.
"""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from mfvis_engine.annotation import Annotations, BoxXyxy
from mfvis_engine.formats.atomic import replaced_when_done
from mfvis_engine.formats.box_rows import BoxRow, annotations_from_rows
from mfvis_engine.formats.errors import FormatError, VerificationError
from mfvis_engine.formats.text_file import parse_number, parse_whole, read_text

BOX_COLUMNS = ("x0", "y0", "x1", "y1")
REQUIRED_COLUMNS = ("track_id", "frame", *BOX_COLUMNS)
OPTIONAL_COLUMNS = ("category", "occluded", "outside")


def read_box_csv(path: Path | str) -> Annotations:
    """Read tracks of box keyframes.

    Raises:
        FormatError: The file cannot be read, or a row is wrong; names file, line and value.
    """
    path = Path(path)
    return annotations_from_rows(path, _rows(path))


def write_box_csv(path: Path | str, annotations: Annotations) -> None:
    """Write all keyframes, so that `read_box_csv` gives them back exactly.

    The file takes its place only after it has been read back and compared.

    Raises:
        FormatError: The file cannot be written, or a track has no keyframe and so no row.
        VerificationError: What was written does not read back.
    """
    for track in annotations.tracks:
        if not track.keyframes:
            raise FormatError(f"track {track.track_id} has no box, so no row can hold it: draw one or remove it")
    with replaced_when_done(Path(path)) as unfinished:
        with unfinished.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow((*REQUIRED_COLUMNS, *OPTIONAL_COLUMNS))
            writer.writerows(_cells(annotations))
        if read_box_csv(unfinished) != annotations:
            raise VerificationError(f"{path} did not read back as written: nothing was changed; try again")


def _cells(annotations: Annotations) -> Iterator[tuple[object, ...]]:
    for track in annotations.tracks:
        for keyframe in track.keyframes:
            flags = (int(keyframe.occluded), int(keyframe.outside))
            yield (track.track_id, keyframe.frame_index, *keyframe.box_xyxy, track.category, *flags)


def _rows(path: Path) -> Iterator[BoxRow]:
    reader = csv.reader(io.StringIO(read_text(path), newline=""), strict=True)
    columns: tuple[str, ...] = ()
    while True:
        try:
            cells = next(reader)
            if not any(cell.strip() for cell in cells):
                continue
            if columns:
                yield _parse_row(reader.line_num, columns, cells)
                continue
            columns = _columns(cells)
            if _is_data(cells):
                yield _parse_row(reader.line_num, columns, cells)
        except StopIteration:
            break
        except (FormatError, csv.Error) as error:
            raise FormatError(f"{path.name} line {reader.line_num}: {error}") from error
    if not columns:
        raise FormatError(f"{path.name} is empty: its first line names the columns {','.join(REQUIRED_COLUMNS)}")


def _columns(first_row: list[str]) -> tuple[str, ...]:
    every = (*REQUIRED_COLUMNS, *OPTIONAL_COLUMNS)
    if _is_data(first_row):
        return every
    columns = tuple(cell.strip().lower() for cell in first_row)
    missing = [name for name in REQUIRED_COLUMNS if name not in columns]
    if missing:
        raise FormatError(
            f"the columns are {', '.join(columns)}; {', '.join(missing)} missing: name the columns "
            f"{','.join(REQUIRED_COLUMNS)}[,{','.join(OPTIONAL_COLUMNS)}]"
        )
    repeated = sorted({name for name in columns if name in every and columns.count(name) > 1})
    if repeated:
        raise FormatError(f"column {', '.join(repeated)} comes more than once: keep one")
    return columns


def _is_data(first_row: list[str]) -> bool:
    return first_row[0].strip().lstrip("+-").replace(".", "", 1).isdigit()


def _parse_row(line: int, columns: tuple[str, ...], cells: list[str]) -> BoxRow:
    values = dict(zip(columns, (cell.strip() for cell in cells), strict=False))
    absent = [name for name in REQUIRED_COLUMNS if name not in values]
    if absent or len(cells) > len(columns):
        raise FormatError(f"{len(cells)} values for the {len(columns)} columns {', '.join(columns)}")
    outside = _parse_flag("outside", values.get("outside", ""))
    return BoxRow(
        line=line,
        track_id=parse_whole("track_id", values["track_id"]),
        frame_index=parse_whole("frame", values["frame"]),
        box_xyxy=_parse_box([values[name] for name in BOX_COLUMNS], outside=outside),
        category=values.get("category", ""),
        occluded=_parse_flag("occluded", values.get("occluded", "")),
        outside=outside,
    )


def _parse_box(cells: list[str], *, outside: bool) -> BoxXyxy | None:
    if outside and not any(cells):
        return None
    x0, y0, x1, y1 = map(parse_number, BOX_COLUMNS, cells)
    return x0, y0, x1, y1


def _parse_flag(name: str, text: str) -> bool:
    if text.lower() in {"1", "true", "yes"}:
        return True
    if text.lower() in {"", "0", "false", "no"}:
        return False
    raise FormatError(f"{name} {text!r} is neither 0 nor 1")
