"""What a project's group says to other programs, in the words of OME-Zarr 0.5.

`masks` stays a plain array. It is the one dataset of the group's `multiscales`, and the group says of itself that it is
an image of labels, with the id, category and colour of each track.

Source: https://ngff.openmicroscopy.org/0.5/, sections "multiscales" and "labels".
"""

from collections.abc import Mapping
from typing import Any

from mfvis_engine.annotation import Annotations
from mfvis_engine.annotation.palette import track_color

OME_KEY = "ome"


def ome_attributes(name: str, annotations: Annotations) -> Mapping[str, Any]:
    """The value of the attribute `ome`.

    Args:
        name: Of the project.
        annotations: Its tracks.
    """
    axes = [{"name": "t", "type": "time"}, {"name": "y", "type": "space"}, {"name": "x", "type": "space"}]
    scale = {"type": "scale", "scale": [1.0] * len(axes)}
    return {
        "version": "0.5",
        "multiscales": [
            {"name": name, "axes": axes, "datasets": [{"path": "masks", "coordinateTransformations": [scale]}]}
        ],
        "image-label": _image_label(annotations) if annotations.tracks else {},
    }


def _image_label(annotations: Annotations) -> Mapping[str, Any]:
    """Its lists may be missing, but not be empty."""
    opaque = 255
    return {
        "colors": [{"label-value": i, "rgba": [*track_color(i), opaque]} for i in annotations.track_ids],
        "properties": [{"label-value": track.track_id, "category": track.category} for track in annotations.tracks],
    }
