"""Run-length codes of masks, in COCO's two spellings.

Both list the lengths of the runs of 0 and 1, in turn and 0 first, down the columns. "Uncompressed" is a
list of numbers; "compressed" packs each number's difference to the one two places before into characters
of 6 bits. Encoding, areas and boxes are pycocotools'.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from mfvis_engine.formats.errors import RleError

MAX_MASK_PIXELS = 2**28
"""16384 x 16384. A few characters of code can stand for any number of pixels, so there must be a bound."""

MAX_CHARACTERS_OF_RUN = 7
"""How many characters a run takes at the most."""


@dataclass(frozen=True, slots=True)
class Rle:
    """A mask of (height, width) as a compressed run-length code.

    Attributes:
        height: Rows.
        width: Columns.
        counts: The compressed code, ASCII.
    """

    height: int
    width: int
    counts: bytes

    @classmethod
    def encode(cls, mask: NDArray[np.generic]) -> "Rle":
        """The code of a mask.

        Args:
            mask: (H, W), bool or any number; what is not 0 is the object.
        """
        if mask.ndim != 2:
            raise RleError(f"a mask has the shape (height, width), not {mask.shape}: encode one frame at a time")
        code = coco_mask.encode(np.asfortranarray(mask, dtype=bool).view(np.uint8))
        return cls(mask.shape[0], mask.shape[1], code["counts"])

    @classmethod
    def from_compressed(cls, height: int, width: int, counts: str | bytes) -> "Rle":
        """Take a compressed code, checked.

        Raises:
            RleError: The code is broken, or its runs do not add up to the size.
        """
        try:
            code = counts.encode("ascii") if isinstance(counts, str) else bytes(counts)
        except UnicodeEncodeError as error:
            raise RleError(f"run-length code {counts!r} is not ASCII: the file is damaged") from error
        _check_size(height, width)
        if len(code) > MAX_CHARACTERS_OF_RUN * (height * width + 1):
            raise _too_many_runs(height, width)
        runs = _unpack(code)
        total = runs.sum(dtype=np.float64)  # which does not overflow, and is exact for any mask that may be
        _check_runs(int(runs.min()), int(total), height, width)
        return cls(height, width, code)

    @classmethod
    def from_uncompressed(cls, height: int, width: int, counts: Sequence[int]) -> "Rle":
        """Take a list of run lengths, checked.

        Raises:
            RleError: A run is negative, or the runs do not add up to the size.
        """
        _check_size(height, width)
        if len(counts) > height * width + 1:
            raise _too_many_runs(height, width)
        _check_runs(min(counts, default=0), sum(counts), height, width)
        code = coco_mask.frPyObjects({"size": [height, width], "counts": list(counts)}, height, width)
        return cls(height, width, code["counts"])

    def decode(self) -> NDArray[np.bool_]:
        """The mask, (height, width) bool."""
        runs = self.runs()
        mask: NDArray[np.bool_] = np.repeat(np.arange(len(runs)) % 2 == 1, runs)
        return mask.reshape(self.width, self.height).T

    def runs(self) -> NDArray[np.int64]:
        """The lengths of the runs of 0 and 1 in turn, (R,)."""
        return _unpack(self.counts)

    def uncompressed_counts(self) -> list[int]:
        """The run lengths as numbers, as ground truth files hold them."""
        counts: list[int] = self.runs().tolist()
        return counts

    def compressed_counts(self) -> str:
        """The compressed code as text, as results files hold it."""
        return self.counts.decode("ascii")

    def area(self) -> int:
        """Pixels of the object."""
        return int(coco_mask.area(self._coco()))

    def box_xywh(self) -> tuple[float, float, float, float]:
        """The tight box (x, y, width, height) around the object, in pixel edges; zeros for an empty mask."""
        x, y, width, height = coco_mask.toBbox(self._coco()).tolist()
        return x, y, width, height

    def _coco(self) -> dict[str, object]:
        return {"size": [self.height, self.width], "counts": self.counts}


def _unpack(code: bytes) -> NDArray[np.int64]:
    """The run lengths of a compressed code, (R,).

    A character less 48 holds five bits of a number, the lowest first, and a sixth that says whether more
    follow; the last character's fifth bit is the sign. From the fourth number on, a number is the
    difference to the one two places before.
    """
    characters = np.frombuffer(code, dtype=np.uint8).astype(np.int64) - 48
    if len(characters) == 0 or characters.min() < 0 or characters.max() > 63 or characters[-1] & 32:
        raise RleError(f"run-length code {code[:40]!r} is empty, cut off or damaged: export the file again")
    is_last = (characters & 32) == 0
    last = np.flatnonzero(is_last)
    first = np.concatenate([[0], last[:-1] + 1])
    place = np.arange(len(characters)) - np.repeat(first, last - first + 1)
    if place.max() >= MAX_CHARACTERS_OF_RUN:
        raise RleError(f"run-length code {code[:40]!r} holds a number above 2^32: export the file again")
    numbers = np.add.reduceat((characters & 31) << (5 * place), first)
    is_negative = (characters[last] & 16) != 0
    numbers[is_negative] -= np.int64(1) << (5 * (place[last][is_negative] + 1))
    numbers[1::2] = np.cumsum(numbers[1::2])
    numbers[2::2] = np.cumsum(numbers[2::2])
    return numbers


def _check_size(height: int, width: int) -> None:
    if height < 1 or width < 1:
        raise RleError(f"a mask of {height} x {width} (height x width) has no pixels: mend its size")
    if height * width > MAX_MASK_PIXELS:
        raise RleError(
            f"a mask of {height} x {width} (height x width) has above {MAX_MASK_PIXELS} pixels: mend its size"
        )


def _check_runs(shortest: int, total: int, height: int, width: int) -> None:
    if shortest < 0:
        raise RleError(f"run-length code holds a run of {shortest} pixels: export the file again")
    if total != height * width:
        raise RleError(
            f"the runs add up to {total} pixels, but a mask of {height} x {width} (height x width) has "
            f"{height * width}: the mask was made for another size of picture"
        )


def _too_many_runs(height: int, width: int) -> RleError:
    return RleError(
        f"run-length code holds more runs than a mask of {height} x {width} (height x width) has pixels: export the "
        f"file again"
    )
