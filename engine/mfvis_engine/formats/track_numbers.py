"""Ids of other tools' tracks as track ids, which are the labels 1..65535 of a mask."""

from collections.abc import Iterable
from typing import TypeVar

from mfvis_engine.annotation import MAX_TRACK_ID
from mfvis_engine.formats.errors import FormatError

Id = TypeVar("Id", int, str)


def number_tracks(file_name: str, ids: Iterable[Id]) -> dict[Id, int]:
    """A track id for every id of a file.

    Numbers from 1 stay what they are, also as text; where they begin at 0, all move up by one. Other ids, such
    as names, are numbered from 1 in the order given.

    Args:
        file_name: For errors.
        ids: May repeat.

    Raises:
        FormatError: There are more than a mask can hold.
    """
    distinct = list(dict.fromkeys(ids))
    if len(distinct) > MAX_TRACK_ID:
        raise FormatError(
            f"{file_name} holds {len(distinct)} tracks, but a mask holds {MAX_TRACK_ID} at most: split the video"
        )
    numbers = [_whole(known) for known in distinct]
    whole = [number for number in numbers if number is not None]
    shift = int(0 in whole)
    if len(set(whole)) == len(distinct) and all(0 <= number <= MAX_TRACK_ID - shift for number in whole):
        return {known: number + shift for known, number in zip(distinct, whole, strict=True)}
    return {known: number for number, known in enumerate(distinct, start=1)}


def _whole(known: int | str) -> int | None:
    if isinstance(known, int):
        return known
    return int(known) if known.isascii() and known.isdigit() and len(known) <= 10 else None
