"""The masks as an array that napari reads and paints into: frames in memory, handed in when a stroke has ended."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Labels: TypeAlias = NDArray[np.uint16]
ReadFrame: TypeAlias = Callable[[int], Labels]

FRAMES_KEPT = 32
"""Unpainted frames in memory; at 720p 1.8 MB each."""


@dataclass(frozen=True)
class Painted:
    """What was painted in a frame.

    Attributes:
        frame_index: From 0.
        top: First row of the smallest rectangle that holds every changed pixel.
        left: Its first column.
        labels: (h, w) uint16, the rectangle as it is now.
    """

    frame_index: int
    top: int
    left: int
    labels: Labels


class MaskBuffer:
    """(T, H, W) uint16 of track ids, as far as napari needs an array to be one.

    `__setitem__` is where every edit comes by, whichever tool of napari makes it. A painted frame stays in memory until
    `settle` says that it was handed in. Reading gives copies: napari changes what it reads before it writes it back.
    """

    dtype = np.dtype(np.uint16)
    ndim = 3

    def __init__(self, shape: tuple[int, int, int], read: ReadFrame, on_painted: Callable[[], None]) -> None:
        """Of (T, H, W); `read` gives a frame as it is saved, `on_painted` is called after every edit."""
        self.shape = shape
        self._read = read
        self._on_painted = on_painted
        self._frames: OrderedDict[int, Labels] = OrderedDict()
        self._saved: dict[int, Labels] = {}

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: Any) -> Labels:  # noqa: ANN401 - whatever numpy takes
        """Frames, cut as the key says; a copy."""
        first, rest = _split(key)
        if isinstance(first, int | np.integer):
            return np.array(self._frame(int(first))[rest])
        if isinstance(first, slice):
            frames = [self._frame(frame_index)[rest] for frame_index in range(*first.indices(self.shape[0]))]
            return np.stack(frames) if frames else np.zeros((0, *self.shape[1:]), np.uint16)[(slice(None), *rest)]
        where = np.asarray(first)
        found = np.zeros(np.broadcast_shapes(where.shape, *(np.shape(one) for one in rest)), np.uint16)
        for frame_index, part, is_there in _by_frame(where, rest, found.shape):
            found[is_there] = self._frame(frame_index)[part]
        return found

    def __setitem__(self, key: Any, value: Any) -> None:  # noqa: ANN401
        """Paints; `value` as numpy takes it."""
        first, rest = _split(key)
        if isinstance(first, int | np.integer):
            self._to_paint(int(first))[rest] = value
        elif isinstance(first, slice):
            frames = range(*first.indices(self.shape[0]))
            values = np.asarray(value)
            for position, frame_index in enumerate(frames):
                self._to_paint(frame_index)[rest] = values[position] if values.ndim == self.ndim else values
        else:
            where = np.asarray(first)
            shape = np.broadcast_shapes(where.shape, *(np.shape(one) for one in rest))
            values = np.broadcast_to(np.asarray(value, np.uint16), shape)
            for frame_index, part, is_there in _by_frame(where, rest, shape):
                self._to_paint(frame_index)[part] = values[is_there]
        self._on_painted()

    @property
    def painted_frames(self) -> frozenset[int]:
        """Frames that were painted and not handed in yet."""
        return frozenset(self._saved)

    def painted(self) -> Iterator[Painted]:
        """What was painted and not handed in yet, by frame; a frame that is as it was saved is settled."""
        for frame_index in sorted(self._saved):
            changed = self._frames[frame_index] != self._saved[frame_index]
            rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
            if not rows.size:
                self.settle(frame_index)
                continue
            top, left = int(rows[0]), int(columns[0])
            rectangle = np.s_[top : int(rows[-1]) + 1, left : int(columns[-1]) + 1]
            yield Painted(frame_index, top, left, self._frames[frame_index][rectangle].copy())

    def settle(self, frame_index: int) -> None:
        """Takes a painted frame for saved as it is."""
        self._saved.pop(frame_index, None)
        self._trim()

    def forget(self, frames: Iterable[int]) -> None:
        """Lets frames be read anew, but for painted ones."""
        for frame_index in frames:
            if frame_index not in self._saved:
                self._frames.pop(int(frame_index), None)

    def revert(self, frame_index: int) -> None:
        """Gives up what was painted in a frame."""
        self._saved.pop(frame_index, None)
        self._frames.pop(frame_index, None)

    def _frame(self, frame_index: int) -> Labels:
        frame_index = range(self.shape[0])[frame_index]  # negative ones count from the end, others raise IndexError
        if frame_index not in self._frames:
            self._frames[frame_index] = np.array(self._read(frame_index))
            self._trim()
        self._frames.move_to_end(frame_index)
        return self._frames[frame_index]

    def _to_paint(self, frame_index: int) -> Labels:
        frame = self._frame(frame_index)
        frame_index %= self.shape[0]
        if frame_index not in self._saved:
            self._saved[frame_index] = frame.copy()
        return frame

    def _trim(self) -> None:
        spare = [frame_index for frame_index in self._frames if frame_index not in self._saved]
        for frame_index in spare[: max(0, len(spare) - FRAMES_KEPT)]:
            del self._frames[frame_index]


def _split(key: Any) -> tuple[Any, tuple[Any, ...]]:  # noqa: ANN401
    """The index of frames, and the rest."""
    if not isinstance(key, tuple):
        return key, ()
    return (key[0], key[1:]) if key and key[0] is not Ellipsis else (slice(None), key)


def _by_frame(
    where: NDArray[np.integer[Any]], rest: tuple[Any, ...], shape: tuple[int, ...]
) -> Iterator[tuple[int, tuple[Any, ...], NDArray[np.bool_]]]:
    """For arrays of indices: each frame, the indices within it, and which of all indices these are."""
    frames = np.broadcast_to(where, shape)
    indices = [np.broadcast_to(one, shape) for one in rest]
    for frame_index in np.unique(frames).tolist():
        is_there = frames == frame_index
        yield frame_index, tuple(one[is_there] for one in indices), is_there
