"""What is printed."""

from __future__ import annotations

from benchmarks.annotator.figures import Figures
from benchmarks.annotator.tally import Cost

HEADER = f"{'phase':<18}{'clicks':>8}{'drags':>8}{'scrolls':>8}{'keys':>8}{'actions':>9}{'seconds':>9}"


def costs_table(figures: Figures) -> str:
    """A line a phase, and one for all."""
    lines = [HEADER, *(_line(phase, cost) for phase, cost in figures.costs.items())]
    return "\n".join([*lines, _line("all", sum(figures.costs.values(), Cost()))])


def outcome(figures: Figures) -> str:
    """How good the masks are, and how well the queue points at bad ones."""
    queues = "; ".join(
        f"{queue.bad_share:.0%} of the first {queue.count} below J 0.6, of all {queue.base_share:.0%}"
        for queue in figures.queues
    )
    return (
        f"{figures.clip}: {figures.object_count} objects, {figures.frame_count} frames\n"
        f"J trained {figures.j_trained:.3f}, corrected {figures.j_corrected:.3f}, exported {figures.j_exported:.3f}\n"
        f"Queue: {queues}\n"
        f"Boxes that slipped: {figures.slips}; longest stop of the window: {figures.longest_s:.2f} s"
    )


def _line(name: str, cost: Cost) -> str:
    counts = f"{cost.clicks:>8}{cost.drags:>8}{cost.scrolls:>8}{cost.keys:>8}"
    return f"{name:<18}{counts}{cost.actions:>9}{cost.seconds:>9.1f}"
