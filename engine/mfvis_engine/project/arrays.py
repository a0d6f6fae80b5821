"""How the arrays of a project are laid out: one place, since every reader relies on it."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
import zarr
from zarr.codecs import ZstdCodec
from zarr.storage import MemoryStore

from mfvis_engine.project.errors import ProjectDamagedError

ZarrArray: TypeAlias = "zarr.Array[Any]"

_SCORE_CHUNK_FRAMES = 256


def create_masks(group: zarr.Group, shape: tuple[int, int, int]) -> None:
    """Makes the array `masks` (T, Y, X) uint16 of track ids, 0 for background, one frame a chunk.

    The checksum makes a chunk that has rotted on the disk an error instead of a false mask.
    """
    group.create_array(
        "masks",
        shape=shape,
        chunks=(1, *shape[1:]),
        dtype=np.uint16,
        compressors=ZstdCodec(level=3, checksum=True),
        fill_value=0,
        dimension_names=("t", "y", "x"),
    )


def create_scores(group: zarr.Group, shape: tuple[int, int]) -> None:
    """Makes the array `scores` (N, T) float32 of a run; NaN marks the frames that are not written yet."""
    group.create_array(
        "scores",
        shape=shape,
        chunks=(shape[0], min(shape[1], _SCORE_CHUNK_FRAMES)),
        dtype=np.float32,
        compressors=ZstdCodec(level=3, checksum=True),
        fill_value=np.nan,
        dimension_names=("track", "t"),
    )


def array_of(group: zarr.Group, name: str, ndim: int, dtype: type[np.generic]) -> ZarrArray:
    """The array `name` of a group.

    Raises:
        ProjectDamagedError: it is missing, or of another kind than `ndim` and `dtype`.
    """
    try:
        array = group[name]
    except Exception as error:  # nonsense in the metadata makes zarr raise anything
        raise ProjectDamagedError(
            f"The array {name!r} of {group.store_path} is missing or unreadable. Restore it from a backup."
        ) from error
    if not isinstance(array, zarr.Array) or array.ndim != ndim or array.dtype != dtype:
        raise ProjectDamagedError(
            f"{name!r} of {group.store_path} is no array of {ndim} dimensions and type {dtype.__name__}."
            " Restore it from a backup."
        )
    return array


def is_laid_out_as_masks(array: ZarrArray) -> bool:
    """Whether an array is as `create_masks` makes it, so that each of its chunks is a frame."""
    return array.ndim == 3 and _is_laid_out_as(array, create_masks, "masks")


def is_laid_out_as_scores(array: ZarrArray) -> bool:
    """Whether an array is as `create_scores` makes it."""
    return array.ndim == 2 and _is_laid_out_as(array, create_scores, "scores")


def _is_laid_out_as(array: ZarrArray, create: Callable[[zarr.Group, Any], None], name: str) -> bool:
    group = zarr.create_group(MemoryStore())
    create(group, array.shape)
    return _layout_of(array) == _layout_of(array_of(group, name, array.ndim, array.dtype.type))


def _layout_of(array: ZarrArray) -> Mapping[str, Any]:
    """The metadata of an array, but for attributes, which anybody may add to."""
    return {name: value for name, value in array.metadata.to_dict().items() if name != "attributes"}
