"""Boxes of a file into a project: never over tracks that are there, unless that is asked for."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from mfvis_engine.annotation import Annotations
from mfvis_engine.cli.actions.errors import TracksExistError
from mfvis_engine.formats import MotOptions, coco_vis, read_box_csv, read_mot
from mfvis_engine.formats.text_file import read_text
from mfvis_engine.project import Project


class BoxFormat(StrEnum):
    """The formats boxes are read from."""

    CSV = "csv"
    MOT = "mot"
    COCO_VIS = "coco-vis"


@dataclass(frozen=True)
class BoxSource:
    """A file of boxes and how to read it.

    Attributes:
        path: The file.
        box_format: None to tell it from the file.
        video: Id or name of the video in a COCO-VIS file of several.
        category: What the tracks of a MOT file are.
        bridge_gaps: Interpolate over frames for which a MOT or COCO-VIS file has no box, instead of taking the
            object to be outside.
    """

    path: Path
    box_format: BoxFormat | None = None
    video: str | None = None
    category: str = "object"
    bridge_gaps: bool = False


@dataclass(frozen=True)
class ImportReport:
    """What an import did, in track ids.

    Attributes:
        box_format: What the file was read as.
        added: Tracks that are new.
        replaced: Tracks that took the place of others with their ids.
        unchanged: Tracks that were there just so.
        box_count: Boxes in the file.
        doubts: What looks wrong about the boxes but may be right.
    """

    box_format: BoxFormat
    added: tuple[int, ...]
    replaced: tuple[int, ...]
    unchanged: tuple[int, ...]
    box_count: int
    doubts: tuple[str, ...]


def import_boxes(project: Project, source: BoxSource, *, replace: bool = False) -> ImportReport:
    """Adds the tracks of a file to a project.

    Args:
        project: Open for writing.
        source: The file.
        replace: Let tracks of the file take the place of the project's with their ids.

    Raises:
        TracksExistError: A track is there already with other boxes, and `replace` is false.
        FormatError: The file cannot be read.
        InvalidFrameError: A keyframe lies past the end of the video.
    """
    box_format = source.box_format or guess_format(source.path)
    found = read_boxes(source, box_format)
    present = {track.track_id: track for track in project.annotations().tracks}
    unchanged = tuple(track.track_id for track in found.tracks if present.get(track.track_id) == track)
    replaced = tuple(i for i in found.track_ids if i in present and i not in unchanged)
    if replaced and not replace:
        raise TracksExistError(
            f"{project.path} has the tracks {_listed(replaced)} already, with other boxes than "
            f"{source.path.name}. Nothing was changed. Give --replace to put the file's in their place, or renumber "
            f"the tracks of the file."
        )
    kept = tuple(track for track in present.values() if track.track_id not in found.track_ids)
    project.replace_annotations(Annotations((*kept, *found.tracks)), source=source.path.name)
    return ImportReport(
        box_format=box_format,
        added=tuple(i for i in found.track_ids if i not in present),
        replaced=replaced,
        unchanged=unchanged,
        box_count=sum(not key.outside for track in found.tracks for key in track.keyframes),
        doubts=doubts_about(found, height=project.height, width=project.width),
    )


def guess_format(path: Path) -> BoxFormat:
    """Tells the format from the suffix, and for other suffixes than .csv and .json from the first line.

    Raises:
        FormatError: The file cannot be read as text.
    """
    suffix = path.suffix.lower()
    if suffix == ".csv":
        return BoxFormat.CSV
    text = read_text(path).lstrip()
    if suffix == ".json" or text.startswith(("{", "[")):
        return BoxFormat.COCO_VIS
    first_line = text.partition("\n")[0]
    return BoxFormat.CSV if any(character.isalpha() for character in first_line) else BoxFormat.MOT


def read_boxes(source: BoxSource, box_format: BoxFormat) -> Annotations:
    """Reads a file of boxes.

    Raises:
        FormatError: It cannot be read.
    """
    match box_format:
        case BoxFormat.CSV:
            return read_box_csv(source.path)
        case BoxFormat.MOT:
            return read_mot(source.path, MotOptions(category=source.category, bridge_gaps=source.bridge_gaps))
        case BoxFormat.COCO_VIS:
            named = source.video
            video = int(named) if named is not None and named.isdecimal() else named
            return coco_vis.read_boxes(source.path, video, bridge_gaps=source.bridge_gaps)


def doubts_about(annotations: Annotations, *, height: int, width: int) -> tuple[str, ...]:
    """Says what suggests that the boxes were drawn in another picture, or are not in pixels."""
    boxes = [key.box_xyxy for track in annotations.tracks for key in track.keyframes if not key.outside]
    beside = sum(x1 <= 0 or y1 <= 0 or x0 >= width or y0 >= height for x0, y0, x1, y1 in boxes)
    doubts = []
    if beside:
        doubts.append(
            f"{beside} of {len(boxes)} boxes lie wholly outside the {width} x {height} picture. Were they "
            f"drawn in another video, or at another size?"
        )
    if boxes and max(max(box) for box in boxes) <= 1:
        doubts.append("All boxes lie between 0 and 1. Boxes are in pixels: multiply by the video's width and height.")
    return tuple(doubts)


def _listed(ids: tuple[int, ...]) -> str:
    return ", ".join(map(str, ids[:10])) + (f" and {len(ids) - 10} more" if len(ids) > 10 else "")
