"""The rules a COCO-VIS file must obey for the official evaluator and common loaders to read it right.

Each is a mistake that they punish silently or with a crash far from its cause, such as an annotation id of
0 (a match with it counts as a miss) or a list shorter than the video (cut off without a word).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path, PurePosixPath

from mfvis_engine.formats.coco_vis.codes import pack_code, parse_rle, parse_spelled_rle
from mfvis_engine.formats.coco_vis.read import (
    known_video,
    load_ground_truth_json,
    load_results_json,
    parse_box_xywh,
    parse_video,
)
from mfvis_engine.formats.coco_vis.types import OCCLUSIONS, CocoVisDataset, CocoVisVideo, Occlusion
from mfvis_engine.formats.errors import FormatError
from mfvis_engine.formats.json_file import JsonNode

Problems = Iterator[FormatError]
OPTIONAL_COLUMNS = ("dense_bboxes", "bbox_origins", "occluded", "occlusion")


def check_ground_truth(path: Path | str) -> list[str]:
    """What is wrong with a ground truth file: a line for each broken rule, none if it is sound.

    Raises:
        FormatError: The file is no JSON with videos, categories and annotations to check.
    """
    return ground_truth_problems(load_ground_truth_json(Path(path)))


def ground_truth_problems(root: JsonNode, annotations: Iterable[JsonNode] | None = None) -> list[str]:
    """What is wrong with a ground truth file that is loaded already.

    Args:
        root: The file.
        annotations: Its annotations where `root` does not hold them; taken one at a time.
    """
    videos, categories = root.get("videos"), root.get("categories")
    if annotations is None:
        annotations = root.get("annotations").items()
    problems = [
        *chain.from_iterable(_guarded(_check_video(node)) for node in videos.items()),
        *chain.from_iterable(_guarded(_check_category(node)) for node in categories.items()),
        *_guarded(_check_unique_ids(videos)),
        *_guarded(_check_folders(videos)),
        *_guarded(_check_categories(categories)),
    ]
    return [*map(str, problems)] or _track_problems(videos, categories, annotations)


def check_results(path: Path | str, dataset: CocoVisDataset) -> list[str]:
    """What is wrong with a results file: a line for each broken rule, none if it is sound.

    Args:
        path: A JSON file, or a zip with `results.json` at its root.
        dataset: The videos and categories that the results refer to.

    Raises:
        FormatError: The file is no JSON list.
    """
    return results_problems(load_results_json(Path(path), pack_code), dataset)


def results_problems(root: JsonNode, dataset: CocoVisDataset) -> list[str]:
    """What is wrong with a results file that is loaded already."""
    if not root.count():
        return [str(root.error("holds no result: evaluators crash on an empty list"))]
    videos = {video.video_id: video for video in dataset.videos}
    category_ids = {category.category_id for category in dataset.categories}
    problems = (_guarded(_check_result(node, videos, category_ids)) for node in root.items())
    return [str(problem) for problem in chain.from_iterable(problems)]


def _track_problems(videos: JsonNode, categories: JsonNode, annotations: Iterable[JsonNode]) -> list[str]:
    """As text at once, since an error holds the values that it is about."""
    video_of_id = {video.video_id: video for video in map(parse_video, videos.items())}
    category_ids = {node.get("id").integer() for node in categories.items()}
    places: dict[int, str] = {}
    problems: list[str] = []
    for node in annotations:
        problems += map(str, _guarded(_check_unique_id(node, places)))
        problems += map(str, _guarded(_check_track(node, video_of_id, category_ids)))
    return problems


def _guarded(problems: Problems) -> Problems:
    """The problems of a check, and the one that stopped it."""
    try:
        yield from problems
    except FormatError as problem:
        yield problem


def _check_video(node: JsonNode) -> Problems:
    video = parse_video(node)
    if video.video_id < 1:
        yield node.get("id").error(f"is {video.video_id}: ids count from 1")
    if min(video.width, video.height, video.length) < 1:
        yield node.error(f"is {video.width} x {video.height} pixels and {video.length} frames: each must be 1 or more")


def _check_folders(videos: JsonNode) -> Problems:
    owners = Counter[str]()
    for node in videos.items():
        names = node.get("file_names")
        folders = sorted({PurePosixPath(name.text()).parent.as_posix() for name in names.items()})
        if len(folders) > 1 or "." in folders:
            yield names.error(f"lie in {', '.join(folders)}: a video's frames must lie in one folder of its own")
        owners.update(folders)
    for folder, count in owners.items():
        if count > 1:
            yield videos.error(f"share the folder {folder!r} {count} times: give each video its own")


def _check_unique_ids(nodes: JsonNode) -> Problems:
    places: dict[int, str] = {}
    for node in nodes.items():
        yield from _check_unique_id(node, places)


def _check_unique_id(node: JsonNode, places: dict[int, str]) -> Problems:
    """Whether the id is new; puts it among those that are known, with its place."""
    number = node.get("id")
    before = places.setdefault(number.integer(), number.place)
    if before != number.place:
        yield number.error(f"is {number.shown()}, as is {before}: ids must be unique")


def _check_category(node: JsonNode) -> Problems:
    node.get("supercategory").text()
    if not node.get("name").text().strip():
        yield node.get("name").error("is empty: name the category")


def _check_categories(categories: JsonNode) -> Problems:
    ids = sorted(node.get("id").integer() for node in categories.items())
    if ids != list(range(1, len(ids) + 1)):
        yield categories.error(f"have the ids {ids}: they must be 1 to {len(ids)}, each once")
    for name, count in Counter(node.get("name").text() for node in categories.items()).items():
        if count > 1:
            yield categories.error(f"have the name {name!r} {count} times: names must be unique")


def _check_reference(node: JsonNode, name: str, known: Iterable[int]) -> Problems:
    if node.get(name).integer() not in known:
        yield node.get(name).error(f"is {node.get(name).shown()}: there is none with this id")


def _check_track(node: JsonNode, videos: dict[int, CocoVisVideo], category_ids: set[int]) -> Problems:
    video = known_video(node, videos)
    yield from _check_reference(node, "category_id", category_ids)
    if node.get("id").integer() < 1:
        yield node.get("id").error("is below 1: a match with it counts as a miss")
    if node.get("iscrowd").flag():
        yield node.get("iscrowd").error("is set: the track is left out of the evaluation; set it to 0")
    for name, expected in (("width", video.width), ("height", video.height), ("length", video.length)):
        if node.get(name).integer() != expected:
            yield node.get(name).error(f"is {node.get(name).shown()}, but the video has {expected}")
    columns = [node.get(name) for name in ("segmentations", "bboxes", "areas")]
    extras = [extra for name in OPTIONAL_COLUMNS if (extra := node.find(name))]
    wrong_lengths = [*_check_lengths([*columns, *extras], video)]
    yield from wrong_lengths
    if wrong_lengths:
        return
    for mask, box, area in zip(*(column.items() for column in columns), strict=True):
        yield from _check_frame(mask, box, area, video)
    if occlusion := node.find("occlusion"):
        yield from _check_occlusion(occlusion)
    if all(mask.is_null for mask in columns[0].items()):
        yield columns[0].error("holds no mask: a track without a mask can only be missed; leave it out")


def _check_lengths(columns: Sequence[JsonNode], video: CocoVisVideo) -> Problems:
    for column in columns:
        if column.count() != video.length:
            yield column.error(f"has {column.count()} values, but the video has {video.length} frames")


def _check_frame(mask: JsonNode, box: JsonNode, area: JsonNode, video: CocoVisVideo) -> Problems:
    """The values of one frame of a ground truth track: all null, or a mask with its box and area."""
    nulls = [node.is_null for node in (mask, box, area)]
    if all(nulls):
        return
    if any(nulls):
        yield mask.error("and its box and area must be null together: loaders drop a frame that lacks one")
        return
    yield from _check_mask(mask, video, is_compressed=False)
    mask_area = parse_rle(mask).area()
    if abs(area.number() - mask_area) > 0.5:
        yield area.error(f"is {area.shown()}, but the mask has {mask_area} pixels")
    if mask_area == 0:
        yield mask.error("is an empty mask: write null where the object is absent")
    if min(parse_box_xywh(box)[2:]) <= 0:
        yield box.error(f"is {box.shown()}: width and height must be above 0")


def _check_mask(mask: JsonNode, video: CocoVisVideo, *, is_compressed: bool) -> Problems:
    spelled = parse_spelled_rle(mask)
    if spelled.is_compressed != is_compressed:
        yield mask.named("counts").error(
            "must be text in results (compressed): evaluators crash on a list"
            if is_compressed
            else "must be a list of numbers in ground truth (uncompressed): some evaluators crash on text"
        )
    height, width = spelled.rle.height, spelled.rle.width
    if (height, width) != (video.height, video.width):
        yield mask.error(f"is {height} x {width}, but the video is {video.height} x {video.width} (height x width)")


def _check_occlusion(column: JsonNode) -> Problems:
    for value in column.items():
        if not value.is_null and value.value not in OCCLUSIONS:
            yield value.error(f"is {value.shown()}: it must be null or one of {', '.join(Occlusion)}")


def _check_result(node: JsonNode, videos: dict[int, CocoVisVideo], category_ids: set[int]) -> Problems:
    video = known_video(node, videos)
    yield from _check_reference(node, "category_id", category_ids)
    node.get("score").number()
    masks = node.get("segmentations")
    yield from _check_lengths([masks], video)
    for mask in masks.items():
        if not mask.is_null:
            yield from _check_mask(mask, video, is_compressed=True)
