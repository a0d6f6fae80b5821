"""Ways from one content of a frame to another."""

from collections.abc import Sequence

Step = tuple[int, int | None, int | None]
"""A name, and the two contents between which it leads, in both directions."""


def shortest_way(steps: Sequence[Step], start: int | None, end: int | None) -> list[int]:
    """The names of the fewest steps that lead from `start` to `end`; empty where none do, or none are needed."""
    ways: dict[int | None, list[int]] = {start: []}
    frontier = [start]
    while frontier and end not in ways:
        reached = []
        for here in frontier:
            for name, one, other in steps:
                there = other if one == here else one
                if here in (one, other) and there not in ways:
                    ways[there] = [*ways[here], name]
                    reached.append(there)
        frontier = reached
    return ways.get(end, [])
