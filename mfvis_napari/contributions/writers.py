"""A labels layer into the files of other tools. Label values are track ids."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mfvis_engine.errors import MfvisError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mfvis_engine.annotation import Annotations


class LayerRefusedError(MfvisError):
    """A layer is no video of masks, or holds none."""


def write_coco_vis(path: str, data: Any, attributes: Mapping[str, Any]) -> list[str]:  # noqa: ANN401 - napari's arrays
    """Writes masks (T, H, W), or (H, W) for one frame, as a COCO-VIS file, over one of that name.

    Categories are those of the layer's features `index` and `category`, where it has them.

    Args:
        path: The file.
        data: The layer's data, numpy or anything that is sliced as numpy is.
        attributes: Of the layer.

    Returns:
        The path.

    Raises:
        LayerRefusedError: The data are of other dimensions, or without any label.
        InvalidTrackIdError: A label is below 0 or above 65535.
        FormatError: They cannot be written; the message says why.
    """
    from mfvis_engine.annotation import interpolate
    from mfvis_engine.formats.coco_vis import single_video_dataset, write_ground_truth

    frames = _Frames(data)
    annotations = _annotations(frames, attributes)
    dataset = single_video_dataset(
        Path(path).stem,
        frames,
        annotations,
        interpolate(annotations, frames.length),
        height=frames.height,
        width=frames.width,
    )
    write_ground_truth(path, dataset)
    return [path]


def write_davis(path: str, data: Any, attributes: Mapping[str, Any]) -> list[str]:  # noqa: ANN401
    """Writes masks (T, H, W), or (H, W) for one frame, as a folder of indexed PNGs; raises as `write_coco_vis`.

    Args:
        path: The folder, new or empty.
        data: As in `write_coco_vis`.
        attributes: Of the layer.

    Returns:
        The path.
    """
    from mfvis_engine.formats import write_davis as write_folder

    write_folder(path, _Frames(data))
    return [path]


class _Frames:
    """The frames of a layer, read when they are asked for, once or often."""

    def __init__(self, data: Any) -> None:  # noqa: ANN401
        shape = tuple(map(int, data.shape))
        if len(shape) not in (2, 3):
            raise LayerRefusedError(
                f"The layer has the shape {shape}: masks of a video are (frames, height, width). Save one video at a"
                " time, without channels or depth."
            )
        self._data = data if len(shape) == 3 else data[None]
        self.length, self.height, self.width = shape if len(shape) == 3 else (1, *shape)

    def __iter__(self) -> "Iterator[NDArray[np.integer[Any]]]":
        import numpy as np

        for frame_index in range(self.length):
            yield np.asarray(self._data[frame_index])


def _annotations(frames: _Frames, attributes: Mapping[str, Any]) -> "Annotations":
    """A track without boxes for every label, so that the masks' own boxes are written."""
    import numpy as np

    from mfvis_engine.annotation import Annotations, Track
    from mfvis_napari.session.categories import DEFAULT_CATEGORY

    labels: set[int] = set()
    for frame in frames:
        labels.update(np.unique(frame).tolist())
    if not labels - {0}:
        raise LayerRefusedError("The layer has no labels, so there is nothing to save.")
    categories = _categories(attributes)
    return Annotations(
        tuple(Track(label, categories.get(label, DEFAULT_CATEGORY), ()) for label in sorted(labels - {0}))
    )


def _categories(attributes: Mapping[str, Any]) -> dict[int, str]:
    features = attributes.get("features")
    if features is None or not {"index", "category"} <= {*features}:
        return {}
    pairs = zip(features["index"], features["category"], strict=True)
    return {int(label): category for label, category in pairs if isinstance(category, str) and category.strip()}
