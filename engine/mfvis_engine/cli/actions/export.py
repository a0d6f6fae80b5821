"""A project's masks into the files of other tools."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.annotation import interpolate
from mfvis_engine.cli.actions.errors import NoMasksError
from mfvis_engine.cli.actions.output import check_free
from mfvis_engine.cli.actions.scores import CERTAIN, track_scores
from mfvis_engine.formats import coco_vis, write_davis
from mfvis_engine.formats.coco_vis import CocoVisDataset
from mfvis_engine.project import Project


class ExportFormat(StrEnum):
    """The formats masks are written in."""

    COCO_VIS = "coco-vis"
    COCO_VIS_RESULTS = "coco-vis-results"
    DAVIS = "davis"


@dataclass(frozen=True)
class ExportReport:
    """What an export wrote.

    Attributes:
        path: The file or folder.
        track_count: Tracks with a mask.
        frame_count: Frames of the video.
        left_out: Ids of tracks without any mask.
    """

    path: Path
    track_count: int
    frame_count: int
    left_out: tuple[int, ...]


def export_project(
    project: Project, out: Path, export_format: ExportFormat, *, overwrite: bool = False
) -> ExportReport:
    """Writes the masks of a project.

    Args:
        project: With masks.
        out: For COCO-VIS a file (.json; results also .zip) or a folder to put one into; for DAVIS a folder
            that is new or empty.
        export_format: What to write.
        overwrite: Replace the file if it is there.

    Raises:
        NoMasksError: The project has no masks.
        OutputExistsError: The file is there.
        FormatError: The masks cannot be written in this format, or the DAVIS folder is in use.
    """
    target = _target(out, export_format)
    is_folder = export_format is ExportFormat.DAVIS  # which is never written into if it is in use
    check_free(target, project, overwrite=overwrite or is_folder)
    dataset = _dataset(project)
    target.parent.mkdir(parents=True, exist_ok=True)
    match export_format:
        case ExportFormat.COCO_VIS:
            coco_vis.write_ground_truth(target, dataset)
        case ExportFormat.COCO_VIS_RESULTS:
            scores = track_scores(project)
            results = [track.as_result(scores.get(track.track_id, CERTAIN)) for track in dataset.tracks]
            coco_vis.write_results(target, results, dataset)
        case ExportFormat.DAVIS:
            write_davis(target, _label_masks(project))
    exported = {track.track_id for track in dataset.tracks}
    left_out = tuple(i for i in project.annotations().track_ids if i not in exported)
    return ExportReport(target, len(exported), project.length, left_out)


def _target(out: Path, export_format: ExportFormat) -> Path:
    """The file or folder to write for `out`."""
    suffix = out.suffix.lower()
    match export_format:
        case ExportFormat.COCO_VIS:
            return out if suffix == ".json" else out / "annotations.json"
        case ExportFormat.COCO_VIS_RESULTS:
            return out if suffix in (".json", ".zip") else out / "results.zip"
        case ExportFormat.DAVIS:
            return out


def _dataset(project: Project) -> CocoVisDataset:
    annotations = project.annotations()
    dataset = coco_vis.single_video_dataset(
        project.name,
        _label_masks(project),
        annotations,
        interpolate(annotations, project.length),
        height=project.height,
        width=project.width,
    )
    if not dataset.tracks:
        raise NoMasksError(
            f"{project.path} has no masks yet, so there is nothing to export. Make them first: "
            f"mfvis segment {project.path}"
        )
    return dataset


def _label_masks(project: Project) -> Iterator[NDArray[np.uint16]]:
    return map(project.read_masks, range(project.length))
