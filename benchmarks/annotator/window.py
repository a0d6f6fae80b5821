"""The napari window with the plugin, its settings in a folder of their own."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from qtpy.QtCore import QSettings
from qtpy.QtWidgets import QApplication

from benchmarks.annotator.answers import Answers
from mfvis_napari.messages import Kind, Message
from mfvis_napari.widgets.main import MaskFreeVis

SIZE_PX = 1600, 1000
_STEP_S = 0.005


class GaveUpError(Exception):
    """What was waited for has not come."""


class Window:
    """The window.

    Attributes:
        annotator: The dock widget.
        told: What the message line said, and what kind of message it was.
        longest_s: The longest time that the window took for one round of events.
    """

    def __init__(self, annotator: MaskFreeVis, pictures: Path | None) -> None:
        """Keeps pictures of itself in the folder `pictures`, where there is one."""
        self.annotator = annotator
        self.viewer = annotator.workspace.viewer
        self.told: list[tuple[Kind, str]] = []
        self.longest_s = 0.0
        self._pictures, self._count = pictures, 0
        annotator.workspace.messages.said.connect(self._hear)

    def rest(self, seconds: float) -> None:
        """Lets the window live for some time."""
        end_s = time.perf_counter() + seconds
        while time.perf_counter() < end_s:
            self._live()

    def wait(self, is_so: Callable[[], bool], limit_s: float = 60) -> None:
        """Lets the window live until something is so; raises GaveUpError."""
        end_s = time.perf_counter() + limit_s
        while not is_so():
            if time.perf_counter() > end_s:
                raise GaveUpError(f"Nothing came in {limit_s:.0f} s; the window said last: {self.told[-3:]}")
            self._live()

    def picture(self, name: str) -> None:
        """Keeps what the window looks like."""
        if self._pictures is not None:
            self.rest(0.3)
            self._pictures.mkdir(parents=True, exist_ok=True)
            self._count += 1
            self.viewer.window._qt_window.grab().save(str(self._pictures / f"{self._count:02d}_{name}.png"))

    def _live(self) -> None:
        began_s = time.perf_counter()
        QApplication.processEvents()
        self.longest_s = max(self.longest_s, time.perf_counter() - began_s)
        time.sleep(_STEP_S)

    def _hear(self, message: Message) -> None:
        self.told.append((message.kind, message.text))


@contextmanager
def opened(folder: Path, answers: Answers, pictures: Path | None) -> Iterator[Window]:
    """A window that keeps its settings in `folder`."""
    os.environ["NAPARI_CONFIG"] = str(folder / "napari.yaml")  # read when napari is imported first
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(folder / "settings"))
    import napari

    viewer = napari.Viewer(show=True)
    viewer.window._qt_window.resize(*SIZE_PX)
    annotator = MaskFreeVis(viewer)
    viewer.window.add_dock_widget(annotator, name="Mask-free VIS")
    for part in (annotator.project, annotator.project.opening, annotator.project.importing):
        part._dialogs = answers
    viewer.window.activate()
    window = Window(annotator, pictures)
    window.rest(1)
    try:
        yield window
    finally:
        annotator.shut_down()
        annotator.trainer.wait_closed()
        viewer.close()
