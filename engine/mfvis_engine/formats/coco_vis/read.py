"""Reading COCO-VIS files into typed values."""

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

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
)
from mfvis_engine.formats.errors import FormatError, RleError
from mfvis_engine.formats.json_file import JsonNode, load_json, parse_json
from mfvis_engine.formats.rle import Rle

RESULTS_NAME = "results.json"
ABSENT = CocoVisFrame()


def read_ground_truth(path: Path | str) -> CocoVisDataset:
    """Read a ground truth file: ours, YouTube-VIS, OVIS, HQ-YTVIS, or one with boxes alone.

    Lists of boxes, areas or masks may be missing; boxes and areas are then the masks'. A box of four
    zeros, or an empty mask, is an absent object. Run-length codes may be of both spellings.

    Raises:
        FormatError: The file cannot be read, or a value is wrong; names the place in the file.
    """
    root = load_json(Path(path))
    videos = tuple(parse_video(node) for node in root.get("videos").items())
    of_id = {video.video_id: video for video in videos}
    return CocoVisDataset(
        videos=videos,
        categories=tuple(_category(node) for node in root.get("categories").items()),
        tracks=tuple(_track(node, known_video(node, of_id)) for node in root.get("annotations").items()),
    )


def read_results(path: Path | str) -> tuple[CocoVisResult, ...]:
    """Read predictions: a JSON list, or a zip with `results.json` at its root.

    Raises:
        FormatError: The file cannot be read, or a value is wrong; names the place in the file.
    """
    return tuple(_result(node) for node in load_results_json(Path(path)).items())


def load_results_json(path: Path) -> JsonNode:
    """The JSON of a results file, zipped or not."""
    if not zipfile.is_zipfile(path):
        return load_json(path)
    with zipfile.ZipFile(path) as archive:
        if RESULTS_NAME not in archive.namelist():
            raise FormatError(
                f"{path.name} holds {', '.join(archive.namelist()) or 'nothing'}: "
                f"{RESULTS_NAME} must be in it, in no folder"
            )
        try:
            return parse_json(path.name, archive.read(RESULTS_NAME).decode("utf-8"))
        except (zipfile.BadZipFile, zlib.error, UnicodeDecodeError) as error:
            raise FormatError(f"{path.name} is damaged ({error}): export it again") from error


def parse_video(node: JsonNode) -> CocoVisVideo:
    """A video, or FormatError."""
    file_names = tuple(name.text() for name in node.get("file_names").items())
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


def parse_rle(node: JsonNode) -> Rle:
    """A run-length code of either spelling, or FormatError."""
    if isinstance(node.value, list):
        raise node.error("is a list, maybe polygons: only run-length codes are read; convert it first")
    size = node.get("size")
    if size.count() != 2:
        raise size.error(f"is {size.shown()}: it must be [height, width]")
    height, width = (side.integer() for side in size.items())
    counts = node.get("counts")
    try:
        if isinstance(counts.value, str):
            return Rle.from_compressed(height, width, counts.value)
        return Rle.from_uncompressed(height, width, [run.integer() for run in counts.items()])
    except RleError as error:
        raise node.error(f"is no mask: {error}") from error


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


def _category(node: JsonNode) -> CocoVisCategory:
    supercategory = node.find("supercategory")
    return CocoVisCategory(
        node.get("id").integer(),
        node.get("name").text(),
        "object" if supercategory is None else supercategory.text(),
    )


def _track(node: JsonNode, video: CocoVisVideo) -> CocoVisTrack:
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
    names = ("segmentations", "bboxes", "areas")
    columns = [frame_nodes(node, name, video.length) for name in names]
    dense_boxes = _dense_boxes(node, video.length)
    for mask, box, area, dense_box in zip(*columns, dense_boxes, strict=True):
        if mask or box or dense_box:
            yield _frame(mask, box, area, dense_box, video)
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
