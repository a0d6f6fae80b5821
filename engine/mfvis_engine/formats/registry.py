"""The formats by name: what they hold, and by what a file of each can be told."""

import zipfile
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

from PIL import Image

from mfvis_engine.formats.cell_tracking import RESULT_NAMES, TRUTH_NAMES
from mfvis_engine.formats.errors import FormatError
from mfvis_engine.formats.json_file import JsonNode
from mfvis_engine.formats.json_stream import stream_json

HEAD_BYTES = 2**16
"""How much of a text file is looked at."""


class FileFormat(StrEnum):
    """The formats that boxes or masks of a video are read from and written to."""

    CSV = "csv"
    MOT = "mot"
    CVAT = "cvat"
    COCO_VIS = "coco-vis"
    COCO_VIS_RESULTS = "coco-vis-results"
    COCO_VID = "coco-vid"
    BDD100K = "bdd100k"
    MOTS = "mots"
    DAVIS = "davis"
    CTC = "ctc"

    @property
    def has_masks(self) -> bool:
        """Whether it can hold masks."""
        return self not in (self.CSV, self.MOT, self.CVAT)

    @property
    def needs_masks(self) -> bool:
        """Whether a track without any mask has no place in it; in COCO-VIS an evaluator could only miss it."""
        return self.has_masks and self not in (self.COCO_VID, self.BDD100K)

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder of pictures."""
        return self in (self.DAVIS, self.CTC)


_LOOKS = {
    FileFormat.CSV: "a table that names its columns track_id,frame,x0,y0,x1,y1",
    FileFormat.MOT: "rows of numbers frame,id,left,top,width,height",
    FileFormat.CVAT: "XML of 'CVAT for video 1.1'",
    FileFormat.COCO_VIS: "YouTube-VIS JSON with videos and annotations",
    FileFormat.COCO_VIS_RESULTS: "a JSON list of tracks with scores, or its zip",
    FileFormat.COCO_VID: "COCO JSON with videos and images",
    FileFormat.BDD100K: "Scalabel JSON, a list of frames with labels",
    FileFormat.MOTS: "rows frame id class height width code, or a folder of 16-bit PNGs",
    FileFormat.DAVIS: "a folder of indexed PNGs",
    FileFormat.CTC: "a folder with res_track.txt or man_track.txt and TIFFs",
}


def detect_format(path: Path) -> FileFormat:
    """Tells the format of a file or folder from what is in it; a table without names of columns, from `.csv`.

    Raises:
        FormatError: It cannot be read, or is in none of the formats, which are listed.
    """
    found = _of_folder(path) if path.is_dir() else _of_file(path)
    if found is None:
        looks = "".join(f"\n- {known}: {look}" for known, look in _LOOKS.items())
        raise FormatError(f"{path} looks like none of the formats that are read:{looks}\nGive one of these.")
    return found


def _of_folder(folder: Path) -> FileFormat | None:
    if any((folder / table).exists() for table, _ in (RESULT_NAMES, TRUTH_NAMES)):
        return FileFormat.CTC
    first = min((path for path in folder.glob("*.png") if not path.name.startswith(".")), default=None)
    if first is None:
        return None
    try:
        with Image.open(first) as picture:
            return FileFormat.MOTS if picture.mode.startswith("I") else FileFormat.DAVIS
    except (OSError, SyntaxError, Image.DecompressionBombError):
        return FileFormat.DAVIS  # whose reader says what is wrong with it


def _of_file(path: Path) -> FileFormat | None:
    try:
        if zipfile.is_zipfile(path):
            return FileFormat.COCO_VIS_RESULTS
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise FormatError(f"{path} cannot be read ({error.strerror}): check the path") from error
    text = head.decode("utf-8-sig", errors="replace").lstrip()
    if "\0" in text:
        return None
    if text.startswith(("{", "[")):
        return _of_json(path)
    if text.startswith("<"):
        return FileFormat.CVAT if "<annotations" in text else None
    return _of_rows(text.partition("\n")[0], path.suffix.lower())


def _of_json(path: Path) -> FileFormat | None:
    names = set()
    for name, node in stream_json(path):
        names.add(name)
        found = _of_json_value(name, node)
        if found is not None:
            return found
    return FileFormat.COCO_VIS if {"videos", "annotations"} & names else None


def _of_json_value(name: str, node: JsonNode) -> FileFormat | None:
    """What the first value of a list tells; None where it could be anything."""
    keys = node.value.keys() if isinstance(node.value, dict) else ()
    if name == "frames" or (name == "" and {"frameIndex", "videoName", "labels"} & {*keys}):
        return FileFormat.BDD100K
    if name == "" and "segmentations" in keys:
        return FileFormat.COCO_VIS_RESULTS
    if name == "images" or (name == "annotations" and "image_id" in keys):
        return FileFormat.COCO_VID
    if (name == "videos" and "file_names" in keys) or (name == "annotations" and "video_id" in keys):
        return FileFormat.COCO_VIS
    return None


def _of_rows(first_row: str, suffix: str) -> FileFormat | None:
    cells = [cell.strip() for cell in (first_row.split(",") if "," in first_row else first_row.split())]
    if suffix == ".csv" or {"track_id", "frame"} <= {cell.lower() for cell in cells}:
        return FileFormat.CSV
    if len(cells) == 6 and "," not in first_row and _are_numbers(cells[:5]) and not _are_numbers(cells[5:]):
        return FileFormat.MOTS
    return FileFormat.MOT if len(cells) >= 6 and _are_numbers(cells) else None


def _are_numbers(cells: Sequence[str]) -> bool:
    try:
        [float(cell) for cell in cells]
    except ValueError:
        return False
    return True
