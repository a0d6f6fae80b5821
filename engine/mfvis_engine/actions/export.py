"""A project's boxes and masks into the files of other tools."""

from collections.abc import Callable, Mapping
from contextlib import closing, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from mfvis_engine.actions.errors import NoBoxesError, OutputExistsError, OutputKindError
from mfvis_engine.actions.mask_kind import MaskKind
from mfvis_engine.actions.mask_stream import MaskStream
from mfvis_engine.actions.output import check_free
from mfvis_engine.actions.scores import CERTAIN, track_scores
from mfvis_engine.annotation import Annotations, Track, interpolate
from mfvis_engine.formats import (
    coco_vis,
    write_bdd100k,
    write_box_csv,
    write_cell_tracking,
    write_coco_vid,
    write_cvat_video,
    write_davis,
    write_mot,
    write_mot_labels,
    write_mots,
)
from mfvis_engine.formats.class_names import class_names_path
from mfvis_engine.formats.coco_vis import CocoVisDataset, CocoVisVideo
from mfvis_engine.formats.content import PARENT
from mfvis_engine.formats.frame_folder import FRAMES_FOLDER, write_frames
from mfvis_engine.formats.mask_survey import survey_masks
from mfvis_engine.formats.registry import FileFormat
from mfvis_engine.project import Project

ExportFormat: TypeAlias = FileFormat
"""Every format that is read is written."""

_FILE_NAMES = {
    FileFormat.CSV: "boxes.csv",
    FileFormat.MOT: "gt.txt",
    FileFormat.CVAT: "annotations.xml",
    FileFormat.COCO_VIS: "annotations.json",
    FileFormat.COCO_VIS_RESULTS: "results.zip",
    FileFormat.COCO_VID: "annotations.json",
    FileFormat.BDD100K: "annotations.json",
    FileFormat.MOTS: "gt.txt",
}
"""What a file is called that is put into a folder."""

_FILE_SUFFIXES = frozenset({".csv", ".json", ".jpg", ".mp4", ".png", ".tif", ".txt", ".xml", ".zip"})
"""A name that ends so is meant for a file."""


@dataclass(frozen=True)
class ExportOptions:
    """How to export.

    Attributes:
        overwrite: Replace the file if it is there.
        include: Which masks; all where none are named.
        with_frames: Write the frames of the video too, as pictures in YouTube-VIS' layout.
    """

    overwrite: bool = False
    include: frozenset[MaskKind] = frozenset()
    with_frames: bool = False


@dataclass(frozen=True)
class ExportReport:
    """What an export wrote.

    Attributes:
        path: The file or folder.
        also: What was written besides: names of classes, the folder of frames.
        track_count: Tracks in it.
        frame_count: Frames of the video.
        left_out: Ids of tracks of which there was nothing to write.
    """

    path: Path
    also: tuple[Path, ...]
    track_count: int
    frame_count: int
    left_out: tuple[int, ...]


def export_project(
    project: Project, out: Path, export_format: ExportFormat, options: ExportOptions | None = None
) -> ExportReport:
    """Writes the boxes and masks of a project, read back before they take their place.

    Args:
        project: With boxes, or masks where the format is about masks.
        out: A file, or a folder to put one into; for DAVIS and CTC a folder that is new or empty.
        export_format: What to write.
        options: How.

    Raises:
        NoBoxesError: The project has no box, and the format needs one.
        NoMasksError: The project has no masks, or none of those asked for.
        OutputExistsError: The file is there, or the folder is in use.
        OutputKindError: The file is named as one of another kind.
        FormatError: The format cannot hold what is in the project.
    """
    options = options or ExportOptions()
    job = _Job(project, _target(out, export_format), export_format, options)
    if not (export_format.has_masks or job.boxed.tracks):
        raise NoBoxesError(
            f"{project.path} has no boxes yet, so there is nothing to export.",
            command=f"Bring some in first: mfvis boxes import {project.path} BOXES.csv",
        )
    job.check_free()
    job.target.parent.mkdir(parents=True, exist_ok=True)
    with closing(project.video()) if options.with_frames else nullcontext() as video:
        _WRITERS[export_format](job)
        if video is not None:
            write_frames(job.target.parent, video, project.name)
    known = project.annotations().track_ids
    return ExportReport(
        path=job.target,
        also=job.also,
        track_count=len(job.exported_ids),
        frame_count=project.length,
        left_out=tuple(track_id for track_id in known if track_id not in job.exported_ids),
    )


class _Job:
    """An export on its way.

    Attributes:
        project: What is exported.
        target: The file or folder.
        annotations: The tracks.
        boxed: Those of them that have a box.
        video: What formats say of the video.
        masks: The masks that are asked for.
    """

    def __init__(self, project: Project, target: Path, export_format: FileFormat, options: ExportOptions) -> None:
        self.project = project
        self.target = target
        self.annotations = project.annotations()
        self.boxed = Annotations(tuple(filter(_has_box, self.annotations.tracks)))
        self.video = CocoVisVideo.of_size(
            1, project.name, width=project.width, height=project.height, length=project.length
        )
        boxes_do = bool(self.boxed.tracks) and not export_format.needs_masks
        self.masks = MaskStream(project, options.include, may_be_empty=boxes_do)
        self._format = export_format
        self._options = options

    @property
    def frames_folder(self) -> Path:
        """Where the pictures go."""
        return self.target.parent / FRAMES_FOLDER / self.project.name

    @property
    def also(self) -> tuple[Path, ...]:
        """What is written besides the target."""
        names = (class_names_path(self.target),) if self._format in (FileFormat.MOT, FileFormat.MOTS) else ()
        return (*names, self.frames_folder) if self._options.with_frames else names

    @property
    def exported_ids(self) -> set[int]:
        """The tracks of which something was written."""
        return self.masks.seen if self._format.needs_masks else self.masks.seen | {*self.boxed.track_ids}

    def check_free(self) -> None:
        """Raises OutputExistsError where something would be lost."""
        folders = [
            *([self.frames_folder] if self._options.with_frames else []),
            *([self.target] * self._format.is_folder),
        ]
        for path in (self.target, *self.also):
            check_free(path, self.project, overwrite=self._options.overwrite or path in folders)
        for path in folders:
            if path.exists() and not (path.is_dir() and not any(path.iterdir())):
                raise OutputExistsError(
                    f"{path} is there already, and a folder with something in it is never written into, so that two"
                    " exports cannot mix. Remove it, or choose another."
                )


def _has_box(track: Track) -> bool:
    return any(not keyframe.outside for keyframe in track.keyframes)


def _target(out: Path, export_format: FileFormat) -> Path:
    """The file or folder to write for `out`.

    Raises:
        OutputKindError: `out` is named as a file of another kind; a folder of such a name may be there.
    """
    name = _FILE_NAMES.get(export_format)
    suffixes = (".json", ".zip") if export_format is FileFormat.COCO_VIS_RESULTS else (Path(name or "").suffix,)
    suffix = out.suffix.lower()
    if suffix in _FILE_SUFFIXES.difference(suffixes) and not out.is_dir():
        wanted = f"a file that ends in {' or '.join(suffixes)}, or a folder" if name else "the name of a folder"
        raise OutputKindError(f"{out} is no name for {export_format}. Give {wanted}, or choose another format.")
    return out if name is None or suffix in suffixes else out / name


def _write_csv(job: _Job) -> None:
    write_box_csv(job.target, job.boxed)


def _write_mot(job: _Job) -> None:
    write_mot_labels(job.also[0], write_mot(job.target, job.boxed, length=job.project.length))


def _write_cvat(job: _Job) -> None:
    write_cvat_video(job.target, job.boxed, job.video)


def _write_coco_vis(job: _Job) -> None:
    coco_vis.write_ground_truth(job.target, _dataset(job))


def _write_results(job: _Job) -> None:
    scores, dataset = track_scores(job.project), _dataset(job)
    results = [track.as_result(scores.get(track.track_id, CERTAIN)) for track in dataset.tracks]
    coco_vis.write_results(job.target, results, dataset)


def _write_coco_vid(job: _Job) -> None:
    write_coco_vid(job.target, job.annotations, job.video, job.masks)


def _write_bdd100k(job: _Job) -> None:
    write_bdd100k(job.target, job.annotations, job.video, job.masks)


def _write_mots(job: _Job) -> None:
    write_mots(job.target, job.masks, job.annotations)
    write_mot_labels(job.also[0], job.annotations.categories)


def _write_davis(job: _Job) -> None:
    write_davis(job.target, job.masks)


def _write_ctc(job: _Job) -> None:
    write_cell_tracking(job.target, job.masks, job.annotations.track_ids, parents=_parents(job))


_WRITERS: Mapping[FileFormat, Callable[[_Job], None]] = {
    FileFormat.CSV: _write_csv,
    FileFormat.MOT: _write_mot,
    FileFormat.CVAT: _write_cvat,
    FileFormat.COCO_VIS: _write_coco_vis,
    FileFormat.COCO_VIS_RESULTS: _write_results,
    FileFormat.COCO_VID: _write_coco_vid,
    FileFormat.BDD100K: _write_bdd100k,
    FileFormat.MOTS: _write_mots,
    FileFormat.DAVIS: _write_davis,
    FileFormat.CTC: _write_ctc,
}


def _dataset(job: _Job) -> CocoVisDataset:
    return coco_vis.single_video_dataset(
        job.project.name,
        job.masks,
        job.annotations,
        interpolate(job.annotations, job.project.length),
        height=job.project.height,
        width=job.project.width,
    )


def _parents(job: _Job) -> dict[int, int]:
    """The track that divided for each one that came of it, as far as both have masks, one after the other."""
    said = {track.track_id: dict(track.attributes).get(PARENT, "") for track in job.annotations.tracks}
    parents = {child: int(parent) for child, parent in said.items() if parent.isascii() and parent.isdigit()}
    if not parents:
        return {}
    survey = survey_masks(job.masks)
    frames = {track_id: survey.frames[survey.track_ids == track_id] for track_id in {*parents, *parents.values()}}
    return {
        child: parent
        for child, parent in parents.items()
        if len(frames[child]) and len(frames[parent]) and frames[parent][-1] < frames[child][0]
    }
