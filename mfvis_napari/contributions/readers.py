"""Projects, COCO-VIS files and videos as plain napari layers, read when they are looked at and never changed.

Each reader is asked with a path and answers None where the file is not its own; napari then asks others.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from mfvis_engine.annotation import Annotations
    from mfvis_engine.formats.coco_vis import CocoVisDataset, CocoVisVideo
    from mfvis_engine.video import VideoSource
    from mfvis_napari.layers.mask_buffer import MaskBuffer

Paths: TypeAlias = str | list[str]
LayerData: TypeAlias = tuple[Any, dict[str, Any], str]
ReadLayers: TypeAlias = Callable[[Paths], list[LayerData]]

MAX_VIDEOS = 20
"""Of a COCO-VIS file of more videos the first ones are opened: a whole data set as layers would stall the window."""

_HEAD_BYTES = 2**16
_NAMES = (b'"videos"', b'"video_id"', b'"segmentations"')
"""One of them comes early, in whatever order a file lists videos and annotations."""

_PROJECT_FILES = ("annotations.sqlite", "zarr.json")


def project_reader(path: Paths) -> ReadLayers | None:
    """For the folder of a project."""
    if not isinstance(path, str) or not all((Path(path) / name).is_file() for name in _PROJECT_FILES):
        return None
    return lambda _: _read_project(Path(path))


def coco_vis_reader(path: Paths) -> ReadLayers | None:
    """For a JSON file of videos with instance masks."""
    if not isinstance(path, str) or not _is_coco_vis(Path(path)):
        return None
    return lambda _: _read_coco_vis(Path(path))


def video_reader(path: Paths) -> ReadLayers | None:
    """For a video file."""
    if not isinstance(path, str) or not Path(path).is_file():
        return None
    return lambda _: _read_video(Path(path))


def video_layer(video: "VideoSource", name: str, metadata: dict[str, str]) -> LayerData:
    """A video as an image layer."""
    from napari.utils.notifications import show_warning

    from mfvis_napari.layers.video_array import VideoArray

    array = VideoArray(video, lambda error: show_warning(str(error)))
    return array, {"name": name, "rgb": True, "multiscale": False, "metadata": metadata}, "image"


def _read_project(path: Path) -> list[LayerData]:
    from napari.utils.notifications import show_warning

    from mfvis_engine.project import Project, ProjectVideoError
    from mfvis_engine.video import VideoError
    from mfvis_napari.contributions.lazy_masks import project_masks
    from mfvis_napari.contributions.origin import LayerOrigin, OriginKind
    from mfvis_napari.remedies import words_of

    metadata = LayerOrigin(OriginKind.PROJECT, path).metadata
    with Project.open(path, read_only=True) as project:
        categories = _categories_of(project.annotations())
        masks = _mask_layer(project_masks(project), f"{project.name} masks", metadata, categories)
        try:
            return [video_layer(project.video(), project.name, metadata), masks]
        except (ProjectVideoError, VideoError) as error:
            show_warning(f"Only the masks were opened. {words_of(error)}")
            return [masks]


def _read_video(path: Path) -> list[LayerData]:
    from mfvis_engine.video import open_video
    from mfvis_napari.contributions.origin import LayerOrigin, OriginKind

    return [video_layer(open_video(path), path.stem, LayerOrigin(OriginKind.VIDEO, path).metadata)]


def _read_coco_vis(path: Path) -> list[LayerData]:
    from napari.utils.notifications import show_warning

    from mfvis_engine.formats.coco_vis import read_ground_truth
    from mfvis_napari.contributions.lazy_masks import coco_vis_masks

    dataset = read_ground_truth(path)
    if len(dataset.videos) > MAX_VIDEOS:
        show_warning(f"{path.name} is about {len(dataset.videos)} videos. The first {MAX_VIDEOS} were opened.")
    return [
        _mask_layer(coco_vis_masks(dataset, video), video.name or path.stem, {}, _categories_in(dataset, video))
        for video in dataset.videos[:MAX_VIDEOS]
    ]


def _mask_layer(masks: "MaskBuffer", name: str, metadata: dict[str, str], categories: dict[int, str]) -> LayerData:
    from mfvis_napari.layers.colors import mask_colormap

    features = {"index": [0, *categories], "category": ["background", *categories.values()]}
    settings = {
        "name": name,
        "multiscale": False,
        "metadata": metadata,
        "features": features,
        "colormap": mask_colormap(),
        "opacity": 0.5,
    }
    return masks, settings, "labels"


def _categories_of(annotations: "Annotations") -> dict[int, str]:
    return {track.track_id: track.category for track in annotations.tracks}


def _categories_in(dataset: "CocoVisDataset", video: "CocoVisVideo") -> dict[int, str]:
    names = {category.category_id: category.name for category in dataset.categories}
    tracks = (track for track in dataset.tracks if track.video_id == video.video_id)
    return {track.track_id: names.get(track.category_id, "") for track in tracks}


def _is_coco_vis(path: Path) -> bool:
    """Whether a file is one, told from its first values; most other JSON from its first bytes."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError:
        return False
    if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return False
    return any(name in head for name in _NAMES) and _is_detected(path)


def _is_detected(path: Path) -> bool:
    from mfvis_engine.formats import FileFormat, FormatError, detect_format

    try:
        return detect_format(path) is FileFormat.COCO_VIS
    except FormatError:
        return False
