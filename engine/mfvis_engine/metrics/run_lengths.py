"""One mask as COCO run lengths, checked once when read: the C code behind it trusts what it is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from mfvis_engine.errors import MfvisError

_LONGEST_NUMBER = 7  # characters of 5 bits: more than any run of a 32-bit picture size needs


class RunLengthsError(MfvisError):
    """Run lengths that do not describe a mask of their own size."""


@dataclass(frozen=True)
class RunLengths:
    """A mask, column by column: lengths of alternating runs of 0 and 1, compressed as COCO does.

    Attributes:
        height: rows, in pixels.
        width: columns, in pixels.
        counts: the compressed runs, ASCII.
    """

    height: int
    width: int
    counts: bytes

    @classmethod
    def from_compressed(cls, height: int, width: int, counts: bytes) -> RunLengths:
        """Takes compressed `counts`, which must cover exactly `height` x `width` pixels.

        Raises:
            RunLengthsError: they do not.
        """
        _check_runs(height, width, _decompress(counts).tolist())
        return cls(height, width, counts)

    @classmethod
    def from_runs(cls, height: int, width: int, runs: Sequence[int]) -> RunLengths:
        """Takes plain `runs` (zeros first), which must cover exactly `height` x `width` pixels.

        Raises:
            RunLengthsError: they do not.
        """
        _check_runs(height, width, runs)
        compressed = coco_mask.frPyObjects({"size": [height, width], "counts": list(runs)}, height, width)
        return cls(height, width, compressed["counts"])

    @classmethod
    def from_mask(cls, mask: NDArray[np.bool_]) -> RunLengths:
        """Encodes `mask` (H, W)."""
        height, width = mask.shape
        return cls(height, width, coco_mask.encode(np.asfortranarray(mask, dtype=np.uint8))["counts"])

    @property
    def area(self) -> int:
        """Pixels that are 1."""
        return int(coco_mask.area(self.to_coco()))

    def to_coco(self) -> dict[str, object]:
        """The form pycocotools takes."""
        return {"size": [self.height, self.width], "counts": self.counts}


def _check_runs(height: int, width: int, runs: Sequence[int]) -> None:
    # pycocotools trusts its input: runs that end early make its merge loop for ever.
    covered = sum(runs)
    if covered != height * width or min(runs, default=0) < 0:
        raise RunLengthsError(
            f"The run lengths cover {covered} pixels, but a mask of size [{height}, {width}] (rows, columns) "
            f"has {height * width}. Encode the mask again from its pixels, at this size."
        )


def _decompress(counts: bytes) -> NDArray[np.int64]:
    """Run lengths of COCO's compressed `counts`.

    Each number is a little-endian group of 5-bit characters: offset 48, bit 6 means that more follow, bit 5
    of the last one is the sign. From the fourth on, a number is the difference to the one two before.
    """
    characters = np.frombuffer(counts, dtype=np.uint8).astype(np.int64) - 48
    is_last = (characters & 0x20) == 0
    starts = np.concatenate([[0], np.flatnonzero(is_last)[:-1] + 1])
    lengths = np.diff(np.append(starts, characters.size))
    valid = characters.size > 0 and bool(is_last[-1]) and characters.min() >= 0 and characters.max() < 64
    if not valid or lengths.max() > _LONGEST_NUMBER:
        raise RunLengthsError(
            f"{counts[:40]!r} is not a compressed COCO mask. Write `counts` as pycocotools.mask.encode returns it."
        )
    place = np.arange(characters.size) - np.repeat(starts, lengths)
    numbers = np.add.reduceat((characters & 0x1F) << (5 * place), starts)
    negative = (characters[is_last] & 0x10) != 0
    numbers -= np.where(negative, np.int64(1) << (5 * lengths), 0)
    numbers[1::2] = np.cumsum(numbers[1::2])
    numbers[2::2] = np.cumsum(numbers[2::2])
    return numbers
