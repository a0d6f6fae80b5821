"""Keeps the masks of a video's frames until what is to become of them is known: run-length codes, in a file."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from mfvis_engine.errors import MfvisError
from mfvis_engine.formats.rle import Rle
from mfvis_engine.inference.vis.found import VisFrame

_MEMORY_BYTES = 32 * 2**20


class SpoolError(MfvisError):
    """Masks cannot be kept."""


@dataclass(frozen=True, eq=False)
class SpooledFrame:
    """The M objects of one frame, their masks as codes.

    Attributes:
        frame_index: From 0.
        size_hw: Of the frame, in pixels.
        track_numbers: (M,) int64.
        codes: M masks.
        scores: (M,) float32.
        boxes_xyxy: (M, 4) float32.
    """

    frame_index: int
    size_hw: tuple[int, int]
    track_numbers: NDArray[np.int64]
    codes: tuple[Rle, ...]
    scores: NDArray[np.float32]
    boxes_xyxy: NDArray[np.float32]

    def only(self, track_numbers: Collection[int]) -> SpooledFrame:
        """The objects of some tracks."""
        rows = [row for row, number in enumerate(self.track_numbers.tolist()) if number in track_numbers]
        return SpooledFrame(
            self.frame_index,
            self.size_hw,
            self.track_numbers[rows],
            tuple(self.codes[row] for row in rows),
            self.scores[rows],
            self.boxes_xyxy[rows],
        )

    def decode(self) -> VisFrame:
        """With the masks as pixels."""
        masks = np.zeros((len(self.codes), *self.size_hw), np.bool_)
        for mask, code in zip(masks, self.codes, strict=True):
            mask[:] = code.decode()
        return VisFrame(self.frame_index, self.track_numbers, masks, self.scores, self.boxes_xyxy)


class _Record(msgspec.Struct, frozen=True, array_like=True):
    frame_index: int
    size_hw: tuple[int, int]
    track_numbers: list[int]
    codes: list[bytes]
    scores: list[float]
    boxes_xyxy: list[list[float]]


class MaskSpool:
    """Frames in the order they were put in, as often as they are wanted.

    In memory while they are few, then in a file without a name that goes when the spool is closed.

    Args:
        folder: Where the file is; the system's for such files if not given.
        memory_bytes: How much stays in memory.
    """

    def __init__(self, folder: Path | None = None, memory_bytes: int = _MEMORY_BYTES) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=memory_bytes, dir=None if folder is None else str(folder))  # noqa: SIM115 (closed by `close`)
        self._ends = [0]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __len__(self) -> int:
        """Frames put in."""
        return len(self._ends) - 1

    def __iter__(self) -> Iterator[SpooledFrame]:
        return (self._read(position) for position in range(len(self)))

    def append(self, frame: VisFrame) -> None:
        """Puts a frame in.

        Raises:
            SpoolError: There is no room, or the disk cannot be written.
        """
        record = msgspec.msgpack.encode(
            _Record(
                frame.frame_index,
                (frame.masks.shape[1], frame.masks.shape[2]),
                frame.track_numbers.tolist(),
                [Rle.encode(mask).counts for mask in frame.masks],
                frame.scores.tolist(),
                frame.boxes_xyxy.tolist(),
            )
        )
        try:
            self._file.seek(self._ends[-1])
            self._file.write(record)
        except OSError as error:
            raise SpoolError(
                f"The masks of frame {frame.frame_index} ({len(record)} bytes after {self._ends[-1]}) cannot be kept: "
                f"{error}. Make room, or give another folder for temporary files."
            ) from error
        self._ends.append(self._ends[-1] + len(record))

    def close(self) -> None:
        """Lets go of all."""
        self._file.close()

    def _read(self, position: int) -> SpooledFrame:
        start, end = self._ends[position : position + 2]
        self._file.seek(start)
        record = msgspec.msgpack.decode(self._file.read(end - start), type=_Record)
        return SpooledFrame(
            record.frame_index,
            record.size_hw,
            np.asarray(record.track_numbers, np.int64),
            tuple(Rle(*record.size_hw, code) for code in record.codes),
            np.asarray(record.scores, np.float32),
            np.asarray(record.boxes_xyxy, np.float32).reshape(-1, 4),
        )
