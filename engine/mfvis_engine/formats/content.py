"""A file or folder of any format as tracks and, where it has them, masks."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeAlias

import numpy as np

from mfvis_engine.annotation import MAX_TRACK_ID, Annotations
from mfvis_engine.formats import coco_vis
from mfvis_engine.formats.bdd100k import read_bdd100k_boxes, read_bdd100k_masks
from mfvis_engine.formats.box_csv import read_box_csv
from mfvis_engine.formats.box_rows import DEFAULT_CATEGORY
from mfvis_engine.formats.cell_tracking import read_cell_tracking
from mfvis_engine.formats.class_names import read_class_names
from mfvis_engine.formats.coco_vid import read_coco_vid_boxes, read_coco_vid_masks
from mfvis_engine.formats.cvat_video import read_cvat_video
from mfvis_engine.formats.davis import read_davis
from mfvis_engine.formats.errors import FormatError
from mfvis_engine.formats.json_stream import stream_json
from mfvis_engine.formats.label_images import Labels
from mfvis_engine.formats.label_runs import label_mask
from mfvis_engine.formats.mask_survey import MaskSurvey, VideoShape, check_size, fitting, survey_masks
from mfvis_engine.formats.mot import MotOptions, read_mot
from mfvis_engine.formats.mots import IDS_OF_CLASS, read_mots, read_mots_pngs
from mfvis_engine.formats.registry import FileFormat, detect_format
from mfvis_engine.formats.rle import Rle

PARENT = "parent"
"""The attribute that holds the track id of a cell that divided."""

ReadMasks: TypeAlias = Callable[[], Iterable[Labels]]


@dataclass(frozen=True)
class FileSource:
    """A file or folder, and what it does not say itself.

    Attributes:
        path: Where it is.
        file_format: None to tell it from the content.
        video: Id or name of the video, in a file of several.
        category: What the tracks are, where the file does not say; None for "object".
        bridge_gaps: Interpolate over frames in which a track is not there, instead of taking it to be outside.
        first_frame: The number of the first frame, where the format has two customs (MOTS, DAVIS, CocoVID).
    """

    path: Path
    file_format: FileFormat | None = None
    video: str | None = None
    category: str | None = None
    bridge_gaps: bool = False
    first_frame: int = 0

    @property
    def default_category(self) -> str:
        """What a track is of which nobody said."""
        return self.category or DEFAULT_CATEGORY

    @property
    def video_id(self) -> int | str | None:
        """The video as a number where it is written as one; `0002` is a name."""
        is_number = self.video is not None and re.fullmatch("0|[1-9][0-9]{0,17}", self.video)
        return int(self.video) if self.video and is_number else self.video


@dataclass(frozen=True)
class FileContent:
    """What a file holds.

    Attributes:
        file_format: What it was read as.
        annotations: Its tracks. They name every label of the masks.
        masks: Gives its masks, frame by frame, each time anew; None where it has none.
        survey: What is known of the masks from the first walk through them; None without masks.
        has_own_boxes: Whether the boxes are the file's, and not drawn around its masks.
        has_own_categories: Whether the file, or who named it, says what the tracks are.
    """

    file_format: FileFormat
    annotations: Annotations
    masks: ReadMasks | None = None
    survey: MaskSurvey | None = None
    has_own_boxes: bool = True
    has_own_categories: bool = True


def read_content(source: FileSource, shape: VideoShape, *, with_masks: bool = True) -> FileContent:
    """Read a file. Its masks have been walked through once, so what is wrong with them is known.

    Boxes of files with masks alone are tight around these, to half a pixel, with few keyframes.

    Args:
        source: The file.
        shape: (frames, height, width) of the video it is about.
        with_masks: False to leave masks alone where the file has boxes of its own.

    Raises:
        FormatError: It cannot be read, or its masks do not fit the video; names the place and value.
    """
    if not source.path.exists():
        raise FormatError(f"{source.path} cannot be read (there is no such file or folder): check the path")
    file_format = source.file_format or detect_format(source.path)
    content = _READERS[file_format](source, shape)
    if not with_masks and content.has_own_boxes:
        return replace(content, masks=None)
    if content.survey is None and content.masks is not None:
        return replace(content, survey=survey_masks(content.masks()))
    return content


def _read_csv(source: FileSource, _: VideoShape) -> FileContent:
    return FileContent(FileFormat.CSV, read_box_csv(source.path))


def _read_mot(source: FileSource, _: VideoShape) -> FileContent:
    names = read_class_names(source.path)
    options = MotOptions(bridge_gaps=source.bridge_gaps, class_names=names, category=source.default_category)
    says_categories = bool(names or source.category)
    return FileContent(FileFormat.MOT, read_mot(source.path, options), has_own_categories=says_categories)


def _read_cvat(source: FileSource, shape: VideoShape) -> FileContent:
    return FileContent(FileFormat.CVAT, read_cvat_video(source.path, length=shape[0]))


def _read_coco_vis(source: FileSource, shape: VideoShape) -> FileContent:
    dataset = coco_vis.read_ground_truth(source.path)
    boxes = coco_vis.annotations_of(source.path.name, dataset, source.video_id, bridge_gaps=source.bridge_gaps)
    video = dataset.video(source.video_id)
    codes = {
        track.track_id: [frame.mask for frame in track.frames]
        for track in dataset.tracks
        if track.video_id == video.video_id
    }
    if not any(code for of_track in codes.values() for code in of_track):
        return FileContent(FileFormat.COCO_VIS, boxes)
    check_size(source.path, video.height, video.width, shape)
    return FileContent(FileFormat.COCO_VIS, boxes, lambda: fitting(source.path, _painted(codes, shape), shape))


def _read_results(source: FileSource, shape: VideoShape) -> FileContent:
    """Tracks are numbered in the order of the file; where masks overlap, the surer one lies on top."""
    results = coco_vis.read_results(source.path)
    videos = sorted({result.video_id for result in results})
    chosen = videos[0] if source.video is None and len(videos) == 1 else source.video_id
    if chosen not in videos:
        listed = ", ".join(map(str, videos[:10])) or "none"
        raise FormatError(f"{source.path.name} has results for the videos {listed}: choose one, by its id")
    numbered = dict(enumerate((result for result in results if result.video_id == chosen), start=1))
    if len(numbered) > MAX_TRACK_ID:
        raise FormatError(
            f"{source.path.name} has {len(numbered)} results for video {chosen}, but a mask holds {MAX_TRACK_ID} "
            f"tracks at most: leave out those of low score"
        )
    by_score = sorted(numbered, key=lambda track_id: numbered[track_id].score)
    codes = {track_id: numbered[track_id].masks for track_id in by_score}
    for code in (code for of_track in codes.values() for code in of_track if code):
        check_size(source.path, code.height, code.width, shape)
    classes = {track_id: result.category_id for track_id, result in numbered.items()}
    return _of_masks(source, shape, FileFormat.COCO_VIS_RESULTS, lambda: _painted(codes, shape), classes.__getitem__)


def _read_coco_vid(source: FileSource, shape: VideoShape) -> FileContent:
    path, video, first = source.path, source.video_id, source.first_frame
    boxes = read_coco_vid_boxes(path, video, first_frame=first, bridge_gaps=source.bridge_gaps)
    masks = partial(read_coco_vid_masks, path, video, first_frame=first, shape=shape)
    return FileContent(FileFormat.COCO_VID, boxes, lambda: fitting(path, masks(), shape))


def _read_bdd100k(source: FileSource, shape: VideoShape) -> FileContent:
    path, video = source.path, source.video
    boxes = read_bdd100k_boxes(path, video, bridge_gaps=source.bridge_gaps)
    if not _has_bdd100k_masks(path, video):
        return FileContent(FileFormat.BDD100K, boxes)
    masks = partial(read_bdd100k_masks, path, video, shape=shape)
    return FileContent(FileFormat.BDD100K, boxes, lambda: fitting(path, masks(), shape))


def _read_mots(source: FileSource, shape: VideoShape) -> FileContent:
    path, names = source.path, read_class_names(source.path)
    if path.is_dir():
        masks = partial(read_mots_pngs, path, first_frame=source.first_frame)
        return _of_masks(source, shape, FileFormat.MOTS, masks, lambda track_id: track_id // IDS_OF_CLASS, names)
    video = read_mots(path, shape=shape, first_frame=source.first_frame)
    classes = {track.track_id: track.class_id for track in video.tracks}
    return _of_masks(source, shape, FileFormat.MOTS, video.label_masks, classes.__getitem__, names)


def _read_davis(source: FileSource, shape: VideoShape) -> FileContent:
    return _of_masks(source, shape, FileFormat.DAVIS, partial(read_davis, source.path, first_frame=source.first_frame))


def _read_ctc(source: FileSource, shape: VideoShape) -> FileContent:
    """Parts of a track with gaps are joined; of a division, a track keeps its parent's id as an attribute."""
    video = read_cell_tracking(source.path, join_gaps=True)
    content = _of_masks(source, shape, FileFormat.CTC, video.label_masks)
    parents = {track.label: ((PARENT, str(track.parent)),) for track in video.tracks if track.parent}
    tracks = (replace(track, attributes=parents.get(track.track_id, ())) for track in content.annotations.tracks)
    return replace(content, annotations=Annotations(tuple(tracks)))


_READERS: Mapping[FileFormat, Callable[[FileSource, VideoShape], FileContent]] = {
    FileFormat.CSV: _read_csv,
    FileFormat.MOT: _read_mot,
    FileFormat.CVAT: _read_cvat,
    FileFormat.COCO_VIS: _read_coco_vis,
    FileFormat.COCO_VIS_RESULTS: _read_results,
    FileFormat.COCO_VID: _read_coco_vid,
    FileFormat.BDD100K: _read_bdd100k,
    FileFormat.MOTS: _read_mots,
    FileFormat.DAVIS: _read_davis,
    FileFormat.CTC: _read_ctc,
}


def _of_masks(
    source: FileSource,
    shape: VideoShape,
    file_format: FileFormat,
    masks: ReadMasks,
    class_of: Callable[[int], int] = lambda _: 1,
    class_names: Sequence[str] = (),
) -> FileContent:
    """The content of a file that has masks alone; `class_of` gives the class of a track id, from 1."""

    def fitted() -> Iterator[Labels]:
        return fitting(source.path, masks(), shape)

    survey = survey_masks(fitted())
    classes = {track_id: class_of(track_id) for track_id in np.unique(survey.track_ids).tolist()}
    categories = _categories(source, classes, class_names)
    annotations = survey.tracks(categories.__getitem__, bridge_gaps=source.bridge_gaps)
    says_categories = bool(class_names or source.category)
    return FileContent(
        file_format, annotations, fitted, survey, has_own_boxes=False, has_own_categories=says_categories
    )


def _categories(source: FileSource, classes: Mapping[int, int], class_names: Sequence[str]) -> dict[int, str]:
    """The category of each track id; where classes have no names but differ, their numbers tell them apart."""
    wrong = next((number for number in classes.values() if class_names and not 1 <= number <= len(class_names)), None)
    if wrong is not None:
        raise FormatError(
            f"{source.path.name} has class {wrong}, but there are {len(class_names)} names beside it in a file of "
            f"labels: name all classes, one a line"
        )
    if class_names:
        return {track_id: class_names[number - 1] for track_id, number in classes.items()}
    differ = len(set(classes.values())) > 1
    name = source.default_category
    return {track_id: f"{name} {number}" if differ else name for track_id, number in classes.items()}


def _painted(codes: Mapping[int, Sequence[Rle | None]], shape: VideoShape) -> Iterator[Labels]:
    """The masks of every frame out of the codes of tracks; a later track lies on top."""
    for frame_index in range(max(map(len, codes.values()), default=0)):
        of_frame = ((track_id, frames[frame_index : frame_index + 1]) for track_id, frames in codes.items())
        yield label_mask(((track_id, code) for track_id, found in of_frame for code in found if code), *shape[1:])


def _has_bdd100k_masks(path: Path, video: str | None) -> bool:
    """Whether any label has a mask, since a file of boxes alone need not tell the size of its video."""
    for name, frame in stream_json(path):
        if name not in ("", "frames") or (video is not None and frame.get("videoName").value != video):
            continue
        labels = frame.find("labels")
        for label in () if labels is None or labels.is_null else labels.items():
            rle = label.find("rle")
            if rle is not None and not rle.is_null:
                return True
    return False
