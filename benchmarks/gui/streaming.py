"""How long the window stands still while the engine trains and its masks stream in."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from qtpy.QtCore import Qt, QTimer

from benchmarks.gui.figures import Figure
from benchmarks.gui.window import annotator, settle
from mfvis_engine.errors import MfvisError
from mfvis_napari.training import TrainingSettings
from mfvis_napari.training.ending import Ending, HowEnded

STALL_AIM_MS = 100
_TICK_MS = 5
_PATIENCE_S = 600.0


class TrainingFailedError(MfvisError):
    """The training that was to be measured did not come to its end."""


class Pulse:
    """A timer that wants to tick every 5 ms: by how much each tick is late, by what goes on."""

    def __init__(self) -> None:
        self.phase = "idle"
        self.late_ms: defaultdict[str, list[float]] = defaultdict(list)
        self._last_s = time.perf_counter()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start(_TICK_MS)

    def stop(self) -> None:
        """Ticks no more."""
        self._timer.stop()

    def _tick(self) -> None:
        now_s = time.perf_counter()
        self.late_ms[self.phase].append(max(0.0, 1000 * (now_s - self._last_s) - _TICK_MS))
        self._last_s = now_s


def measure_streaming(project_path: Path, steps: int) -> Iterator[Figure]:
    """Trains with the real engine of this machine, and takes all masks over."""
    with annotator(project_path) as widget:
        session = widget.workspace.session
        assert session is not None
        pulse, endings = Pulse(), list[Ending]()
        widget.trainer.advanced.connect(lambda advance: setattr(pulse, "phase", advance.phase.name.lower()))
        widget.trainer.ended.connect(endings.append)
        settle(1.0)
        began_s = time.perf_counter()
        widget.trainer.start(session, TrainingSettings(steps=steps, device="cpu"))
        while not endings and time.perf_counter() - began_s < _PATIENCE_S:
            settle(0.2)
        pulse.stop()
        if not endings or endings[0].how is not HowEnded.FINISHED:
            raise TrainingFailedError(f"The training did not finish: {endings[0].text if endings else 'no end'}")
        seconds = time.perf_counter() - began_s
    every = np.concatenate([np.array(times) for times in pulse.late_ms.values()])
    yield Figure(f"train for {seconds:.0f} s, masks streaming in: longest stall", every.max(), "ms", STALL_AIM_MS)
    yield Figure("  99th percentile of all ticks", float(np.percentile(every, 99)), "ms")
    for phase, times in pulse.late_ms.items():
        p99 = float(np.percentile(times, 99))
        yield Figure(f"  longest in phase {phase} ({len(times)} ticks, 99th percentile {p99:.1f} ms)", max(times), "ms")
