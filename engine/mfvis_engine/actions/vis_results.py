"""What a model finds in the videos of a COCO-VIS file, as a file of results to be scored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.actions.coco_vis_pictures import CocoVisPictures
from mfvis_engine.actions.errors import CommandError, OutputExistsError
from mfvis_engine.actions.output import check_replaceable
from mfvis_engine.formats.coco_vis import (
    CocoVisDataset,
    CocoVisResult,
    CocoVisVideo,
    read_ground_truth,
    write_results,
)
from mfvis_engine.inference.vis import (
    MaskSpool,
    NothingFoundError,
    VisInferenceSettings,
    predict_tracks,
    youtube_vis_results,
)
from mfvis_engine.models.device import Device
from mfvis_engine.models.video_mask2former import VideoMask2Former


class UnknownClassesError(CommandError):
    """A dataset has none of the classes that a model knows."""


@dataclass(frozen=True)
class DatasetReport:
    """What was found in the videos of a dataset.

    Attributes:
        video_count: Videos looked at.
        result_count: Results that were written.
        unknown_classes: Classes of the file that the model does not know, so that none of their objects was found.
    """

    video_count: int
    result_count: int
    unknown_classes: tuple[str, ...]


@dataclass(frozen=True)
class _PictureVideo:
    """The pictures of a dataset's video as a `VideoSource`, whose properties and methods it has."""

    pictures: CocoVisPictures
    frame_rate: float | None = None

    @property
    def length(self) -> int:
        return self.pictures.video.length

    @property
    def height(self) -> int:
        return self.pictures.video.height

    @property
    def width(self) -> int:
        return self.pictures.video.width

    def frame(self, frame_index: int) -> NDArray[np.uint8]:
        return self.pictures.read(frame_index)

    def frames(self, start: int, stop: int) -> NDArray[np.uint8]:
        return np.stack([self.frame(index) for index in range(start, stop)])

    def close(self) -> None:
        pass


@dataclass(frozen=True)
class _SharedClasses:
    """The classes that both a model and a dataset have.

    Attributes:
        indices: Of the model's class scores.
        category_ids: Of the dataset, in the same order.
    """

    indices: tuple[int, ...]
    category_ids: tuple[int, ...]

    @classmethod
    def by_name(cls, class_names: tuple[str, ...], dataset: CocoVisDataset) -> _SharedClasses:
        ids = {category.name.strip(): category.category_id for category in dataset.categories}
        indices = tuple(index for index, name in enumerate(class_names) if name in ids)
        return cls(indices, tuple(ids[class_names[index]] for index in indices))


def check_results_free(out: Path, json_path: Path, *, overwrite: bool) -> None:
    """Refuses a place for results where something would be lost.

    Raises:
        OutputExistsError: The file is the dataset's; or it is there, and `overwrite` is false.
    """
    if out.exists() and json_path.exists() and out.samefile(json_path):
        raise OutputExistsError(f"{out} is the file of the videos. Give the results another name.")
    check_replaceable(out, overwrite=overwrite)


def predict_dataset(
    model: VideoMask2Former,
    json_path: Path,
    frames_dir: Path,
    out: Path,
    settings: VisInferenceSettings,
    device: Device,
    on_progress: Callable[[int, int], None] | None = None,
) -> DatasetReport:
    """Writes the results of all videos, the ten surest of each, over an earlier file; its folder is made if missing.

    Args:
        model: Whose classes are the file's, by name; what else it knows is left out.
        json_path: Ground truth, which need not have annotations.
        frames_dir: The folder that the `file_names` start from.
        out: A .json, or a .zip with one.
        settings: How videos are looked at.
        device: Where.
        on_progress: Told of videos done, and of all.

    Raises:
        FormatError: The file cannot be read.
        PictureError: A frame of any video is missing, or one that is looked at is damaged or of another size.
        UnknownClassesError: The model knows no class of the file.
        NothingFoundError: There is no object in any video.
    """
    dataset = read_ground_truth(json_path)
    shared = _SharedClasses.by_name(model.config.class_names, dataset)
    unknown = tuple(one.name for one in dataset.categories if one.category_id not in shared.category_ids)
    if not shared.indices:
        raise UnknownClassesError(
            f"{json_path} has the classes {', '.join(unknown)}, of which the model knows none; it knows "
            f"{', '.join(model.config.class_names)}. Train it on these, or take another file."
        )
    sources = [_PictureVideo(CocoVisPictures.checked(video, frames_dir)) for video in dataset.videos]
    net = model.to(device.torch_device).eval()
    results: list[CocoVisResult] = []
    for done, (video, source) in enumerate(zip(dataset.videos, sources, strict=True), start=1):
        results += _results_of(net, video, source, shared, settings, device)
        if on_progress:
            on_progress(done, len(dataset.videos))
    if not results:
        raise NothingFoundError(
            f"No object was found in any of the {len(dataset.videos)} videos of {json_path}. Train the model longer or "
            "with more videos."
        )
    out.parent.mkdir(parents=True, exist_ok=True)
    write_results(out, results, dataset)
    return DatasetReport(len(dataset.videos), len(results), unknown)


def _results_of(
    net: VideoMask2Former,
    video: CocoVisVideo,
    source: _PictureVideo,
    shared: _SharedClasses,
    settings: VisInferenceSettings,
    device: Device,
) -> tuple[CocoVisResult, ...]:
    with MaskSpool() as spool:
        prediction = predict_tracks(net, source, settings, device)
        for frame in prediction:
            spool.append(frame)
        return youtube_vis_results(
            spool,
            [replace(one, class_scores=one.class_scores[list(shared.indices)]) for one in prediction.tracks],
            video_id=video.video_id,
            length=video.length,
            category_ids=shared.category_ids,
        )
