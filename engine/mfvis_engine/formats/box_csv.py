"""Box keyframes as CSV: `track_id,frame,x0,y0,x1,y1[,category,occluded,outside,origin,attributes,track_attributes]`.

A row is a keyframe; frames count from 0; boxes are pixel edges. The first row names the columns, in any
order; without it they are taken in the order above. A track's category may be given in any of its rows; a
track without one is an "object". `occluded` and `outside` are 0 or 1. A row with `outside` may leave its box
empty: it is then the box of the keyframe before. `origin` is drawn, interpolated, imported or predicted;
imported where the file does not say. Attributes of the keyframe and of its track are JSON objects of text.
"""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

from mfvis_engine.annotation import Annotations, Attributes, BoxXyxy, KeyframeOrigin
from mfvis_engine.formats.atomic import replaced_when_done
from mfvis_engine.formats.box_rows import BoxRow, annotations_from_rows
from mfvis_engine.formats.errors import FormatError, VerificationError
from mfvis_engine.formats.json_file import parse_json
from mfvis_engine.formats.json_stream import named_values
from mfvis_engine.formats.text_file import parse_number, parse_whole, read_text

BOX_COLUMNS = ("x0", "y0", "x1", "y1")
REQUIRED_COLUMNS = ("track_id", "frame", *BOX_COLUMNS)
ATTRIBUTE_COLUMNS = ("attributes", "track_attributes")
OPTIONAL_COLUMNS = ("category", "occluded", "outside", "origin", *ATTRIBUTE_COLUMNS)


def read_box_csv(path: Path | str) -> Annotations:
    """Read tracks of box keyframes.

    Raises:
        FormatError: The file cannot be read, or a row is wrong; names file, line and value.
    """
    path = Path(path)
    return annotations_from_rows(path, _rows(path))


def write_box_csv(path: Path | str, annotations: Annotations) -> None:
    """Write all keyframes, so that `read_box_csv` gives them back exactly.

    The columns of attributes are left out where there are none. The file takes its place only after it has
    been read back and compared.

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
            columns = (*REQUIRED_COLUMNS, *OPTIONAL_COLUMNS)
            count = len(columns) if _has_attributes(annotations) else len(columns) - len(ATTRIBUTE_COLUMNS)
            writer.writerow(columns[:count])
            writer.writerows(cells[:count] for cells in _cells(annotations))
        if read_box_csv(unfinished) != annotations:
            raise VerificationError(f"{path} did not read back as written: nothing was changed; try again")


def _cells(annotations: Annotations) -> Iterator[tuple[object, ...]]:
    for track in annotations.tracks:
        for keyframe in track.keyframes:
            yield (
                *(track.track_id, keyframe.frame_index, *keyframe.box_xyxy, track.category),
                *(int(keyframe.occluded), int(keyframe.outside), keyframe.origin.value),
                *(_attributes_cell(keyframe.attributes), _attributes_cell(track.attributes)),
            )


def _attributes_cell(attributes: Attributes) -> str:
    return json.dumps(dict(attributes), ensure_ascii=False) if attributes else ""


def _has_attributes(annotations: Annotations) -> bool:
    return any(
        track.attributes or any(keyframe.attributes for keyframe in track.keyframes) for track in annotations.tracks
    )


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
        place=f"line {line}",
        track_id=parse_whole("track_id", values["track_id"]),
        frame_index=parse_whole("frame", values["frame"]),
        box_xyxy=_parse_box([values[name] for name in BOX_COLUMNS], outside=outside),
        category=values.get("category", ""),
        occluded=_parse_flag("occluded", values.get("occluded", "")),
        outside=outside,
        origin=_parse_origin(values.get("origin", "")),
        attributes=_parse_attributes("attributes", values.get("attributes", "")),
        track_attributes=_parse_attributes("track_attributes", values.get("track_attributes", "")),
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


def _parse_origin(text: str) -> KeyframeOrigin:
    try:
        return KeyframeOrigin(text.lower() or KeyframeOrigin.IMPORTED)
    except ValueError as error:
        raise FormatError(f"origin {text!r} is none of {', '.join(KeyframeOrigin)}") from error


def _parse_attributes(column: str, text: str) -> Attributes:
    if not text:
        return ()
    return tuple((name, value.text()) for name, value in named_values(parse_json(column, text)))
