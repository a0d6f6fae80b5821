"""Arrays in memory, and zarr arrays and OME-Zarr groups on disk, as video."""

import functools
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from numpy.typing import NDArray

from mfvis_engine.video.axes import FrameAxes, parse_axes
from mfvis_engine.video.cached_video import DEFAULT_CACHE_BYTES, FrameFormat
from mfvis_engine.video.normalization import Normalization, is_8bit
from mfvis_engine.video.pixel_video import PixelVideo
from mfvis_engine.video.source import UnreadableFrameError, VideoError

ZARR_MARKERS = ("zarr.json", ".zarray", ".zgroup")


class ArrayVideo(PixelVideo):
    """A numpy or zarr array (or anything with `shape`, `dtype` and slicing) as a video.

    Args:
        frames: (T, H, W) or (T, H, W, 3 or 4), or any shape that `axes` explains. Not copied: it must not
            change while it is used as a video.
        frame_rate: frames per second where known.
        axes: a letter for each axis, for example "TCYX".
        cache_bytes: bound on the memory for cached frames; frames of a numpy array are not worth caching.
        normalization: the one recorded earlier; measured where None and the values are not 8-bit.
        name: what error messages call the array.

    Raises:
        VideoError: the shape is not that of a video, or the values are no real numbers.
    """

    def __init__(
        self,
        frames: NDArray[Any] | zarr.Array[Any],
        frame_rate: float | None = None,
        *,
        axes: str | None = None,
        cache_bytes: int = 0,
        normalization: Normalization | None = None,
        name: str = "the array",
    ) -> None:
        if frames.dtype.kind not in "buif":
            raise VideoError(f"{name} holds {frames.dtype} values. A video needs integers, floats or booleans.")
        self._array = frames
        self._axes = parse_axes(axes, frames.shape, name) if axes else _guess_axes(frames.shape, name)
        frame_format = FrameFormat(self._axes.length, self._axes.height, self._axes.width, frame_rate)
        super().__init__(name, frame_format, cache_bytes)
        if not is_8bit(frames.dtype):
            self._normalize(normalization)

    def __reduce__(self) -> tuple[Any, ...]:
        reopen = functools.partial(
            ArrayVideo,
            axes=self._axes.names,
            cache_bytes=self._cache.capacity_bytes,
            normalization=self._normalization,
            name=self._name,
        )
        return reopen, (self._array, self.frame_rate)

    def _pixels(self, frame_index: int) -> NDArray[Any]:
        try:
            selected = np.asarray(self._array[self._axes.selection(frame_index)])
        except (OSError, ValueError, RuntimeError) as error:
            raise UnreadableFrameError(
                f"Frame {frame_index} of {self._name} cannot be read: {error}. Its chunk may be damaged: "
                f"write the array again."
            ) from error
        return self._axes.picture(selected)


def is_zarr(path: Path) -> bool:
    """Tell whether a folder is a zarr array or group."""
    return path.is_dir() and any((path / marker).is_file() for marker in ZARR_MARKERS)


def open_zarr(
    path: Path | str, *, cache_bytes: int = DEFAULT_CACHE_BYTES, normalization: Normalization | None = None
) -> ArrayVideo:
    """Open a zarr array, an OME-Zarr image at full resolution, or a group that holds a single array.

    Raises:
        VideoError: no zarr there, several arrays to choose from, or axes that are not those of a video.
    """
    try:
        node = zarr.open(str(path), mode="r")
    except (OSError, ValueError, KeyError, zarr.errors.BaseZarrError) as error:
        raise VideoError(f"{path} cannot be opened as zarr: {error}.") from error
    array, axes = (node, None) if isinstance(node, zarr.Array) else _array_of_group(node, path)
    return ArrayVideo(array, axes=axes, cache_bytes=cache_bytes, normalization=normalization, name=str(path))


def open_npy(
    path: Path | str, *, cache_bytes: int = DEFAULT_CACHE_BYTES, normalization: Normalization | None = None
) -> ArrayVideo:
    """Open a .npy file without reading it into memory.

    Raises:
        VideoError: not a .npy file of numbers, or not the shape of a video.
    """
    try:
        frames = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise VideoError(f"{path} cannot be opened as a numpy array: {error}. Save or copy it again.") from error
    return ArrayVideo(frames, cache_bytes=cache_bytes, normalization=normalization, name=str(path))


def _guess_axes(shape: tuple[int, ...], name: str) -> FrameAxes:
    if len(shape) == 3:
        return parse_axes("TYX", shape, name)
    if len(shape) == 4 and shape[3] in (1, 3, 4):
        return parse_axes("TYXS", shape, name)
    raise VideoError(f"{name} has the shape {shape}. A video is (T, H, W) or (T, H, W, 3); name the axes otherwise.")


def _array_of_group(group: zarr.Group, path: Path | str) -> tuple[zarr.Array[Any], str | None]:
    attributes: dict[str, Any] = dict(group.attrs)
    multiscales = attributes.get("ome", attributes).get("multiscales")
    if multiscales:
        return _full_resolution(group, multiscales[0], path)
    arrays = dict(group.arrays())
    if len(arrays) != 1:
        names = ", ".join(sorted(arrays)) or "none"
        raise VideoError(f"{path} is a zarr group without OME-Zarr metadata. Open one of its arrays: {names}.")
    return next(iter(arrays.values())), None


def _full_resolution(group: zarr.Group, image: dict[str, Any], path: Path | str) -> tuple[zarr.Array[Any], str | None]:
    """First data set and axes of an OME-Zarr image (versions 0.1 to 0.5; without axes, t c z y x)."""
    try:
        array = group[image["datasets"][0]["path"]]
        names = [axis if isinstance(axis, str) else axis["name"] for axis in image.get("axes", "tczyx")]
    except (KeyError, IndexError, TypeError) as error:
        raise VideoError(f"{path}: its OME-Zarr metadata names no readable data set ({error!r}).") from error
    if not isinstance(array, zarr.Array) or any(len(name) != 1 for name in names):
        raise VideoError(f"{path}: OME-Zarr axes {names} are not understood. Needed are t, c, z, y, x.")
    return array, "".join(names)
