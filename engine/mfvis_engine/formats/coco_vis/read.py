"""Reading COCO-VIS files into typed values."""

import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from mfvis_engine.formats.coco_vis.codes import pack_code, parse_rle
from mfvis_engine.formats.coco_vis.types import (
    BoxXywh,
    CocoVisCategory,
    CocoVisDataset,
    CocoVisFrame,
    CocoVisResult,
    CocoVisTrack,
    CocoVisVideo,
    DenseBox,
    DenseBoxOrigin,
    Occlusion,
)
from mfvis_engine.formats.errors import FormatError
from mfvis_engine.formats.file_names import leaves_folder
from mfvis_engine.formats.json_file import JsonNode, ObjectHook, load_json, parse_json

RESULTS_NAME = "results.json"
MAX_UNPACKED_BYTES, MAX_EXPANSION = 2**28, 200
ABSENT = CocoVisFrame()


def read_ground_truth(path: Path | str) -> CocoVisDataset:
    """Read a ground truth file: ours, YouTube-VIS 2019 to 2022, OVIS, HQ-YTVIS, or one with boxes alone.

    Lists of boxes, areas, masks or occlusions may be missing; boxes and areas are then the masks'. A box of
    four zeros, or an empty mask, is an absent object. Run-length codes may be of both spellings. Validation
    and test sets, whose annotations are withheld, have no tracks.

    Raises:
        FormatError: The file cannot be read, or a value is wrong; names the place in the file.
    """
    return parse_ground_truth(load_ground_truth_json(Path(path)))


def read_results(path: Path | str) -> tuple[CocoVisResult, ...]:
    """Read predictions: a JSON list, or a zip with `results.json` at its root.

    Raises:
        FormatError: The file cannot be read, or a value is wrong; names the place in the file.
    """
    return parse_results(load_results_json(Path(path), pack_code))


def load_ground_truth_json(path: Path) -> JsonNode:
    """The JSON of a ground truth file, its run-length codes packed."""
    return load_json(path, pack_code)


def load_results_json(path: Path, object_hook: ObjectHook | None = None) -> JsonNode:
    """The JSON of a results file, zipped or not."""
    if not zipfile.is_zipfile(path):
        return load_json(path, object_hook)
    with zipfile.ZipFile(path) as archive:
        if RESULTS_NAME not in archive.namelist():
            raise FormatError(
                f"{path.name} holds {', '.join(archive.namelist()) or 'nothing'}: "
                f"{RESULTS_NAME} must be in it, in no folder"
            )
        _check_expansion(path, archive.getinfo(RESULTS_NAME))
        try:
            return parse_json(path.name, archive.read(RESULTS_NAME).decode("utf-8"), object_hook)
        except (zipfile.BadZipFile, zlib.error, UnicodeDecodeError, RuntimeError, NotImplementedError) as error:
            raise FormatError(f"{path.name} is damaged or encrypted ({error}): export it again") from error


def parse_ground_truth(root: JsonNode) -> CocoVisDataset:
    """A ground truth file's values, or FormatError."""
    videos = tuple(parse_video(node) for node in root.get("videos").items())
    of_id = {video.video_id: video for video in videos}
    annotations = root.find("annotations")
    tracks = () if annotations is None or annotations.is_null else annotations.items()
    return CocoVisDataset(
        videos=videos,
        categories=tuple(_category(node) for node in root.get("categories").items()),
        tracks=tuple(parse_track(node, known_video(node, of_id)) for node in tracks),
    )


def parse_results(root: JsonNode) -> tuple[CocoVisResult, ...]:
    """A results file's values, or FormatError."""
    return tuple(_result(node) for node in root.items())


def parse_video(node: JsonNode) -> CocoVisVideo:
    """A video, or FormatError."""
    file_names = tuple(_file_name(name) for name in node.get("file_names").items())
    length = node.get("length")
    if length.integer() != len(file_names):
        raise length.error(f"is {length.shown()}, but there are {len(file_names)} file names: give one a frame")
    return CocoVisVideo(node.get("id").integer(), node.get("width").integer(), node.get("height").integer(), file_names)


def known_video(node: JsonNode, videos: dict[int, CocoVisVideo]) -> CocoVisVideo:
    """The video an annotation or result speaks of, or FormatError."""
    video_id = node.get("video_id")
    if video_id.integer() not in videos:
        raise video_id.error(f"is {video_id.shown()}: there is no video with this id")
    return videos[video_id.integer()]


def parse_box_xywh(node: JsonNode) -> BoxXywh:
    """Four finite numbers, or FormatError."""
    if node.count() != 4:
        raise node.error(f"is {node.shown()}: a box is [x, y, width, height]")
    x, y, width, height = (number.number() for number in node.items())
    return x, y, width, height


def frame_nodes(node: JsonNode, name: str, length: int) -> Iterator[JsonNode | None]:
    """The values of a list with one a frame; None where they are null or the list is missing."""
    listed = node.find(name)
    if listed is None or listed.is_null:
        yield from [None] * length
        return
    if listed.count() != length:
        raise listed.error(f"has {listed.count()} values, but the video has {length} frames: give one a frame")
    yield from (None if value.is_null else value for value in listed.items())


def _check_expansion(path: Path, member: zipfile.ZipInfo) -> None:
    """Refuse a small file that would fill the memory; results seldom shrink to less than a hundredth."""
    if member.file_size > max(MAX_UNPACKED_BYTES, MAX_EXPANSION * member.compress_size):
        raise FormatError(
            f"{path.name}: {RESULTS_NAME} would grow from {member.compress_size} to {member.file_size} bytes, which no "
            f"list of results does: unpack it yourself if you trust it"
        )


def _file_name(node: JsonNode) -> str:
    """The name of a frame, below the folder of all frames, or FormatError."""
    name = node.text()
    if leaves_folder(name):
        raise node.error(f"is {node.shown()}: it must lie below the folder of the frames, without '..' or a drive")
    return name


def _category(node: JsonNode) -> CocoVisCategory:
    supercategory = node.find("supercategory")
    return CocoVisCategory(
        node.get("id").integer(),
        node.get("name").text(),
        "object" if supercategory is None else supercategory.text(),
    )


def parse_track(node: JsonNode, video: CocoVisVideo) -> CocoVisTrack:
    """A track of a video, or FormatError."""
    annotation_id = node.get("id").integer()
    track_id, is_crowd = node.find("track_id"), node.find("iscrowd")
    return CocoVisTrack(
        annotation_id=annotation_id,
        track_id=annotation_id if track_id is None else track_id.integer(),
        video_id=video.video_id,
        category_id=node.get("category_id").integer(),
        frames=tuple(_frames(node, video)),
        is_crowd=is_crowd is not None and is_crowd.flag(),
    )


def _frames(node: JsonNode, video: CocoVisVideo) -> Iterator[CocoVisFrame]:
    names = ("segmentations", "bboxes", "areas", "occlusion")
    columns = [frame_nodes(node, name, video.length) for name in names]
    dense_boxes = _dense_boxes(node, video.length)
    for mask, box, area, occlusion, dense_box in zip(*columns, dense_boxes, strict=True):
        if mask or box or dense_box:
            frame = _frame(mask, box, area, dense_box, video)
            is_present = frame.mask or frame.box_xywh
            yield replace(frame, occlusion=_occlusion(occlusion)) if occlusion and is_present else frame
        else:
            yield ABSENT


def _frame(
    mask_node: JsonNode | None,
    box_node: JsonNode | None,
    area_node: JsonNode | None,
    dense_box: DenseBox | None,
    video: CocoVisVideo,
) -> CocoVisFrame:
    mask = parse_rle(mask_node) if mask_node else None
    if mask_node and mask and (mask.height, mask.width) != (video.height, video.width):
        raise mask_node.error(
            f"has the size {mask.height} x {mask.width}, but the video is {video.height} x {video.width} "
            f"(height x width): make the masks at the video's size"
        )
    area = area_node.number() if area_node else mask.area() if mask else None
    if mask and not mask.area():
        mask, area = None, None
    box_xywh = _present_box(box_node) if box_node else mask.box_xywh() if mask else None
    return CocoVisFrame(mask, box_xywh, area, dense_box)


def _occlusion(node: JsonNode) -> Occlusion:
    if node.value not in list(Occlusion):
        raise node.error(f"is {node.shown()}: it must be null or one of {', '.join(Occlusion)}")
    return Occlusion(node.text())


def _present_box(node: JsonNode) -> BoxXywh | None:
    box_xywh = parse_box_xywh(node)
    if not any(box_xywh):
        return None
    if box_xywh[2] <= 0 or box_xywh[3] <= 0:
        raise node.error(f"is {node.shown()}: width and height must be above 0; use null for an absent object")
    return box_xywh


def _dense_boxes(node: JsonNode, length: int) -> Iterator[DenseBox | None]:
    names = ("dense_bboxes", "bbox_origins", "occluded")
    for box, origin, occluded in zip(*(frame_nodes(node, name, length) for name in names), strict=True):
        if box is None:
            yield None
            continue
        if origin is None:
            raise box.error("has no origin in bbox_origins: give one for each dense box")
        if origin.value not in list(DenseBoxOrigin):
            raise origin.error(f"is {origin.shown()}: it must be one of {', '.join(DenseBoxOrigin)}")
        is_occluded = occluded is not None and occluded.flag()
        yield DenseBox(parse_box_xywh(box), DenseBoxOrigin(origin.text()), is_occluded)


def _result(node: JsonNode) -> CocoVisResult:
    masks = (None if mask.is_null else parse_rle(mask) for mask in node.get("segmentations").items())
    return CocoVisResult(
        node.get("video_id").integer(),
        node.get("category_id").integer(),
        node.get("score").number(),
        tuple(masks),
    )
