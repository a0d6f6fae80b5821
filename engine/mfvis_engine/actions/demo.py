"""The whole way from boxes to masks on the sample clip, whose exact masks are known."""

import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.actions.box_import import BoxSource, import_boxes
from mfvis_engine.actions.errors import ForeignDemoError
from mfvis_engine.actions.export import ExportFormat, export_project
from mfvis_engine.actions.preview import preview_project
from mfvis_engine.actions.resumption import SegmentRequest
from mfvis_engine.actions.run_desk import Listener
from mfvis_engine.actions.segmentation import SegmentReport, segment_project
from mfvis_engine.annotation import Annotations, DenseBoxes, interpolate
from mfvis_engine.formats import read_box_csv, read_davis
from mfvis_engine.metrics import region_similarity
from mfvis_engine.project import Project, ProjectError
from mfvis_engine.project.fingerprint import fingerprint
from mfvis_engine.sample import SampleClip, sample_clip

PROJECT_NAME = "demo.mfvis"
COCO_VIS_NAME = "annotations.json"
PICTURE_NAME = "contact-sheet.png"


@dataclass(frozen=True)
class TrackQuality:
    """Mean J of a track over the frames in which its object can be seen.

    Attributes:
        track_id: The track.
        category: What it is.
        frame_count: Frames in which the object can be seen.
        mask_j: Of the masks that were learned.
        box_j: Of the boxes, taken for masks.
    """

    track_id: int
    category: str
    frame_count: int
    mask_j: float
    box_j: float


@dataclass(frozen=True)
class DemoReport:
    """What the demo made and how good it is."""

    project_path: Path
    coco_vis_path: Path
    picture_path: Path
    box_count: int
    segment: SegmentReport
    qualities: tuple[TrackQuality, ...]


def make_room(out: Path) -> bool:
    """Removes what an earlier demo left in `out`, and nothing else.

    Returns:
        Whether there was something.

    Raises:
        ForeignDemoError: What lies there was not made by the demo alone.
    """
    present = [out / name for name in (PROJECT_NAME, COCO_VIS_NAME, PICTURE_NAME) if (out / name).exists()]
    if not present:
        return False
    objection = _objection(out / PROJECT_NAME, sample_clip())
    if objection:
        raise ForeignDemoError(
            f"{out / PROJECT_NAME} is not as the demo makes it: {objection}. Nothing was changed. Choose another "
            f"folder with --out, or move this one away."
        )
    for path in present:
        # Moved first, so that an interruption leaves no half project under the name.
        doomed = path.rename(out / f".{path.name}.{uuid.uuid4().hex[:8]}.removed")
        shutil.rmtree(doomed) if doomed.is_dir() else doomed.unlink()
    return True


def run_demo(out: Path, request: SegmentRequest, listener: Listener) -> DemoReport:
    """Makes a project of the sample clip, learns its masks, exports and measures them.

    Args:
        out: The folder to write into; see `make_room`.
        request: How to segment.
        listener: Is told how the job goes on.
    """
    sample = sample_clip()
    with Project.create(out / PROJECT_NAME, sample.video_path, copy_video=True) as project:
        imported = import_boxes(project, BoxSource(sample.boxes_path))
        segment = segment_project(project, request, listener)
        exported = export_project(project, out / COCO_VIS_NAME, ExportFormat.COCO_VIS)
        preview_project(project, out / PICTURE_NAME, every=None, overwrite=False)
        qualities = measure(project, sample)
        return DemoReport(
            project_path=project.path,
            coco_vis_path=exported.path,
            picture_path=out / PICTURE_NAME,
            box_count=imported.box_count,
            segment=segment,
            qualities=qualities,
        )


def measure(project: Project, sample: SampleClip) -> tuple[TrackQuality, ...]:
    """Compares a project's masks, and its boxes, with the exact masks of the sample clip."""
    annotations = project.annotations()
    boxes = interpolate(annotations, project.length)
    mask_j: list[list[float]] = [[] for _ in annotations.tracks]
    box_j: list[list[float]] = [[] for _ in annotations.tracks]
    for frame_index, truth in enumerate(read_davis(sample.masks_dir)):
        labels = project.read_masks(frame_index)
        for row, track in enumerate(annotations.tracks):
            true_mask = truth == track.track_id
            if true_mask.any():
                mask_j[row].append(region_similarity(labels == track.track_id, true_mask))
                box_j[row].append(region_similarity(_box_mask(boxes, row, frame_index, truth.shape), true_mask))
    return tuple(
        TrackQuality(
            track.track_id, track.category, len(mask_j[row]), float(np.mean(mask_j[row])), float(np.mean(box_j[row]))
        )
        for row, track in enumerate(annotations.tracks)
    )


def _box_mask(boxes: DenseBoxes, row: int, frame_index: int, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """The filled box of a track in a frame, (H, W)."""
    mask = np.zeros(shape, np.bool_)
    if boxes.present[row, frame_index]:
        x0, y0, x1, y1 = np.rint(boxes.boxes_xyxy[row, frame_index]).clip(0).astype(int)
        mask[y0:y1, x0:x1] = True
    return mask


def _objection(project_path: Path, sample: SampleClip) -> str | None:
    """Why the project is not wholly the demo's own work; None where it is."""
    try:
        project = Project.open(project_path, read_only=True)
    except ProjectError as error:
        return str(error).rstrip(".")
    with project:
        if project.video_reference.fingerprint != fingerprint(sample.video_path):
            return "its video is not the sample clip"
        if project.annotations() not in (Annotations(), read_box_csv(sample.boxes_path)):
            return "its boxes are not those of the sample clip"
        if any(state.protected for state in project.mask_states()):
            return "a person has edited or verified masks in it"
    return None
