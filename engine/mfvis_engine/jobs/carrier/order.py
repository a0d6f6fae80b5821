"""In which order frames are predicted: those nearest to the frame in view first."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence

_MOST_FRAMES, _MOST_MASKS = 8, 32
"""Of one group; a group is what the person waits for before the first of its frames is seen."""


def frame_groups(frames: Sequence[int], track_count: int) -> tuple[tuple[int, ...], ...]:
    """Frames that are predicted together, each group ascending.

    Which frames share a group never depends on the frame in view: a network's last digits depend on what else is in a
    batch, and a job gives the same masks in whatever order its frames are made.

    Args:
        frames: Which frames, from 0, in any order.
        track_count: N; the more tracks, the smaller the groups.
    """
    size = max(1, min(_MOST_FRAMES, _MOST_MASKS // max(1, track_count)))
    ordered = sorted(set(frames))
    return tuple(tuple(ordered[start : start + size]) for start in range(0, len(ordered), size))


def nearest_first(groups: Sequence[tuple[int, ...]], focus_frame: Callable[[], int]) -> Iterator[tuple[int, ...]]:
    """The groups, each time the one nearest to the frame in view, which may change on the way.

    Args:
        groups: Ascending, as `frame_groups` makes them.
        focus_frame: Tells the frame in view.
    """
    left = list(groups)
    while left:
        focus = focus_frame()
        after = bisect_right(left, focus, key=lambda group: group[0])
        beside = range(max(0, after - 1), min(len(left), after + 1))
        yield left.pop(min(beside, key=lambda place: _distance(left[place], focus)))


def _distance(group: tuple[int, ...], focus: int) -> int:
    return min(abs(frame_index - focus) for frame_index in group)
