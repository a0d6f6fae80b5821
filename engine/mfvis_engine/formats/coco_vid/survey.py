"""What must be known of a CocoVID file before its annotations can be read one at a time."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from mfvis_engine.formats.errors import FormatError
from mfvis_engine.formats.json_file import JsonNode, put_by_id
from mfvis_engine.formats.json_stream import stream_json
from mfvis_engine.formats.object_frames import check_file_name, parse_frame_index, parse_size
from mfvis_engine.formats.track_numbers import number_tracks


@dataclass(frozen=True, slots=True)
class Survey:
    """One video of a file.

    Attributes:
        size: (height, width); None for a video without images.
        frame_of_image: The frame index of each image id.
        other_images: The ids of images of other videos.
        categories: The name of each category id.
        track_ids: The track id of each instance id.
        counts: How many annotations each frame has.
    """

    size: tuple[int, int] | None
    frame_of_image: Mapping[int, int]
    other_images: frozenset[int]
    categories: Mapping[int, str]
    track_ids: Mapping[int, int]
    counts: Mapping[int, int]

    @property
    def length(self) -> int:
        """Frames up to the last image."""
        return max(self.frame_of_image.values(), default=-1) + 1


@dataclass(frozen=True, slots=True)
class _Image:
    node: JsonNode
    video_id: int
    frame_index: int
    size: tuple[int, int]


def survey_video(path: Path, video: int | str | None, *, first_frame: int = 0) -> Survey:
    """Read all of a file but what its annotations hold.

    Raises:
        FormatError: The file cannot be read, or a value is wrong; names the place in the file.
    """
    videos, categories, images = _tables(path, first_frame)
    chosen = _choose(path, videos, video)
    own = {image_id: image for image_id, image in images.items() if image.video_id == chosen}
    frame_of_image = {image_id: image.frame_index for image_id, image in own.items()}
    _check_images([*own.values()])
    others = frozenset(images.keys() - own.keys())
    instances: dict[int, None] = {}
    counts = Counter[int]()
    for frame_index, node in annotations_of_frames(path, frame_of_image, others):
        instances[node.get("instance_id").integer()] = None
        counts[frame_index] += 1
    size = next((image.size for image in own.values()), None)
    return Survey(size, frame_of_image, others, categories, number_tracks(path.name, instances), counts)


def annotations_of_frames(
    path: Path, frame_of_image: Mapping[int, int], other_images: frozenset[int]
) -> Iterator[tuple[int, JsonNode]]:
    """The frame index of each annotation of a video, with the annotation, in the order of the file."""
    for name, node in stream_json(path):
        if name == "annotations":
            image_id = node.get("image_id").integer()
            if image_id in frame_of_image:
                yield frame_of_image[image_id], node
            elif image_id not in other_images:
                raise node.get("image_id").error(f"is {image_id}: there is no image with this id")


def _tables(path: Path, first_frame: int) -> tuple[dict[int, str], dict[int, str], dict[int, _Image]]:
    """The names of videos and categories by id, and the images by id."""
    videos: dict[int, str] = {}
    categories: dict[int, str] = {}
    images: dict[int, _Image] = {}
    names = set()
    for name, node in stream_json(path):
        names.add(name)
        if name == "videos":
            known = node.find("name")
            put_by_id(videos, node, str(node.get("id").integer()) if known is None else known.text())
        elif name == "categories":
            put_by_id(categories, node, node.get("name").text().strip())
        elif name == "images":
            put_by_id(images, node, _parse_image(node, first_frame))
    if "" in names:
        raise FormatError(f"{path.name} is a list: a CocoVID file is an object with videos, images and annotations")
    for image in images.values():
        if image.video_id not in videos:
            raise image.node.get("video_id").error(f"is {image.video_id}: there is no video with this id")
    return videos, categories, images


def _parse_image(node: JsonNode, first_frame: int) -> _Image:
    check_file_name(node.find("file_name"))
    frame = node.get("frame_id")
    shifted = JsonNode(frame.file_name, frame.integer() - first_frame, frame.key, frame.parent)
    size = parse_size(node.get("height"), node.get("width"))
    return _Image(node, node.get("video_id").integer(), parse_frame_index(shifted), size)


def _choose(path: Path, videos: Mapping[int, str], video: int | str | None) -> int | None:
    """The id of the video asked for; None where there is none to choose."""
    if video is None and len(videos) <= 1:
        return next(iter(videos), None)
    for video_id, name in videos.items():
        if video is not None and video in (video_id, name):
            return video_id
    asked = "no video was named" if video is None else f"there is no video {video!r}"
    known = ", ".join(f"{video_id} ({name})" for video_id, name in list(videos.items())[:10])
    raise FormatError(f"{path.name}: {asked}: choose one of {known or 'none'}, by id or name")


def _check_images(images: list[_Image]) -> None:
    first_of_frame: dict[int, _Image] = {}
    for image in images:
        before = first_of_frame.setdefault(image.frame_index, image)
        if before is not image:
            raise image.node.error(
                f"is of frame {image.frame_index}, as is {before.node.place}: keep one image a frame"
            )
        if image.size != images[0].size:
            raise image.node.error(
                f"has the size {image.size} (height, width), but {images[0].node.place} has {images[0].size}: "
                f"the images of a video must have one size"
            )
    if images and min(first_of_frame) == 1:
        raise images[0].node.error(
            "and the rest of the video have no frame_id 0 but begin at 1: say `first_frame=1` if the file counts from 1"
        )
