"""Numbers and ranges of them, as they are typed: "1,2" or "10-20,25"."""

from dataclasses import dataclass

import typer

MOST_NUMBERS = 10_000_000
"""More frames than any video has; a slip of the finger must not fill the memory."""


@dataclass(frozen=True)
class NumberList:
    """Whole numbers from 0.

    Attributes:
        numbers: Ascending, each once.
    """

    numbers: tuple[int, ...]

    @classmethod
    def parse(cls, text: str) -> "NumberList":
        """Reads such as "3", "1,2" or "10-20,25"; both ends of a range are in it.

        Raises:
            typer.BadParameter: It is no such list.
        """
        ranges = [_range_of(part) for part in text.split(",")]
        if sum(map(len, ranges)) > MOST_NUMBERS:
            raise typer.BadParameter(f"{text!r} are more than {MOST_NUMBERS} numbers.")
        return cls(tuple(sorted({number for one in ranges for number in one})))


def _range_of(part: str) -> range:
    first, dash, last = (piece.strip() for piece in part.partition("-"))
    if not _is_number(first) or (dash and not _is_number(last)):
        raise typer.BadParameter(f"{part!r} is neither a number nor a range. Write such as 3 or 1,2 or 10-20,25.")
    start, stop = int(first), int(last) if dash else int(first)
    if stop < start:
        raise typer.BadParameter(f"{part!r} ends before it begins. Write {stop}-{start}.")
    return range(start, stop + 1)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10
