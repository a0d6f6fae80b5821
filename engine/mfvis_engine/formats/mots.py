"""Masks of the MOTS Challenge and KITTI MOTS: `frame id class height width code`, or 16-bit PNGs of the same ids.

A row is one object in one frame, with its mask as a compressed run-length code. Frames count from 0, or from 1
in the MOTS Challenge. An id is 1000 times the class plus a number; id 10000 of class 10 marks pixels that an
evaluation leaves out. Masks of one frame do not overlap.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.annotation import Annotations
from mfvis_engine.formats.atomic import replaced_when_done
from mfvis_engine.formats.errors import FormatError, VerificationError
from mfvis_engine.formats.label_images import (
    Labels,
    numbered_files,
    of_one_size,
    read_frames,
    read_label_png,
    unknown_track,
)
from mfvis_engine.formats.label_runs import encode_labels, pixels_down_columns, rows_of_columns
from mfvis_engine.formats.mots_rows import IGNORE_CLASS, IGNORE_ID, MotsRow, read_mots_rows, sorted_rows

IDS_OF_CLASS = 1000


@dataclass(frozen=True, slots=True)
class MotsTrack:
    """An object of a MOTS file.

    Attributes:
        track_id: The id in the file, 1..65535; the label of the masks that are read.
        class_id: Its class, from 1.
    """

    track_id: int
    class_id: int


@dataclass(frozen=True, slots=True)
class MotsVideo:
    """What a MOTS file holds; the masks stay codes until they are asked for.

    Attributes:
        file_name: For errors.
        length: Frames.
        height: Rows.
        width: Columns.
        tracks: Sorted by id, without the pixels to leave out.
        rows: Sorted by frame.
    """

    file_name: str
    length: int
    height: int
    width: int
    tracks: tuple[MotsTrack, ...]
    rows: tuple[MotsRow, ...]

    def label_masks(self, *, keep_ignored: bool = False) -> Iterator[Labels]:
        """The masks of every frame, one at a time.

        Args:
            keep_ignored: Label pixels that an evaluation leaves out with 10000 instead of 0.

        Yields:
            (height, width) uint16, the track id of each pixel.

        Raises:
            FormatError: Two masks of a frame overlap.
        """
        frames = {frame: tuple(rows) for frame, rows in groupby(self.rows, attrgetter("frame_index"))}
        for frame_index in range(self.length):
            columns = np.zeros(self.width * self.height, np.uint16)
            for row in frames.get(frame_index, ()):
                self._paint(columns, row)
            if not keep_ignored:
                columns[columns == IGNORE_ID] = 0
            yield rows_of_columns(columns, self.height, self.width)

    def _paint(self, columns: Labels, row: MotsRow) -> None:
        pixels = pixels_down_columns(row.mask)
        taken = columns[pixels]
        if taken.any():
            raise FormatError(
                f"{self.file_name} line {row.line}: the mask of id {row.track_id} overlaps that of id "
                f"{taken[taken > 0][0]} in frame {row.frame_index}: a pixel may have one id"
            )
        columns[pixels] = row.track_id


def read_mots(path: Path | str, *, shape: tuple[int, int, int] | None = None, first_frame: int = 0) -> MotsVideo:
    """Read a MOTS text file.

    Args:
        path: The file; rows may be in any order.
        shape: (frames, height, width) of the video, which a file without objects does not tell. Without it,
            the video ends with the last frame that has a row.
        first_frame: The number of the first frame: 0 in KITTI MOTS, 1 in the MOTS Challenge.

    Raises:
        FormatError: The file cannot be read, or a row is wrong or contradicts another; names file, line and
            value.
    """
    path = Path(path)
    rows = read_mots_rows(path, first_frame)
    length, height, width = shape or _shape(path, rows)
    for row in rows:
        _check_fits(path, row, length, height, width)
    objects = {row.track_id: row.class_id for row in rows if row.track_id != IGNORE_ID}
    tracks = tuple(MotsTrack(*item) for item in sorted(objects.items()))
    return MotsVideo(path.name, length, height, width, tracks, rows)


def write_mots(
    path: Path | str,
    label_masks: Iterable[NDArray[np.integer]],
    annotations: Annotations,
    class_names: Sequence[str] = (),
    *,
    first_frame: int = 0,
) -> int:
    """Write the label masks of a video, one frame at a time.

    A track id that is 1000 times its class plus a number already is kept, so that what was read is written with
    the same ids; any other below 1000 has 1000 times its class added. Tracks without a mask have no row.

    The file takes its place only after it has been read back and compared.

    Args:
        path: The file.
        label_masks: Frames of (H, W); each value is a track id, 0 background.
        annotations: The tracks, which name every id in the masks.
        class_names: Names of the classes 1, 2, ...; without them the categories in alphabetical order.
        first_frame: The number of the first frame: 0 in KITTI MOTS, 1 in the MOTS Challenge.

    Returns:
        The number of frames.

    Raises:
        FormatError: Ids or categories that the format cannot hold, an id that no track has, or frames of
            different sizes.
        WriteError: The disk is full, or the system refuses the file.
        VerificationError: What was written does not read back.
    """
    path = Path(path)
    objects = _objects(annotations, class_names or annotations.categories)
    with replaced_when_done(path) as unfinished:
        with unfinished.open("w", encoding="ascii", newline="\n") as file:
            rows, length = _write_rows(file, label_masks, objects, first_frame)
        if read_mots_rows(unfinished, first_frame) != rows:
            raise VerificationError(f"{path} did not read back as written: nothing was changed; try again")
    return length


def read_mots_pngs(
    folder: Path | str, *, first_frame: int | None = None, keep_ignored: bool = False
) -> Iterator[Labels]:
    """The label masks of a folder of MOTS PNGs: 16 bits, each value an id.

    Args:
        folder: With one PNG a frame, numbered without gaps.
        first_frame: The number that the first must have; None for any.
        keep_ignored: Leave 10000 where an evaluation leaves pixels out, instead of 0.

    Yields:
        (H, W) uint16, the track id of each pixel.

    Raises:
        FormatError: The folder holds no PNG, a number is missing, a file is no such PNG, or sizes differ.
    """
    for labels in read_frames(numbered_files(Path(folder), ".png", first=first_frame), read_label_png):
        if not keep_ignored:
            labels[labels == IGNORE_ID] = 0
        yield labels


def _write_rows(
    file: TextIO, label_masks: Iterable[NDArray[np.integer]], objects: Mapping[int, MotsTrack], first_frame: int
) -> tuple[tuple[MotsRow, ...], int]:
    """Write the rows of all frames; gives them and the number of frames."""
    rows: list[MotsRow] = []
    length = 0
    for frame_index, labels in enumerate(of_one_size(label_masks)):
        for track_id, mask in encode_labels(labels):
            if track_id not in objects:
                raise unknown_track(frame_index, track_id)
            found = objects[track_id]
            rows.append(MotsRow(len(rows) + 1, frame_index, found.track_id, found.class_id, mask))
            file.write(rows[-1].text(first_frame))
        length = frame_index + 1
    return sorted_rows(rows), length


def _shape(path: Path, rows: Sequence[MotsRow]) -> tuple[int, int, int]:
    if not rows:
        raise FormatError(
            f"{path.name} has no row, so nothing says the size of its video: give frames, height and width"
        )
    return rows[-1].frame_index + 1, rows[0].mask.height, rows[0].mask.width


def _check_fits(path: Path, row: MotsRow, length: int, height: int, width: int) -> None:
    if row.frame_index >= length:
        raise FormatError(f"{path.name} line {row.line}: frame {row.frame_index} from 0, but the video has {length}")
    if (row.mask.height, row.mask.width) != (height, width):
        raise FormatError(
            f"{path.name} line {row.line}: the mask is {row.mask.height} x {row.mask.width}, but the video is "
            f"{height} x {width} (height x width): all masks must have its size"
        )


def _objects(annotations: Annotations, class_names: Sequence[str]) -> dict[int, MotsTrack]:
    """What stands in the file for each track id."""
    if len(class_names) >= IGNORE_CLASS:
        raise FormatError(
            f"there are {len(class_names)} classes, but class {IGNORE_CLASS} means 'not evaluated' in MOTS: give "
            f"{IGNORE_CLASS - 1} at the most, or export to COCO-VIS"
        )
    objects: dict[int, MotsTrack] = {}
    owners: dict[int, int] = {}
    for track in annotations.tracks:
        if track.category not in class_names:
            raise FormatError(f"category {track.category!r} of track {track.track_id} is no class: name it")
        found = _object(track.track_id, class_names.index(track.category) + 1)
        other = owners.setdefault(found.track_id, track.track_id)
        if other != track.track_id:
            raise FormatError(
                f"tracks {other} and {track.track_id} would both have the id {found.track_id}: renumber one of them"
            )
        objects[track.track_id] = found
    return objects


def _object(track_id: int, class_id: int) -> MotsTrack:
    if track_id // IDS_OF_CLASS == class_id:
        return MotsTrack(track_id, class_id)
    if track_id < IDS_OF_CLASS:
        return MotsTrack(class_id * IDS_OF_CLASS + track_id, class_id)
    raise FormatError(
        f"track {track_id} of class {class_id}: MOTS ids are {IDS_OF_CLASS} times the class plus a number below "
        f"{IDS_OF_CLASS}; renumber the track below {IDS_OF_CLASS}, or export to COCO-VIS"
    )
