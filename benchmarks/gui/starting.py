"""What the plugin adds to napari's start, in fresh processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.gui.figures import Figure
from mfvis_engine.errors import MfvisError

START_AIM_S = 0.3
PLUGIN = "mfvis-napari"

_START = """
import importlib.metadata, json, sys, time
plugin, with_plugin, with_dock = sys.argv[1], sys.argv[2] == "1", sys.argv[3] == "1"
if not with_plugin:
    every = importlib.metadata.distributions
    importlib.metadata.distributions = lambda **where: (one for one in every(**where) if one.name != plugin)
began = time.perf_counter()
import napari
viewer = napari.Viewer(show=True)
from qtpy.QtWidgets import QApplication
QApplication.processEvents()
started = time.perf_counter() - began
began = time.perf_counter()
if with_dock:
    viewer.window.add_plugin_dock_widget(plugin)
    QApplication.processEvents()
docked = time.perf_counter() - began
loaded = [name for name in ("torch", "distributed", "mfvis_napari", "mfvis_engine") if name in sys.modules]
print("FIGURES", json.dumps([started, docked, loaded]))
viewer.close()
"""


class StartFailedError(MfvisError):
    """napari did not start."""


def measure_starting(repeats: int) -> Iterator[Figure]:
    """Starts napari with the plugin and without it, in turns, and then with its dock widget."""
    _start(with_plugin=True)  # compiled files and the disk's cache
    pairs = [(_start(with_plugin=False)[0], _start(with_plugin=True)[0]) for _ in range(repeats)]
    without_s, with_s = np.median(np.array(pairs), axis=0).tolist()
    loaded = _start(with_plugin=True)[2]
    _, dock_s, loaded_by_dock = _start(with_plugin=True, with_dock=True)
    yield Figure("start napari without the plugin", without_s, "s")
    yield Figure("  what the plugin adds", with_s - without_s, "s", START_AIM_S)
    yield Figure("  heavy packages or our own that were loaded", len(loaded), str(loaded), 0)
    yield Figure("open the dock widget, in a fresh process", dock_s, "s")
    heavy = [name for name in loaded_by_dock if not name.startswith("mfvis")]
    yield Figure("  torch or dask.distributed that were loaded with it", len(heavy), str(heavy), 0)


def _start(*, with_plugin: bool, with_dock: bool = False) -> tuple[float, float, list[str]]:
    """Seconds of the start and of opening the dock widget, and what was loaded."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "NAPARI_CONFIG": str(Path(folder) / "settings.yaml"), "HOME": folder}
        arguments = [PLUGIN, str(int(with_plugin)), str(int(with_dock))]
        ended = subprocess.run(
            [sys.executable, "-c", _START, *arguments], env=environment, capture_output=True, text=True, check=False
        )
    for line in ended.stdout.splitlines():
        if line.startswith("FIGURES"):
            started, docked, loaded = json.loads(line.removeprefix("FIGURES"))
            return started, docked, loaded
    raise StartFailedError(f"napari did not start: {ended.stderr[-2000:]}")
