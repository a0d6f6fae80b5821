"""The sample clip as plain napari layers: the video, and its boxes through all frames."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from mfvis_napari.contributions.readers import LayerData

NAME = "moving animals"


def sample_layers() -> "list[LayerData]":
    """The video and the boxes.

    Raises:
        SampleMissingError: The installation is incomplete.
    """
    from mfvis_engine.sample import sample_clip
    from mfvis_engine.video import open_video
    from mfvis_napari.contributions.origin import LayerOrigin, OriginKind
    from mfvis_napari.contributions.readers import video_layer

    sample = sample_clip()
    metadata = LayerOrigin(OriginKind.SAMPLE, sample.video_path).metadata
    video = open_video(sample.video_path)
    return [video_layer(video, NAME, metadata), _box_layer(sample.boxes_path, video.length, metadata)]


def _box_layer(path: "Path", length: int, metadata: dict[str, str]) -> "LayerData":
    import numpy as np

    from mfvis_engine.annotation import interpolate
    from mfvis_engine.formats import read_box_csv
    from mfvis_napari.layers.colors import rgba_of

    annotations = read_box_csv(path)
    boxes = interpolate(annotations, length)
    rectangles, track_ids = [], []
    for row, frame_index in np.argwhere(boxes.present).tolist():
        x0, y0, x1, y1 = boxes.boxes_xyxy[row, frame_index].tolist()
        rectangles.append([[frame_index, y, x] for y, x in ((y0, x0), (y0, x1), (y1, x1), (y1, x0))])
        track_ids.append(int(boxes.track_ids[row]))
    categories = {track.track_id: track.category for track in annotations.tracks}
    settings: dict[str, Any] = {
        "name": f"{NAME} boxes",
        "shape_type": "rectangle",
        "face_color": "transparent",
        "edge_color": [rgba_of(track_id) for track_id in track_ids],
        "edge_width": 2,
        "features": {"track_id": track_ids, "category": [categories[track_id] for track_id in track_ids]},
        "metadata": metadata,
    }
    return rectangles, settings, "shapes"
