"""The run-length codes of all objects in a label mask, and back; no object costs a pass over all pixels."""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.formats.errors import FormatError
from mfvis_engine.formats.rle import Rle


def encode_labels(labels: NDArray[np.integer]) -> Iterator[tuple[int, Rle]]:
    """The labels of a frame but 0, ascending, each with the code of the pixels that hold it.

    Equal to `Rle.encode(labels == label)` for each, but the pixels are compared once for all labels: what is
    done for a label depends on the number of its runs alone.

    Args:
        labels: (H, W) of any whole number type; 0 is background.

    Raises:
        FormatError: The labels are not of this shape or type.
    """
    if labels.ndim != 2 or labels.dtype.kind not in "iu":
        raise FormatError(
            f"a label mask is (height, width) of whole numbers, not {labels.shape} of {labels.dtype}: "
            f"give one frame of track ids"
        )
    if not labels.size:
        return
    height, width = labels.shape
    starts = _run_starts(labels)
    ends = np.append(starts[1:], labels.size)
    values = labels[starts % height, starts // height]
    order = np.argsort(values, kind="stable")
    present, firsts = np.unique(values[order], return_index=True)
    for label, runs in zip(present.tolist(), np.split(order, firsts[1:]), strict=True):
        if label:
            yield label, Rle.from_uncompressed(height, width, _counts(starts[runs], ends[runs], labels.size))


def label_mask(masks: Iterable[tuple[int, Rle]], height: int, width: int) -> NDArray[np.uint16]:
    """The masks of a frame as labels, (height, width); where two overlap, the later one lies on top."""
    columns = np.zeros(width * height, np.uint16)
    for label, mask in masks:
        columns[pixels_down_columns(mask)] = label
    return rows_of_columns(columns, height, width)


def pixels_down_columns(mask: Rle) -> NDArray[np.intp]:
    """The places of an object's pixels, counted down the columns, (A,). Costs its area and runs, not the picture's."""
    runs = mask.runs()
    lengths, starts = runs[1::2], np.cumsum(runs)[:-1:2]
    places_before = np.cumsum(lengths) - lengths
    places: NDArray[np.intp] = np.arange(lengths.sum()) + np.repeat(starts[: len(lengths)] - places_before, lengths)
    return places


def rows_of_columns(columns: NDArray[np.uint16], height: int, width: int) -> NDArray[np.uint16]:
    """Labels listed down the columns, (height * width,), as (height, width)."""
    return np.ascontiguousarray(columns.reshape(width, height).T)


def _run_starts(labels: NDArray[np.integer]) -> NDArray[np.intp]:
    """Where runs of one value begin, (R,) ascending, counted down the columns.

    Neighbouring rows are compared as they lie in memory, which is many times faster than a walk down the columns.
    """
    height, width = labels.shape
    rows, columns = np.divmod(np.flatnonzero(labels[1:] != labels[:-1]), width)
    heads = 1 + np.flatnonzero(labels[0, 1:] != labels[-1, :-1])
    return np.sort(np.concatenate([[0], heads * height, columns * height + rows + 1]))


def _counts(starts: NDArray[np.intp], ends: NDArray[np.intp], size: int) -> list[int]:
    """Lengths of runs of 0 and 1 in turn, from where those of 1 start and end."""
    turns = np.empty(2 * len(starts) + 2, np.intp)
    turns[0], turns[1:-1:2], turns[2:-1:2], turns[-1] = 0, starts, ends, size
    counts: list[int] = np.diff(turns).tolist()
    return counts if counts[-1] else counts[:-1]
