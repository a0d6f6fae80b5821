"""The scores of all arms as a table of Markdown."""

from collections.abc import Sequence

from benchmarks.vis.arms import Arm
from benchmarks.vis.study import Scored


def table(scores: Sequence[Scored]) -> str:
    """The last score of each arm, beside that of the arm trained from masks."""
    last = {scored.arm: scored for scored in sorted(scores, key=lambda scored: scored.step)}
    masks = last.get(Arm.MASKS)
    lines = [
        "| trained from | AP | AP50 | AP75 | AP / AP from masks | steps | training s | peak MiB |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for arm in Arm:
        if arm in last:
            one = last[arm]
            share = f"{one.ap / masks.ap:.0%}" if masks and masks.ap > 0 else ""
            aps = " | ".join(f"{ap:.3f}" for ap in (one.ap, one.ap50, one.ap75))
            cost = f"{one.step} | {one.training_seconds:.0f} | {one.peak_bytes / 2**20:.0f}"
            lines.append(f"| {arm.value.replace('-', ' ')} | {aps} | {share} | {cost} |")
    return "\n".join(lines)
