"""Reading boxes and masks of one video of a CocoVID file."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.annotation import Annotations, BoxXyxy
from mfvis_engine.formats.box_rows import annotations_from_rows
from mfvis_engine.formats.coco_vid.segmentation import parse_segmentation
from mfvis_engine.formats.coco_vid.survey import Survey, annotations_of_frames, survey_video
from mfvis_engine.formats.json_file import JsonNode
from mfvis_engine.formats.label_runs import label_mask
from mfvis_engine.formats.mask_survey import VideoShape, check_size
from mfvis_engine.formats.object_frames import (
    FrameObject,
    parse_attributes,
    parse_box_xyxy,
    tight_box_xyxy,
)
from mfvis_engine.formats.rle import Rle


def read_coco_vid_boxes(
    path: Path | str, video: int | str | None = None, *, first_frame: int = 0, bridge_gaps: bool = False
) -> Annotations:
    """Read the boxes of one video; each is a keyframe. An annotation without a box has its mask's.

    Instance ids become track ids as `number_tracks` says.

    Args:
        path: The file.
        video: Its id or name; may be left out where the file has one video.
        first_frame: The `frame_id` of a video's first frame: 0, or 1 in the files of some tools.
        bridge_gaps: Interpolate over frames without an annotation instead of taking the object to be outside in
            them.

    Raises:
        FormatError: The file cannot be read, or a value is wrong; names the annotation and value.
    """
    path = Path(path)
    survey = survey_video(path, video, first_frame=first_frame)
    rows = (item.as_row(node.place, frame_index) for frame_index, node, item in read_objects(path, survey))
    return annotations_from_rows(path, rows, gaps_outside=not bridge_gaps)


def read_coco_vid_masks(
    path: Path | str, video: int | str | None = None, *, first_frame: int = 0, shape: VideoShape | None = None
) -> Iterator[NDArray[np.uint16]]:
    """Read the masks of one video, a frame at a time up to the last image.

    Memory stays flat where the annotations come in the order of frames; otherwise those that come too early wait,
    as run-length codes. Where masks overlap, the later annotation lies on top.

    Args:
        path: As in `read_coco_vid_boxes`.
        video: As in `read_coco_vid_boxes`.
        first_frame: As in `read_coco_vid_boxes`.
        shape: (frames, height, width) of the video, if known: masks of another size are then refused unpainted.

    Yields:
        (H, W) uint16, the track id of each pixel; the ids are those of `read_coco_vid_boxes`.

    Raises:
        FormatError: The file cannot be read, or a value is wrong; names the annotation and value.
    """
    path = Path(path)
    survey = survey_video(path, video, first_frame=first_frame)
    if survey.size is None:
        return
    if shape:
        check_size(path, *survey.size, shape)
    missing = dict(survey.counts)
    waiting: dict[int, dict[int, Rle | None]] = {}
    done = 0
    for frame_index, node, item in read_objects(path, survey):
        masks = waiting.setdefault(frame_index, {})
        if item.track_id in masks:
            raise node.get("instance_id").error(f"is in frame {frame_index} already: keep one of the two")
        masks[item.track_id] = item.mask
        missing[frame_index] -= 1
        while done < survey.length and not missing.get(done):
            yield _labels(waiting.pop(done, {}), survey.size)
            done += 1
    for _ in range(done, survey.length):
        yield _labels({}, survey.size)


def read_objects(path: Path, survey: Survey) -> Iterator[tuple[int, JsonNode, FrameObject]]:
    """The frame index, place and value of each annotation of a video, in the order of the file."""
    for frame_index, node in annotations_of_frames(path, survey.frame_of_image, survey.other_images):
        yield frame_index, node, _parse_object(node, survey)


def _labels(masks: dict[int, Rle | None], size: tuple[int, int]) -> NDArray[np.uint16]:
    return label_mask(((track_id, mask) for track_id, mask in masks.items() if mask), *size)


def _parse_object(node: JsonNode, survey: Survey) -> FrameObject:
    mask = parse_segmentation(node.find("segmentation"), *survey.size) if survey.size else None
    bbox, category = node.find("bbox"), node.get("category_id")
    if bbox is not None and not bbox.is_null:
        box_xyxy = _parse_bbox(bbox)
    elif mask:
        box_xyxy = tight_box_xyxy(mask)
    else:
        raise node.error("has neither a bbox nor a mask in segmentation: remove or mend it")
    if category.integer() not in survey.categories:
        raise category.error(f"is {category.shown()}: there is no category with this id")
    occluded, attributes = parse_attributes(node.find("attributes"))
    is_crowd = node.find("iscrowd")
    if is_crowd is not None and is_crowd.flag():
        attributes = tuple(sorted({**dict(attributes), "crowd": "true"}.items()))
    return FrameObject(
        track_id=survey.track_ids[node.get("instance_id").integer()],
        category=survey.categories[category.integer()],
        box_xyxy=box_xyxy,
        mask=mask,
        occluded=occluded,
        attributes=attributes,
    )


def _parse_bbox(node: JsonNode) -> BoxXyxy:
    if node.count() != 4:
        raise node.error(f"is {node.shown()}: a box is [x, y, width, height]")
    x, y, width, height = (number.number() for number in node.items())
    return parse_box_xyxy(node, (x, y, x + width, y + height))
