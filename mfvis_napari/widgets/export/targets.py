"""Formats by their human names, and the files they are written to."""

from collections.abc import Mapping
from pathlib import Path

from mfvis_engine.formats.class_names import class_names_path
from mfvis_engine.formats.registry import FileFormat

HUMAN_NAMES: Mapping[FileFormat, str] = {
    FileFormat.COCO_VIS: "COCO-VIS (YouTube-VIS JSON)",
    FileFormat.COCO_VIS_RESULTS: "COCO-VIS results, with scores",
    FileFormat.COCO_VID: "COCO-VID",
    FileFormat.DAVIS: "DAVIS (PNG folder)",
    FileFormat.MOTS: "MOTS",
    FileFormat.BDD100K: "BDD100K (Scalabel)",
    FileFormat.CTC: "Cell Tracking Challenge (TIFF folder)",
    FileFormat.CVAT: "CVAT for video 1.1, boxes only",
    FileFormat.MOT: "MOTChallenge, boxes only",
    FileFormat.CSV: "CSV, boxes only",
}
"""In the order of a list to choose from."""

NAMES_PICTURES = (FileFormat.COCO_VIS, FileFormat.COCO_VIS_RESULTS, FileFormat.COCO_VID)
"""Formats whose files name the pictures that can be written with them."""

_ENDS: Mapping[FileFormat, str] = {
    FileFormat.COCO_VIS: ".json",
    FileFormat.COCO_VIS_RESULTS: "-results.zip",
    FileFormat.COCO_VID: "-coco-vid.json",
    FileFormat.DAVIS: "-davis",
    FileFormat.MOTS: "-mots/gt.txt",
    FileFormat.BDD100K: "-bdd100k.json",
    FileFormat.CTC: "-ctc",
    FileFormat.CVAT: "-cvat.xml",
    FileFormat.MOT: "-mot/gt.txt",
    FileFormat.CSV: "-boxes.csv",
}


def default_target(project_path: Path, file_format: FileFormat) -> Path:
    """Where a format is written if nobody says otherwise: beside the project, under its name."""
    return project_path.parent / f"{project_path.stem}{_ENDS[file_format]}"


def file_suffix(file_format: FileFormat) -> str:
    """How the name of its file ends: ".json"; "" for a folder."""
    return "" if file_format.is_folder else Path(f"walk{_ENDS[file_format]}").suffix


def target_of(given: str, project_path: Path, file_format: FileFormat) -> Path:
    """The file or folder that a person means: beside the project, in a folder they gave, or with its suffix left out.

    Args:
        given: What they typed; nothing for the default.
        project_path: The project.
        file_format: What is written.
    """
    default = default_target(project_path, file_format)
    if not given.strip():
        return default
    path = project_path.parent / Path(given.strip()).expanduser()
    if file_format.is_folder:
        return path
    if path.is_dir():
        return path / default.name
    return path if path.suffix else path.with_suffix(file_suffix(file_format))


def files_in_the_way(target: Path, file_format: FileFormat) -> tuple[Path, ...]:
    """The files that an export would replace; folders are never written into."""
    also = [class_names_path(target)] if file_format in (FileFormat.MOT, FileFormat.MOTS) else []
    return tuple(path for path in (target, *also) if path.is_file() and path.stat().st_size)
