"""What a model for many videos is trained from: COCO-VIS files, with boxes alone or with masks, and projects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.actions.coco_vis_pictures import CocoVisPictures
from mfvis_engine.actions.errors import CommandError
from mfvis_engine.actions.open_videos import OpenVideos
from mfvis_engine.formats.coco_vis import (
    CocoVisDataset,
    CocoVisFrame,
    CocoVisTrack,
    CocoVisVideo,
    read_ground_truth,
)
from mfvis_engine.formats.rle import Rle
from mfvis_engine.jobs.client.vis_requests import ProjectLabels
from mfvis_engine.project import Project
from mfvis_engine.training.vis.labelled_video import LabelledSet, LabelledVideo, MaskReader
from mfvis_engine.video import VideoSource, open_video

_CACHE_BYTES = 64 * 2**20  # of frames of each open video
_CodesByFrame = Mapping[int, Mapping[int, Rle]]
"""Masks by frame and row."""


class TrainingSetError(CommandError):
    """Videos cannot be trained from as they are."""


def coco_vis_set(json_path: Path, frames_dir: Path, *, boxes_only: bool = False) -> LabelledSet:
    """The videos of a COCO-VIS file, whose frames are pictures.

    Boxes are those that were annotated (`dense_bboxes`) where the file tells, otherwise `bboxes`, otherwise the masks'.
    A frame without any is one where the object is absent, so all frames are annotated. Tracks marked as crowds, and
    videos without a track, are left out.

    Args:
        json_path: Ground truth, with or without masks.
        frames_dir: The folder that the `file_names` start from.
        boxes_only: Leave the masks unread, if there are any.

    Raises:
        FormatError: The file cannot be read.
        TrainingSetError: There is no box in it, or a category is missing.
        PictureError: A frame is missing, damaged or of another size.
    """
    dataset = read_ground_truth(json_path)
    names = tuple(dict.fromkeys(c.name.strip() for c in sorted(dataset.categories, key=lambda c: c.category_id)))
    rows = {category.category_id: names.index(category.name.strip()) for category in dataset.categories}
    tracks = _tracks_by_video(json_path, dataset, rows)
    videos = [
        _coco_vis_video(video, tracks[video.video_id], rows, frames_dir, boxes_only=boxes_only)
        for video in dataset.videos
        if video.video_id in tracks
    ]
    if not videos:
        raise TrainingSetError(
            f"{json_path} has no box of any object, so there is nothing to learn. Test sets come without annotations: "
            "take the file of a training set."
        )
    return LabelledSet(names, tuple(videos))


def projects_set(paths: Sequence[Path], *, boxes_only: bool = False, videos: OpenVideos | None = None) -> LabelledSet:
    """The videos of projects; their classes are the tracks' categories, by name.

    All boxes are taken, those between keyframes too. Annotated are the frames from the first keyframe of a project to
    its last, since nobody said that the others are empty; and those in which the masks of all tracks are a person's,
    that is edited, imported or verified. Such masks are learned from, and give the box where none was drawn. Projects
    are only read, and not kept open.

    Args:
        paths: The project folders.
        boxes_only: Leave masks unread.
        videos: Who opens the videos; close it when the set is no longer used.

    Raises:
        NothingToSegmentError: A project has no box in any frame.
        TrainingSetError: No project was given.
        ProjectError: A project cannot be opened, or its video is missing or another.
    """
    if not paths:
        raise TrainingSetError("There is no project to learn from. Name at least one.")
    shelf = videos or OpenVideos()
    read = [_ReadProject.of(Path(path), boxes_only=boxes_only) for path in paths]
    names = tuple(sorted({category for project in read for category in project.labels.boxes.categories}))
    return LabelledSet(names, tuple(project.labelled(names, shelf) for project in read))


def joined(sets: Sequence[LabelledSet]) -> LabelledSet:
    """Several sets as one; classes of one name are one, in the order in which they are first met.

    Raises:
        TrainingSetError: No set was given.
    """
    if not sets:
        raise TrainingSetError("There is nothing to learn from. Give projects or a COCO-VIS file.")
    names = tuple(dict.fromkeys(name for one in sets for name in one.class_names))
    videos: list[LabelledVideo] = []
    for one in sets:
        rows = np.array([names.index(name) for name in one.class_names], np.int64)
        videos += [replace(video, class_index=rows[video.class_index]) for video in one.videos]
    return LabelledSet(names, tuple(videos))


def _tracks_by_video(
    json_path: Path, dataset: CocoVisDataset, known: Mapping[int, int]
) -> dict[int, list[CocoVisTrack]]:
    """Tracks with a box in any frame, without crowds."""
    tracks: dict[int, list[CocoVisTrack]] = {}
    for track in dataset.tracks:
        if track.category_id not in known:
            raise TrainingSetError(
                f"{json_path}: annotation {track.annotation_id} is of category {track.category_id}, which is not among "
                "the categories. Add it to them."
            )
        if not track.is_crowd and any(frame.dense_box or frame.box_xywh for frame in track.frames):
            tracks.setdefault(track.video_id, []).append(track)
    return tracks


def _coco_vis_video(
    video: CocoVisVideo,
    tracks: Sequence[CocoVisTrack],
    rows: Mapping[int, int],
    frames_dir: Path,
    *,
    boxes_only: bool,
) -> LabelledVideo:
    codes: dict[int, dict[int, Rle]] = {}
    for row, track in enumerate(tracks):
        for t, frame in enumerate(() if boxes_only else track.frames):
            if frame.mask is not None:
                codes.setdefault(t, {})[row] = frame.mask
    return LabelledVideo(
        name=video.name,
        size_hw=(video.height, video.width),
        read_frame=CocoVisPictures.checked(video, frames_dir).read,
        class_index=np.array([rows[track.category_id] for track in tracks], np.int64),
        boxes_xyxy=np.array([[_box_xyxy(frame) for frame in track.frames] for track in tracks], np.float32),
        annotated=np.ones(video.length, np.bool_),
        read_masks=_mask_reader(codes),
    )


def _box_xyxy(frame: CocoVisFrame) -> tuple[float, float, float, float]:
    box_xywh = frame.dense_box.box_xywh if frame.dense_box else frame.box_xywh
    if box_xywh is None:
        return (np.nan,) * 4
    x, y, width, height = box_xywh
    return x, y, x + width, y + height


def _mask_reader(codes: _CodesByFrame) -> MaskReader:
    def read_masks(frame_index: int) -> Mapping[int, NDArray[np.bool_]]:
        return {row: code.decode() for row, code in codes.get(frame_index, {}).items()}

    return read_masks


@dataclass(frozen=True, eq=False)
class _ReadProject:
    """What is taken from a project before it is closed.

    Attributes:
        name: For messages.
        size_hw: Of its frames.
        labels: What is known of its objects.
        open_video: Opens its video.
    """

    name: str
    size_hw: tuple[int, int]
    labels: ProjectLabels
    open_video: Callable[[], VideoSource]

    @classmethod
    def of(cls, path: Path, *, boxes_only: bool) -> _ReadProject:
        with Project.open(path, read_only=True) as project:
            labels = ProjectLabels.of(project, boxes_only=boxes_only)
            reference = project.video_reference
            video_path = reference.found(project.path)
            return cls(
                name=project.name,
                size_hw=(project.height, project.width),
                labels=labels,
                open_video=lambda: open_video(
                    video_path, cache_bytes=_CACHE_BYTES, normalization=reference.normalization
                ),
            )

    def labelled(self, class_names: tuple[str, ...], shelf: OpenVideos) -> LabelledVideo:
        return LabelledVideo(
            name=self.name,
            size_hw=self.size_hw,
            read_frame=shelf.reader(self.open_video),
            class_index=np.array([class_names.index(name) for name in self.labels.boxes.categories], np.int64),
            boxes_xyxy=self.labels.boxes.boxes_xyxy,
            annotated=self.labels.annotated,
            read_masks=_mask_reader(self.labels.codes),
        )
