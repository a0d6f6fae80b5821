"""The difference between two masks of a frame, which leads from either to the other."""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numcodecs.zstd import Zstd  # type: ignore[import-untyped]
from numpy.typing import NDArray

Labels: TypeAlias = NDArray[np.uint16]
"""(H, W) track ids, 0 for background."""

LABEL_COUNT = 2**16
"""How many labels a uint16 mask can hold, background among them."""

_ZSTD = Zstd(level=3)


@dataclass(frozen=True)
class MaskPatch:
    """The pixels of a frame that change, as the exclusive or of before and after: it does and undoes.

    Attributes:
        top: First row of the smallest rectangle that holds all changes.
        left: Its first column.
        height: Its rows, at least 1.
        width: Its columns, at least 1.
        pixels: The rectangle's uint16 values, little endian, row by row, compressed with zstd.
        crc_before: What `frame_crc` says of the frame on one side.
        crc_after: What it says of the other.
    """

    top: int
    left: int
    height: int
    width: int
    pixels: bytes
    crc_before: int | None
    crc_after: int | None

    @classmethod
    def between(cls, before: Labels, after: Labels) -> "MaskPatch | None":
        """The difference of two masks (H, W), or None where there is none."""
        changed = before != after
        rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
        if not rows.size:
            return None
        top, left = int(rows[0]), int(columns[0])
        rectangle = np.s_[top : int(rows[-1]) + 1, left : int(columns[-1]) + 1]
        difference = np.ascontiguousarray(before[rectangle] ^ after[rectangle], "<u2")
        height, width = difference.shape
        return cls(top, left, height, width, pack(difference), frame_crc(before), frame_crc(after))

    def applied(self, labels: Labels) -> Labels:
        """The other side of a frame (H, W): what comes after it if it is what was before, and the reverse."""
        patched = labels.copy()
        patched[self.top : self.top + self.height, self.left : self.left + self.width] ^= unpack(
            self.pixels, (self.height, self.width)
        )
        return patched


def frame_crc(labels: Labels) -> int | None:
    """CRC-32 of a frame's uint16 values, little endian, row by row; None for a frame of background alone."""
    return zlib.crc32(np.ascontiguousarray(labels, "<u2").data) if labels.any() else None


def pack(labels: Labels) -> bytes:
    """The values, little endian, row by row, compressed with zstd."""
    return bytes(_ZSTD.encode(np.ascontiguousarray(labels, "<u2")))


def unpack(data: bytes, shape: tuple[int, int]) -> Labels:
    """What `pack` packed, of the given (height, width)."""
    return np.frombuffer(_ZSTD.decode(data), "<u2").reshape(shape).astype(np.uint16)


def label_table(labels: Iterable[int]) -> NDArray[np.bool_]:
    """A table (65536,) that is true at `labels`: indexed by a mask it tells which pixels have one of them."""
    table = np.zeros(LABEL_COUNT, np.bool_)
    table[list(labels)] = True
    return table


def labels_in(labels: NDArray[np.uint16]) -> tuple[int, ...]:
    """The track ids that occur, ascending; background left out."""
    counts = np.bincount(labels.ravel(), minlength=1)
    return tuple((np.flatnonzero(counts[1:]) + 1).tolist())
