"""The list a person works through: new findings never move what was looked at."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from mfvis_engine.review import ReviewItem


@dataclass(frozen=True)
class Row:
    """A line of the list.

    Attributes:
        item: What to look at.
        settled: It needs no look any more: a person approved or changed it, or what spoke for a look is gone.
    """

    item: ReviewItem
    settled: bool = False


Rows: TypeAlias = tuple[Row, ...]
IsVerified: TypeAlias = Callable[[int, int], bool]
"""Whether a person has approved the mask of a track in a frame."""


def merged(rows: Rows, current: int | None, items: Sequence[ReviewItem], is_verified: IsVerified) -> Rows:
    """The list with new findings in it.

    Rows up to the current one stay where they are, and those that need no look any more are ticked off. After it come
    the others, worst first, with those that a person has approved.

    Args:
        rows: The list as it is.
        current: The row that the person is at; None where there is none yet.
        items: What is to be looked at, worst first.
        is_verified: Tells what a person has approved.
    """
    kept_count = 0 if current is None else current + 1
    found = _by_track(items)
    kept = tuple(_updated(row, found[row.item.track_id], is_verified) for row in rows[:kept_count])
    in_list = _by_track([row.item for row in kept if not row.settled])
    new = [
        Row(item)
        for item in items
        if not is_verified(*_mask_of(item)) and not any(_stands_for(item, other) for other in in_list[item.track_id])
    ]
    done = [replace(row, settled=True) for row in rows[kept_count:] if is_verified(*_mask_of(row.item))]
    return (*kept, *sorted((*new, *done), key=lambda row: -row.item.need))


def ticked(rows: Rows, is_verified: IsVerified) -> Rows:
    """The list with what a person has approved since ticked off."""
    return tuple(row if row.settled else replace(row, settled=is_verified(*_mask_of(row.item))) for row in rows)


def next_open(rows: Rows, current: int | None) -> int | None:
    """The first row that still needs a look, after the current one or else from the top; None where none does."""
    start = 0 if current is None else current + 1
    order = (*range(start, len(rows)), *range(start))
    return next((place for place in order if not rows[place].settled), None)


def _mask_of(item: ReviewItem) -> tuple[int, int]:
    return item.track_id, item.frame_index


def _by_track(items: Iterable[ReviewItem]) -> Mapping[int, list[ReviewItem]]:
    found: defaultdict[int, list[ReviewItem]] = defaultdict(list)
    for item in items:
        found[item.track_id].append(item)
    return found


def _updated(row: Row, items: Sequence[ReviewItem], is_verified: IsVerified) -> Row:
    """A row as it stands by the new items of its track."""
    found = next((item for item in items if _stands_for(item, row.item)), None)
    if found is None or is_verified(*_mask_of(row.item)):
        return replace(row, settled=True)
    return Row(found) if _mask_of(found) == _mask_of(row.item) else replace(row, settled=False)


def _stands_for(item: ReviewItem, other: ReviewItem) -> bool:
    """Whether the mask of another item of the same track lies in this one's stretch."""
    return item.first_frame <= other.frame_index <= item.last_frame
