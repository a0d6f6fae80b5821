"""The losses of a training, step by step: always as a table, for TensorBoard too where it is installed."""

from __future__ import annotations

import csv
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from mfvis_engine.training.vis.progress import PARTS, VisProgress

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

TABLE = "log.csv"
EVENTS = "tensorboard"
HAS_TENSORBOARD = find_spec("tensorboard") is not None
"""Whether curves are written for TensorBoard."""


class TrainingLog:
    """Writes `log.csv`, and `tensorboard/` beside it; what steps after the one gone on from had written is dropped."""

    def __init__(self, folder: Path, step: int) -> None:
        """Goes on after a step; 0 begins anew."""
        self._table = folder / TABLE
        self._keep_until(step)
        self._events = _writer(folder / EVENTS, step) if HAS_TENSORBOARD else None

    def add(self, progress: VisProgress) -> None:
        """Writes a step."""
        seconds = dict(progress.seconds)
        row = {
            "step": progress.step,
            "elapsed_seconds": f"{progress.elapsed_seconds:.1f}",
            "rate": f"{progress.rate:.3g}",
            "total": f"{progress.total:.6g}",
            **{name: f"{value:.6g}" for name, value in progress.terms},
            "surplus_count": progress.surplus_count,
            **{f"{part}_seconds": f"{seconds[part]:.4f}" for part in PARTS},
        }
        is_new = not self._table.exists()
        with self._table.open("a", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(row))
            if is_new:
                writer.writeheader()
            writer.writerow(row)
        if self._events is not None:
            self._add_events(self._events, progress)

    def close(self) -> None:
        """Writes what waits."""
        if self._events is not None:
            self._events.close()

    @staticmethod
    def _add_events(events: SummaryWriter, progress: VisProgress) -> None:
        groups = (
            ("loss", (("total", progress.total), *progress.terms)),
            ("seconds", progress.seconds),
            ("training", (("rate", progress.rate), ("surplus_count", progress.surplus_count))),
        )
        for group, values in groups:
            for name, value in values:
                events.add_scalar(f"{group}/{name}", value, progress.step)

    def _keep_until(self, step: int) -> None:
        if not self._table.exists():
            return
        with self._table.open(encoding="utf-8", newline="") as file:
            head, *rows = file.readlines() or [""]
        kept = [row for row in rows if row.endswith("\n") and int(row.split(",", 1)[0]) <= step]
        partial = self._table.with_suffix(".partial")
        partial.write_text("".join([head, *kept]) if kept else "", encoding="utf-8", newline="")
        if kept:
            partial.replace(self._table)
        else:
            partial.unlink()
            self._table.unlink()


def _writer(folder: Path, step: int) -> SummaryWriter:
    from torch.utils.tensorboard import SummaryWriter

    return SummaryWriter(str(folder), purge_step=step + 1)
