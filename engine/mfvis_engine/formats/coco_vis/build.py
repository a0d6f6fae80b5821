"""From label masks and annotated boxes to COCO-VIS tracks."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.annotation import Annotations, BoxOrigin, DenseBoxes
from mfvis_engine.formats.coco_vis.types import (
    CocoVisCategory,
    CocoVisDataset,
    CocoVisFrame,
    CocoVisTrack,
    CocoVisVideo,
    DenseBox,
    DenseBoxOrigin,
    categories_of,
)
from mfvis_engine.formats.errors import FormatError
from mfvis_engine.formats.label_images import unknown_track
from mfvis_engine.formats.label_runs import encode_labels


def single_video_dataset(
    name: str,
    label_masks: Iterable[NDArray[np.integer]],
    annotations: Annotations,
    dense_boxes: DenseBoxes,
    *,
    height: int,
    width: int,
) -> CocoVisDataset:
    """The dataset of one video, in which annotation ids are track ids.

    Args:
        name: The folder of the video's frames in `file_names`.
        label_masks: T frames of (height, width); each value is a track id, 0 background.
        annotations: N tracks, which name every id in the masks.
        dense_boxes: Their boxes in T frames.
        height: Rows.
        width: Columns.

    Raises:
        FormatError: As `tracks_from_label_masks`.
    """
    video = CocoVisVideo.of_size(1, name, width=width, height=height, length=dense_boxes.length)
    categories = categories_of(annotations.categories)
    tracks = tracks_from_label_masks(label_masks, annotations, dense_boxes, video=video, categories=categories)
    return CocoVisDataset((video,), categories, tuple(tracks))


def tracks_from_label_masks(
    label_masks: Iterable[NDArray[np.integer]],
    annotations: Annotations,
    dense_boxes: DenseBoxes,
    *,
    video: CocoVisVideo,
    categories: Sequence[CocoVisCategory],
    annotation_id_offset: int = 0,
) -> list[CocoVisTrack]:
    """Tracks of a video's label masks, read one frame at a time.

    A track's mask is where its id stands, and nothing else: where there is a box and no mask, the box is
    kept as a dense box alone. Tracks without any mask are left out, since an evaluation could only miss
    them.

    Args:
        label_masks: T frames of (H, W); each value is a track id, 0 background.
        annotations: N tracks, which name every id in the masks.
        dense_boxes: Their boxes in T frames.
        video: Of T frames, H x W.
        categories: Every category of the annotations.
        annotation_id_offset: Added to the track ids, so that ids of several videos in one file differ.

    Raises:
        FormatError: Frames of another size or number, an id that no track has, or an unknown category.
    """
    _check_dense_boxes(dense_boxes, annotations, video)
    frames_of = {track.track_id: list(_box_frames(dense_boxes, row)) for row, track in enumerate(annotations.tracks)}
    _put_masks(label_masks, frames_of, video)
    return [
        CocoVisTrack(
            annotation_id=track.track_id + annotation_id_offset,
            track_id=track.track_id,
            video_id=video.video_id,
            category_id=_category_id(track.category, categories),
            frames=tuple(frames_of[track.track_id]),
        )
        for track in annotations.tracks
        if any(frame.mask for frame in frames_of[track.track_id])
    ]


def _put_masks(
    label_masks: Iterable[NDArray[np.integer]], frames_of: dict[int, list[CocoVisFrame]], video: CocoVisVideo
) -> None:
    """Put the masks of every frame beside the boxes that `frames_of` holds for a track id."""
    count = 0
    for frame_index, labels in enumerate(label_masks):
        _check_frame(frame_index, labels, video)
        for track_id, mask in encode_labels(labels):
            if track_id not in frames_of:
                raise unknown_track(frame_index, track_id)
            frames = frames_of[track_id]
            frames[frame_index] = CocoVisFrame.of_mask(mask, frames[frame_index].dense_box)
        count += 1
    if count != video.length:
        raise FormatError(f"there are masks for {count} frames, but the video has {video.length}: give all")


def _box_frames(dense_boxes: DenseBoxes, row: int) -> Iterator[CocoVisFrame]:
    """The frames of a track with its boxes alone."""
    absent = CocoVisFrame()
    for (x0, y0, x1, y1), origin, occluded in zip(
        dense_boxes.boxes_xyxy[row].tolist(),
        dense_boxes.origin[row].tolist(),
        dense_boxes.occluded[row].tolist(),
        strict=True,
    ):
        if origin == BoxOrigin.ABSENT:
            yield absent
        else:
            box_xywh = (x0, y0, x1 - x0, y1 - y0)
            yield CocoVisFrame(dense_box=DenseBox(box_xywh, DenseBoxOrigin(BoxOrigin(origin).name.lower()), occluded))


def _category_id(name: str, categories: Sequence[CocoVisCategory]) -> int:
    for category in categories:
        if category.name == name:
            return category.category_id
    known = ", ".join(category.name for category in categories)
    raise FormatError(f"category {name!r} is not among the categories {known or '(none)'}: add it")


def _check_dense_boxes(dense_boxes: DenseBoxes, annotations: Annotations, video: CocoVisVideo) -> None:
    if tuple(dense_boxes.track_ids.tolist()) != annotations.track_ids:
        raise FormatError("the dense boxes are of other tracks than the annotations: interpolate them again")
    if dense_boxes.length != video.length:
        raise FormatError(
            f"there are boxes for {dense_boxes.length} frames, but the video has {video.length}: "
            f"interpolate to the video's length"
        )


def _check_frame(frame_index: int, labels: NDArray[np.integer], video: CocoVisVideo) -> None:
    if labels.shape != (video.height, video.width):
        raise FormatError(
            f"the masks of frame {frame_index} have the shape {labels.shape}, but the video is "
            f"{(video.height, video.width)} (height, width): make them at its size"
        )
    if frame_index >= video.length:
        raise FormatError(f"there are masks after frame {video.length - 1}, the video's last: give {video.length}")
