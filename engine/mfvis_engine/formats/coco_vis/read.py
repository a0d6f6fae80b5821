"""Reading COCO-VIS files into typed values."""

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from mfvis_engine.formats.coco_vis.codes import pack_code, parse_rle
from mfvis_engine.formats.coco_vis.types import (
    OCCLUSIONS,
    ORIGINS,
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
from mfvis_engine.formats.json_file import JsonNode, ObjectHook, load_json, parse_json, put_by_id
from mfvis_engine.formats.json_stream import stream_json

RESULTS_NAME = "results.json"
MAX_UNPACKED_BYTES, MAX_EXPANSION = 2**28, 200
MAX_SHOWN = 10
MAX_TRACK_CHARACTERS = 2**29
"""The longest annotation; one of ten thousand frames has a tenth of it."""

ABSENT = CocoVisFrame()


def read_ground_truth(path: Path | str) -> CocoVisDataset:
    """Read a ground truth file: ours, YouTube-VIS 2019 to 2022, OVIS, HQ-YTVIS, or one with boxes alone.

    Lists of boxes, areas, masks or occlusions may be missing; boxes and areas are then the masks'. A box of
    four zeros, or an empty mask, is an absent object. Run-length codes may be of both spellings. Validation
    and test sets, whose annotations are withheld, have no tracks.

    The file is read once, a track at a time, of which compressed codes are kept.

    Raises:
        FormatError: The file cannot be read, or a value is wrong; names the place in the file.
    """
    reading = _Reading()
    values = stream_json(
        Path(path), pack_code, needed=("videos", "categories"), max_value_characters=MAX_TRACK_CHARACTERS
    )
    for name, node in values:
        reading.take(name, node)
    return reading.dataset()


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
    return parse_json(path.name, _unzipped(path), object_hook)


def _unzipped(path: Path) -> str:
    """The text of the results in a zip."""
    try:
        with zipfile.ZipFile(path) as archive:
            _check_members(path, archive.infolist())
            return archive.read(RESULTS_NAME).decode("utf-8")
    except FormatError:
        raise
    except Exception as error:  # every way of packing has errors of its own
        raise FormatError(f"{path.name} is damaged or encrypted ({error}): export it again") from error


@dataclass(slots=True)
class _Reading:
    """A ground truth file on its way; annotations that come before the videos wait."""

    videos: dict[int, CocoVisVideo] = field(default_factory=dict)
    categories: dict[int, CocoVisCategory] = field(default_factory=dict)
    tracks: list[CocoVisTrack] = field(default_factory=list)
    waiting: list[JsonNode] = field(default_factory=list)

    def take(self, name: str, node: JsonNode) -> None:
        """Take an element of the list of this name, or what stands in the place of the list."""
        if name not in ("videos", "categories", "annotations") or (name == "annotations" and node.is_null):
            return
        if node.key == name:
            node.count()  # which refuses what is no list
        if name == "videos":
            put_by_id(self.videos, node, parse_video(node))
        elif name == "categories":
            put_by_id(self.categories, node, parse_category(node))
        elif self.videos:
            self.tracks.append(parse_track(node, known_video(node, self.videos)))
        else:
            self.waiting.append(node)

    def dataset(self) -> CocoVisDataset:
        """What the file held."""
        late = [parse_track(node, known_video(node, self.videos)) for node in self.waiting]
        return CocoVisDataset((*self.videos.values(),), (*self.categories.values(),), (*self.tracks, *late))


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


def _check_members(path: Path, members: Sequence[zipfile.ZipInfo]) -> None:
    """Refuse a zip without results, and a small one that would fill the memory.

    Results seldom shrink to less than a hundredth. How small they are packed, the archive need not tell the truth of.
    """
    sizes = [member.file_size for member in members if member.filename == RESULTS_NAME]
    packed_bytes = path.stat().st_size
    if not sizes:
        listed = ", ".join(member.filename for member in members[:MAX_SHOWN]) or "nothing"
        more = ", ..." if len(members) > MAX_SHOWN else ""
        raise FormatError(f"{path.name} holds {listed}{more}: {RESULTS_NAME} must be in it, in no folder")
    if max(sizes) > max(MAX_UNPACKED_BYTES, MAX_EXPANSION * packed_bytes):
        raise FormatError(
            f"{path.name}: {RESULTS_NAME} would grow from {packed_bytes} to {max(sizes)} bytes, which no "
            f"list of results does: unpack it yourself if you trust it"
        )


def _file_name(node: JsonNode) -> str:
    """The name of a frame, below the folder of all frames, or FormatError."""
    name = node.text()
    if leaves_folder(name):
        raise node.error(f"is {node.shown()}: it must lie below the folder of the frames, without '..' or a drive")
    return name


def parse_category(node: JsonNode) -> CocoVisCategory:
    """A category, or FormatError."""
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
    if node.value not in OCCLUSIONS:
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
        if origin.value not in ORIGINS:
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
