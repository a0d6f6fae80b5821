"""BDD100K's MOTS files, in Scalabel's JSON: a list of frames, each with its objects' boxes and masks.

A frame is `{name, videoName, frameIndex, size, labels}`; a label `{id, category, attributes, box2d, rle}`. Frames
count from 0. In `box2d` the right and lower edge is the last pixel's number: one less than the pixel edge.
Attributes are `occluded`, `truncated`, `crowd`, and any other.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.annotation import Annotations, BoxXyxy
from mfvis_engine.formats.atomic import replaced_when_done
from mfvis_engine.formats.box_rows import BoxRow, annotations_from_rows
from mfvis_engine.formats.coco_vis.codes import parse_rle
from mfvis_engine.formats.coco_vis.types import CocoVisVideo
from mfvis_engine.formats.errors import FormatError, VerificationError
from mfvis_engine.formats.json_file import JsonNode
from mfvis_engine.formats.json_stream import stream_json
from mfvis_engine.formats.label_runs import label_mask
from mfvis_engine.formats.mask_survey import VideoShape, check_size
from mfvis_engine.formats.object_frames import (
    FrameObject,
    attributes_to_json,
    check_file_name,
    frame_objects,
    parse_attributes,
    parse_box_xyxy,
    parse_frame_index,
    parse_size,
    tight_box_xyxy,
)
from mfvis_engine.formats.rle import Rle
from mfvis_engine.formats.track_numbers import number_tracks


def read_bdd100k_boxes(path: Path | str, video: str | None = None, *, bridge_gaps: bool = False) -> Annotations:
    """Read the boxes of one video; each is a keyframe. A label without a box has its mask's.

    Labels' ids become track ids as `number_tracks` says.

    Args:
        path: A JSON list of frames, or an object with such a list under `frames`.
        video: Its `videoName`; may be left out where the file has one video.
        bridge_gaps: Interpolate over frames without a label instead of taking the object to be outside in them.

    Raises:
        FormatError: The file cannot be read, or a value is wrong; names the frame and label.
    """
    path = Path(path)
    survey = _survey(path, video)
    return annotations_from_rows(path, _rows(path, survey), gaps_outside=not bridge_gaps)


def read_bdd100k_masks(
    path: Path | str, video: str | None = None, *, shape: VideoShape | None = None
) -> Iterator[NDArray[np.uint16]]:
    """Read the masks of one video, a frame at a time up to the last in the file.

    Where masks overlap, the later label lies on top. Frames that the file leaves out are empty.

    Args:
        path: As in `read_bdd100k_boxes`.
        video: As in `read_bdd100k_boxes`.
        shape: (frames, height, width) of the video, if known: masks of another size are then refused unpainted.

    Yields:
        (H, W) uint16, the track id of each pixel; the ids are those of `read_bdd100k_boxes`.

    Raises:
        FormatError: The file cannot be read, tells no size, or a value is wrong; names the frame and label.
    """
    path = Path(path)
    survey = _survey(path, video)
    if shape and survey.size:
        check_size(path, *survey.size, shape)
    next_frame = 0
    for frame in _frames_of(path, survey.video_name):
        if survey.size is None:
            raise frame.node.error("has no size and no video's label an rle: without a size there is no mask")
        for _ in range(next_frame, frame.frame_index):
            yield label_mask((), *survey.size)
        items = [item for _, item in frame.objects(survey)]
        yield label_mask(((item.track_id, item.mask) for item in items if item.mask), *survey.size)
        next_frame = frame.frame_index + 1


def write_bdd100k(
    path: Path | str,
    annotations: Annotations,
    video: CocoVisVideo,
    label_masks: Iterable[NDArray[np.integer]] | None = None,
) -> None:
    """Write the boxes of a video, and its masks where they are given, frame by frame.

    A label's box is tight around its mask, or as annotated where it has none. Frames are named `VIDEO-0000001.jpg`
    and on, since the format wants names that no other video has.

    Args:
        path: The file.
        annotations: Tracks, which name every id in the masks.
        video: Of T frames, H x W.
        label_masks: T frames of (H, W); each value is a track id, 0 background. None for boxes alone.

    Raises:
        FormatError: The masks do not fit the video or the tracks, or the file cannot be written.
        VerificationError: What was written does not read back equal.
    """
    path = Path(path)
    survey = _Survey(video.name, {str(known): known for known in annotations.track_ids}, (video.height, video.width))
    written: list[int] = []
    with replaced_when_done(path) as unfinished:
        with unfinished.open("w", encoding="utf-8", newline="\n") as file:
            file.write("[")
            for frame_index, items in enumerate(frame_objects(annotations, video, label_masks)):
                file.write(",\n" if frame_index else "\n")
                file.write(json.dumps(_frame_json(frame_index, items, video), allow_nan=False))
                written.append(hash(items))
            file.write("\n]\n")
        for frame, expected in zip_longest(_frames_of(unfinished, video.name), written):
            if frame is None or hash(tuple(item for _, item in frame.objects(survey))) != expected:
                raise VerificationError(f"{path} did not read back as written: nothing was changed; try again")


@dataclass(frozen=True, slots=True)
class _Survey:
    """What must be known of a video before its frames can be read."""

    video_name: str
    track_ids: Mapping[str, int]
    size: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class _Frame:
    node: JsonNode
    video_name: str
    frame_index: int

    def labels(self) -> Iterator[JsonNode]:
        labels = self.node.find("labels")
        return iter(()) if labels is None or labels.is_null else labels.items()

    def size(self) -> tuple[int, int] | None:
        """(height, width) as the frame or its first mask has it."""
        size = self.node.find("size")
        if size is not None and not size.is_null:
            return parse_size(size.get("height"), size.get("width"))
        rles = (label.find("rle") for label in self.labels())
        return next((_rle_size(rle) for rle in rles if rle is not None and not rle.is_null), None)

    def objects(self, survey: _Survey) -> Iterator[tuple[JsonNode, FrameObject]]:
        for label in self.labels():
            yield label, _object(label, survey)


def _survey(path: Path, video: str | None) -> _Survey:
    ids: dict[str, dict[str, None]] = {}
    sizes: dict[str, tuple[int, int] | None] = {}
    for frame in _frames(path):
        ids.setdefault(frame.video_name, {}).update((_label_id(label), None) for label in frame.labels())
        sizes[frame.video_name] = sizes.get(frame.video_name) or frame.size()
    if len(ids) > 1 if video is None else video not in ids:
        asked = "no video was named" if video is None else f"there is no video {video!r}"
        raise FormatError(f"{path.name}: {asked}: choose one of {', '.join(list(ids)[:10]) or 'none'}, by videoName")
    name = video if video is not None else next(iter(ids), "")
    return _Survey(name, number_tracks(path.name, ids.get(name, ())), sizes.get(name))


def _frames(path: Path) -> Iterator[_Frame]:
    for list_name, node in stream_json(path):
        if list_name in ("", "frames"):
            name = node.find("videoName")
            check_file_name(name)
            check_file_name(node.find("name"))
            video_name = "" if name is None or name.is_null else name.text()
            yield _Frame(node, video_name, parse_frame_index(node.get("frameIndex")))


def _frames_of(path: Path, video_name: str) -> Iterator[_Frame]:
    before = -1
    for frame in _frames(path):
        if frame.video_name == video_name:
            if frame.frame_index <= before:
                raise frame.node.get("frameIndex").error(
                    f"is {frame.frame_index} after {before}: sort the frames of a video by frameIndex, each once"
                )
            before = frame.frame_index
            yield frame


def _rows(path: Path, survey: _Survey) -> Iterator[BoxRow]:
    for frame in _frames_of(path, survey.video_name):
        for node, item in frame.objects(survey):
            yield item.as_row(node.place, frame.frame_index)


def _label_id(label: JsonNode) -> str:
    node = label.get("id")
    return str(node.integer()) if isinstance(node.value, int) else node.text()


def _object(label: JsonNode, survey: _Survey) -> FrameObject:
    rle, box2d = label.find("rle"), label.find("box2d")
    mask = _parse_mask(rle, survey) if rle is not None and not rle.is_null else None
    if box2d is not None and not box2d.is_null:
        box_xyxy = _parse_box2d(box2d)
    elif mask:
        box_xyxy = tight_box_xyxy(mask)
    else:
        raise label.error("has neither box2d nor a mask in rle: nothing else is read")
    occluded, attributes = parse_attributes(label.find("attributes"))
    category = label.get("category").text().strip()
    return FrameObject(survey.track_ids[_label_id(label)], category, box_xyxy, mask, occluded, attributes)


def _parse_mask(node: JsonNode, survey: _Survey) -> Rle | None:
    if _rle_size(node) != survey.size:
        raise node.error(f"has the size {_rle_size(node)} (height, width), but the video {survey.size}: mixed videos?")
    mask = parse_rle(node)
    return mask if mask.area() else None


def _rle_size(node: JsonNode) -> tuple[int, int]:
    size = node.get("size")
    if size.count() != 2:
        raise size.error(f"is {size.shown()}: it must be [height, width]")
    return parse_size(*size.items())


def _parse_box2d(node: JsonNode) -> BoxXyxy:
    x1, y1, x2, y2 = (node.get(name).number() for name in ("x1", "y1", "x2", "y2"))
    return parse_box_xyxy(node, (x1, y1, x2 + 1, y2 + 1))


def _frame_json(frame_index: int, items: Iterable[FrameObject], video: CocoVisVideo) -> dict[str, object]:
    return {
        "name": f"{video.name}-{frame_index + 1:07d}.jpg",
        "videoName": video.name,
        "frameIndex": frame_index,
        "size": {"width": video.width, "height": video.height},
        "labels": [_label_json(item) for item in items],
    }


def _label_json(item: FrameObject) -> dict[str, object]:
    x0, y0, x1, y1 = item.box_xyxy
    label: dict[str, object] = {
        "id": str(item.track_id),
        "category": item.category,
        "attributes": attributes_to_json(item),
        "box2d": {"x1": x0, "y1": y0, "x2": round(x1 - 1, 3), "y2": round(y1 - 1, 3)},
    }
    if item.mask:
        size = [item.mask.height, item.mask.width]
        label["rle"] = {"counts": item.mask.compressed_counts(), "size": size}
    return label
