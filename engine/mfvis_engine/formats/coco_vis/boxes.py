"""From COCO-VIS tracks to box keyframes."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from mfvis_engine.annotation import AnnotationError, Annotations, BoxXyxy, Keyframe, KeyframeOrigin, Track
from mfvis_engine.formats.box_rows import with_gaps_outside
from mfvis_engine.formats.coco_vis.read import read_ground_truth
from mfvis_engine.formats.coco_vis.types import BoxXywh, CocoVisDataset, CocoVisTrack, DenseBox, DenseBoxOrigin
from mfvis_engine.formats.errors import FormatError


def read_boxes(path: Path | str, video: int | str | None = None, *, bridge_gaps: bool = False) -> Annotations:
    """Read the boxes of one video of a COCO-VIS file as tracks.

    Where the file tells which boxes were given (`dense_bboxes`, as we write them), those become keyframes
    with the origin it tells, and so do the first and last box beside a gap. Otherwise every frame with a box,
    or with a mask to take one from, is an imported keyframe.

    Args:
        path: A ground truth file; segmentations may be missing.
        video: Its id or name; may be left out where the file has one video.
        bridge_gaps: Interpolate over null frames instead of taking the object to be outside in them.

    Raises:
        FormatError: The file cannot be read, or a value is wrong; names the annotation and value.
    """
    path = Path(path)
    return annotations_of(path.name, read_ground_truth(path), video, bridge_gaps=bridge_gaps)


def annotations_of(
    file_name: str, dataset: CocoVisDataset, video: int | str | None = None, *, bridge_gaps: bool = False
) -> Annotations:
    """The boxes of one video of a dataset as tracks; see `read_boxes`.

    Args:
        file_name: Where the dataset is from, for errors.
        dataset: As it was read.
        video: As in `read_boxes`.
        bridge_gaps: As in `read_boxes`.

    Raises:
        FormatError: There is no such video, or a track of it is wrong; names the annotation and value.
    """
    video_id = dataset.video(video).video_id
    names = {category.category_id: category.name for category in dataset.categories}
    found: dict[int, CocoVisTrack] = {}
    for track in dataset.tracks:
        before = found.setdefault(track.track_id, track) if track.video_id == video_id else track
        if before is not track:
            raise FormatError(
                f"{file_name}: annotation {track.annotation_id} is of track {track.track_id}, as is annotation "
                f"{before.annotation_id}: give each track of a video its own id"
            )
    return Annotations(tuple(_annotation(file_name, track, names, bridge_gaps=bridge_gaps) for track in found.values()))


def _annotation(file_name: str, track: CocoVisTrack, names: dict[int, str], *, bridge_gaps: bool) -> Track:
    place = f"{file_name}: annotation {track.annotation_id}"
    if track.category_id not in names:
        raise FormatError(f"{place}: there is no category {track.category_id}: add it to the categories")
    try:
        keyframes = _keyframes(track, bridge_gaps=bridge_gaps)
        return Track(track.track_id, names[track.category_id].strip(), keyframes)
    except AnnotationError as error:
        raise FormatError(f"{place}: {error}") from error


def _keyframes(track: CocoVisTrack, *, bridge_gaps: bool) -> tuple[Keyframe, ...]:
    annotated = [_annotated(frame.dense_box) for frame in track.frames]
    if any(annotated):
        return tuple(_drawn_keyframes(annotated, bridge_gaps=bridge_gaps))
    keyframes = [
        Keyframe(frame_index, _xyxy(frame.box_xywh), origin=KeyframeOrigin.IMPORTED)
        for frame_index, frame in enumerate(track.frames)
        if frame.box_xywh
    ]
    return tuple(keyframes) if bridge_gaps else with_gaps_outside(keyframes)


def _annotated(box: DenseBox | None) -> DenseBox | None:
    return None if box is None or box.origin is DenseBoxOrigin.MASK else box


def _drawn_keyframes(boxes: Sequence[DenseBox | None], *, bridge_gaps: bool) -> Iterator[Keyframe]:
    """Keyframes that interpolate to the boxes of the frames, where those lie on straight lines."""
    last_present = max(frame_index for frame_index, box in enumerate(boxes) if box)
    present = boxes[: last_present + 1]
    neighbours = zip((None, *present), present, (*present[1:], None), strict=False)
    for frame_index, (before, box, after) in enumerate(neighbours):
        if box and (box.origin.of_keyframe or not before or not after):
            yield Keyframe(frame_index, _xyxy(box.box_xywh), occluded=box.occluded, origin=_origin(box))
        elif before and not box and not bridge_gaps:
            yield Keyframe(frame_index, _xyxy(before.box_xywh), outside=True, origin=_origin(before))


def _origin(box: DenseBox) -> KeyframeOrigin:
    return KeyframeOrigin(box.origin.value)


def _xyxy(box_xywh: BoxXywh) -> BoxXyxy:
    x, y, width, height = box_xywh
    return x, y, x + width, y + height
