"""Synthetic videos on disk: frames as pictures, and COCO-VIS files with boxes alone and with masks."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mfvis_engine.formats.atomic import replaced_when_done
from mfvis_engine.formats.coco_vis import (
    CocoVisDataset,
    CocoVisFrame,
    CocoVisTrack,
    CocoVisVideo,
    categories_of,
    write_ground_truth,
)
from mfvis_engine.formats.frame_folder import FRAMES_FOLDER, PictureFormat, write_frames
from mfvis_engine.formats.rle import Rle
from mfvis_engine.training.synthetic_videos.materials import Split, Textures
from mfvis_engine.training.synthetic_videos.silhouettes import CLASS_NAMES
from mfvis_engine.training.synthetic_videos.video import SyntheticVideo, SyntheticVideoSettings, make_video
from mfvis_engine.video import ArrayVideo


@dataclass(frozen=True)
class DatasetFiles:
    """Where a dataset lies.

    Attributes:
        frames_dir: Folders of frames of all videos.
        train_boxes: Boxes of the videos to train from, no masks.
        train_masks: The same with masks.
        held_out: The videos that judge, with masks.
    """

    frames_dir: Path
    train_boxes: Path
    train_masks: Path
    held_out: Path

    @classmethod
    def under(cls, folder: Path) -> DatasetFiles:
        """The files of the dataset in a folder."""
        return cls(folder / FRAMES_FOLDER, folder / "train.json", folder / "train_masks.json", folder / "held_out.json")


def write_dataset(
    folder: Path,
    settings: SyntheticVideoSettings,
    seed: int,
    *,
    train_count: int = 200,
    held_out_count: int = 40,
    picture_format: PictureFormat = PictureFormat.JPEG,
) -> DatasetFiles:
    """Writes both splits into a folder, made if missing; see `DatasetFiles`.

    Raises:
        FormatError: A folder of frames is there already.
        WriteError: The disk is full, or the system refuses a file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = DatasetFiles.under(folder)
    counts = {Split.TRAIN: train_count, Split.HELD_OUT: held_out_count}
    for split, count in counts.items():
        textures = Textures.of(split)
        videos = (make_video(settings, textures, seed, index) for index in range(count))
        dataset = _written(folder, videos, picture_format)
        write_ground_truth(files.train_masks if split is Split.TRAIN else files.held_out, dataset)
        if split is Split.TRAIN:
            _write_boxes(files.train_boxes, dataset)
    return files


def _written(folder: Path, videos: Iterable[SyntheticVideo], picture_format: PictureFormat) -> CocoVisDataset:
    """Frames on disk, and what is in them."""
    listed: list[CocoVisVideo] = []
    tracks: list[CocoVisTrack] = []
    for video_id, video in enumerate(videos, start=1):
        source = ArrayVideo(video.frames_rgb)
        listed.append(write_frames(folder, source, video.name, picture_format, video_id=video_id))
        for row in range(len(video.class_index)):
            tracks.append(_track(video, row, video_id, annotation_id=len(tracks) + 1))
    return CocoVisDataset(tuple(listed), categories_of(CLASS_NAMES), tuple(tracks))


def _track(video: SyntheticVideo, row: int, video_id: int, *, annotation_id: int) -> CocoVisTrack:
    return CocoVisTrack(
        annotation_id=annotation_id,
        track_id=row + 1,
        video_id=video_id,
        category_id=int(video.class_index[row]) + 1,
        frames=tuple(
            CocoVisFrame.of_mask(Rle.encode(video.labels[t] == row + 1)) if present else CocoVisFrame()
            for t, present in enumerate(video.present[row])
        ),
    )


def _write_boxes(path: Path, dataset: CocoVisDataset) -> None:
    """The boxes alone, as somebody who drew no mask would have them."""
    videos = [
        {"id": v.video_id, "width": v.width, "height": v.height, "length": v.length, "file_names": v.file_names}
        for v in dataset.videos
    ]
    categories = [{"id": c.category_id, "name": c.name, "supercategory": c.supercategory} for c in dataset.categories]
    annotations = [
        {
            "id": track.annotation_id,
            "video_id": track.video_id,
            "category_id": track.category_id,
            "iscrowd": 0,
            "bboxes": [frame.box_xywh for frame in track.frames],
        }
        for track in dataset.tracks
    ]
    content = {"videos": videos, "categories": categories, "annotations": annotations}
    with replaced_when_done(path) as unfinished:
        unfinished.write_text(json.dumps(content), encoding="utf-8")
