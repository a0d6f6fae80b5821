"""Writing the boxes and masks of a video as CocoVID, frame by frame, read back before the file takes its place."""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import count, zip_longest
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.annotation import Annotations
from mfvis_engine.formats.atomic import replaced_when_done
from mfvis_engine.formats.coco_vid.read import read_objects
from mfvis_engine.formats.coco_vid.survey import survey_video
from mfvis_engine.formats.coco_vis.types import CocoVisVideo, categories_of
from mfvis_engine.formats.errors import VerificationError
from mfvis_engine.formats.object_frames import FrameObject, attributes_to_json, frame_objects


def write_coco_vid(
    path: Path | str,
    annotations: Annotations,
    video: CocoVisVideo,
    label_masks: Iterable[NDArray[np.integer]] | None = None,
) -> None:
    """Write the boxes of a video, and its masks where they are given, as compressed run-length codes.

    An annotation's `bbox` is tight around its mask, or as annotated where it has none. Instance ids are track ids;
    image ids count from 1.

    Args:
        path: The file.
        annotations: Tracks, which name every id in the masks.
        video: Of T frames, H x W; its file names become the images'.
        label_masks: T frames of (H, W); each value is a track id, 0 background. None for boxes alone.

    Raises:
        FormatError: The masks do not fit the video or the tracks, or the file cannot be written.
        VerificationError: What was written does not read back equal.
    """
    path = Path(path)
    category_ids = {category.name: category.category_id for category in categories_of(annotations.categories)}
    written: list[int] = []
    with replaced_when_done(path) as unfinished:
        with unfinished.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(_head(video, category_ids))
            separator, numbers = "\n", count(1)
            for frame_index, items in enumerate(frame_objects(annotations, video, label_masks)):
                for item in items:
                    annotation = _annotation_json(next(numbers), frame_index, item, category_ids[item.category], video)
                    file.write(separator + _dumps(annotation))
                    separator = ",\n"
                    written.append(hash((frame_index, item)))
            file.write("]}\n")
        if not _reads_back(unfinished, video, category_ids, written):
            raise VerificationError(f"{path} did not read back as written: nothing was changed; try again")


def _reads_back(path: Path, video: CocoVisVideo, category_ids: Mapping[str, int], written: list[int]) -> bool:
    survey = survey_video(path, video.video_id)
    tables = survey.size, survey.frame_of_image, survey.categories
    size = (video.height, video.width) if video.length else None
    frames = {index + 1: index for index in range(video.length)}
    if tables != (size, frames, {number: name for name, number in category_ids.items()}):
        return False
    read = (hash((frame_index, item)) for frame_index, _, item in read_objects(path, survey))
    return all(one == other for one, other in zip_longest(read, written))


def _head(video: CocoVisVideo, category_ids: Mapping[str, int]) -> Iterator[str]:
    """The file up to its annotations, in pieces, one an image."""
    size = {"width": video.width, "height": video.height}
    categories = [{"id": number, "name": name, "supercategory": "object"} for name, number in category_ids.items()]
    yield '{"info": {"description": "Objects of a video", "contributor": "mfvis-napari"},\n"licenses": [],\n"videos": '
    yield _dumps([{"id": video.video_id, "name": video.name, **size}])
    yield f',\n"categories": {_dumps(categories)},\n"images": ['
    for index, file_name in enumerate(video.file_names):
        place = {"id": index + 1, "video_id": video.video_id, "frame_id": index, "file_name": file_name}
        yield (",\n" if index else "\n") + _dumps({**place, **size})
    yield '],\n"annotations": ['


def _dumps(value: object) -> str:
    return json.dumps(value, allow_nan=False)


def _annotation_json(
    annotation_id: int, frame_index: int, item: FrameObject, category_id: int, video: CocoVisVideo
) -> dict[str, object]:
    x0, y0, x1, y1 = item.box_xyxy
    width, height = round(x1 - x0, 3), round(y1 - y0, 3)
    attributes = attributes_to_json(item)
    annotation: dict[str, object] = {
        "id": annotation_id,
        "image_id": frame_index + 1,
        "video_id": video.video_id,
        "category_id": category_id,
        "instance_id": item.track_id,
        "bbox": [x0, y0, width, height],
        "area": item.mask.area() if item.mask else width * height,
        "iscrowd": int(attributes["crowd"] is True),
        "attributes": attributes,
    }
    if item.mask:
        size = [item.mask.height, item.mask.width]
        annotation["segmentation"] = {"size": size, "counts": item.mask.compressed_counts()}
    return annotation
