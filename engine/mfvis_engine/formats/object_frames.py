"""What BDD100K and CocoVID share: a list of objects in every frame, each with a box, a mask, or both."""

import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.annotation import Annotations, Attributes, BoxXyxy, Track, interpolate
from mfvis_engine.formats.box_rows import BoxRow, rounded_box_xyxy
from mfvis_engine.formats.coco_vis.types import CocoVisVideo
from mfvis_engine.formats.errors import FormatError
from mfvis_engine.formats.file_names import leaves_folder
from mfvis_engine.formats.json_file import JsonNode
from mfvis_engine.formats.json_stream import named_values
from mfvis_engine.formats.label_runs import encode_labels
from mfvis_engine.formats.rle import MAX_MASK_PIXELS, Rle

MAX_FRAME_COUNT = 2**20
"""Nine hours of 30 frames a second; a larger index is a slip."""

OCCLUDED = "occluded"
FLAGS = ("truncated", "crowd")
"""Attributes that are either set or not worth a word."""


@dataclass(frozen=True, slots=True)
class FrameObject:
    """One object in one frame.

    Attributes:
        track_id: Its track.
        category: As in `Track`.
        box_xyxy: In pixel edges, to 1/1000 pixel; tight around the mask where there is one.
        mask: None where the object has none.
        occluded: As in `Keyframe`.
        attributes: What else is said of it in this frame.
    """

    track_id: int
    category: str
    box_xyxy: BoxXyxy
    mask: Rle | None = None
    occluded: bool = False
    attributes: Attributes = ()

    def as_row(self, place: str, frame_index: int) -> BoxRow:
        """Its box as a row of a file, which has it in this place."""
        return BoxRow(
            place=place,
            track_id=self.track_id,
            frame_index=frame_index,
            box_xyxy=self.box_xyxy,
            category=self.category,
            occluded=self.occluded,
            attributes=self.attributes,
        )


def frame_objects(
    annotations: Annotations, video: CocoVisVideo, label_masks: Iterable[NDArray[np.integer]] | None = None
) -> Iterator[tuple[FrameObject, ...]]:
    """The objects of every frame, a frame at a time, in the order of their track ids.

    Attributes hold from their keyframe until the next; one of a track gives way to a keyframe's of its name.

    Args:
        annotations: Tracks, which name every id in the masks.
        video: Of T frames, H x W.
        label_masks: T frames of (H, W); each value is a track id, 0 background. None for boxes alone.

    Raises:
        FormatError: Masks of another size or number, an id that no track has, or an attribute that the formats
            have another meaning for.
        InvalidFrameError: A keyframe lies past the end of the video.
    """
    dense_boxes = interpolate(annotations, video.length)
    notes = [_Notes.of(track) for track in annotations.tracks]
    masks = repeat(dict[int, Rle]()) if label_masks is None else _masks(label_masks, annotations, video)
    present = dense_boxes.present
    for frame_index, masks_of_frame in zip(range(video.length), masks, strict=False):
        items = []
        for row in np.flatnonzero(present[:, frame_index] | np.isin(dense_boxes.track_ids, [*masks_of_frame])):
            track = annotations.tracks[row]
            mask = masks_of_frame.get(track.track_id)
            given_xyxy = dense_boxes.boxes_xyxy[row, frame_index].tolist()
            box_xyxy = tight_box_xyxy(mask) if mask else rounded_box_xyxy(given_xyxy)
            occluded = bool(dense_boxes.occluded[row, frame_index])
            attributes = notes[row].at(frame_index)
            items.append(FrameObject(track.track_id, track.category, box_xyxy, mask, occluded, attributes))
        yield tuple(items)
    for _ in () if label_masks is None else masks:
        raise FormatError(f"there are masks after the video's last frame: give {video.length}")


def tight_box_xyxy(mask: Rle) -> BoxXyxy:
    """The box around a mask, in pixel edges."""
    x, y, width, height = mask.box_xywh()
    return x, y, x + width, y + height


def parse_box_xyxy(node: JsonNode, box_xyxy: BoxXyxy) -> BoxXyxy:
    """The box that a value holds, to 1/1000 pixel, or FormatError where it covers nothing."""
    x0, y0, x1, y1 = box_xyxy
    if not (x0 < x1 and y0 < y1):
        raise node.error(f"is {node.shown()}: its width and height must be above 0; remove or mend it")
    return rounded_box_xyxy(box_xyxy)


def parse_frame_index(node: JsonNode) -> int:
    """A frame of a video of sensible length, or FormatError."""
    if not 0 <= node.integer() < MAX_FRAME_COUNT:
        raise node.error(f"is {node.shown()}: frames are counted from 0, up to {MAX_FRAME_COUNT - 1}")
    return node.integer()


def parse_size(height: JsonNode, width: JsonNode) -> tuple[int, int]:
    """The (height, width) of a picture of sensible size, or FormatError."""
    sides = height.integer(), width.integer()
    if min(sides) < 1 or sides[0] * sides[1] > MAX_MASK_PIXELS:
        raise height.error(
            f"and {width.key} are {sides[0]} x {sides[1]} (height x width): a picture has 1 to {MAX_MASK_PIXELS} pixels"
        )
    return sides


def check_file_name(node: JsonNode | None) -> None:
    """FormatError where the name of a frame or its video leads out of the folder of the frames."""
    if node is not None and not node.is_null and leaves_folder(node.text()):
        raise node.error(f"is {node.shown()}: it must lie below the folder of the frames, without '..' or a drive")


def attributes_to_json(item: FrameObject) -> dict[str, bool | str]:
    """The attributes of an object, with `occluded` and both flags always said."""
    words: dict[str, bool | str] = {
        name: {"true": True, "false": False}.get(text, text) for name, text in item.attributes
    }
    return {OCCLUDED: item.occluded, **dict.fromkeys(FLAGS, False), **words}


def parse_attributes(node: JsonNode | None) -> tuple[bool, Attributes]:
    """Whether an object is occluded, and its other attributes as text, or FormatError."""
    if node is None or node.is_null:
        return False, ()
    values = dict(named_values(node))
    occluded = values.pop(OCCLUDED, None)
    texts = ((name, _text(value)) for name, value in values.items() if not value.is_null)
    return occluded is not None and occluded.flag(), _worth_saying(texts)


def _text(value: JsonNode) -> str:
    return value.value if isinstance(value.value, str) else json.dumps(value.value, ensure_ascii=False)


def _worth_saying(attributes: Iterable[tuple[str, str]]) -> Attributes:
    return tuple(sorted((name, text) for name, text in attributes if name not in FLAGS or text != "false"))


@dataclass(frozen=True, slots=True)
class _Notes:
    """The attributes of a track from each keyframe on; before the first, the track's own."""

    frames: tuple[int, ...]
    attributes: tuple[Attributes, ...]

    @classmethod
    def of(cls, track: Track) -> "_Notes":
        frames = tuple(keyframe.frame_index for keyframe in track.keyframes)
        merged = [dict(track.attributes)]
        merged += [{**merged[0], **dict(keyframe.attributes)} for keyframe in track.keyframes]
        if any(OCCLUDED in attributes for attributes in merged):
            raise FormatError(f"track {track.track_id} has an attribute {OCCLUDED!r}, as the flag is called: rename it")
        return cls(frames, tuple(_worth_saying(attributes.items()) for attributes in merged))

    def at(self, frame_index: int) -> Attributes:
        return self.attributes[bisect_right(self.frames, frame_index)]


def _masks(
    label_masks: Iterable[NDArray[np.integer]], annotations: Annotations, video: CocoVisVideo
) -> Iterator[dict[int, Rle]]:
    """The masks of every frame by track id, checked."""
    known = set(annotations.track_ids)
    count = 0
    for frame_index, labels in enumerate(label_masks):
        if labels.shape != (video.height, video.width):
            raise FormatError(
                f"the masks of frame {frame_index} have the shape {labels.shape}, but the video is "
                f"{(video.height, video.width)} (height, width): make them at its size"
            )
        masks = dict(encode_labels(labels))
        if unknown := sorted(masks.keys() - known):
            raise FormatError(
                f"frame {frame_index} has pixels of track {unknown[0]}, but no track has this id: "
                f"add the track, or erase its pixels"
            )
        yield masks
        count += 1
    if count < video.length:
        raise FormatError(f"there are masks for {count} frames, but the video has {video.length}: give all")
