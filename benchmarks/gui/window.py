"""napari's window, a mouse in it, and a stopwatch for its drawing."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import napari
from napari.viewer import Viewer
from qtpy.QtCore import QPoint, QSettings, Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication
from vispy.gloo import gl

from mfvis_engine.errors import MfvisError
from mfvis_engine.video import VideoSource
from mfvis_napari.layers.video_array import VideoArray
from mfvis_napari.widgets.main import MaskFreeVis

WINDOW_PX = 1600, 1000
_PATIENCE_S = 5.0


class NothingDrawnError(MfvisError):
    """Something that should be seen was not drawn."""


class Picture:
    """The canvas of a viewer: when it is drawn, and where the mouse is on it."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer
        self.drawn_count = 0
        canvas = viewer.window._qt_viewer.canvas
        self._widget = canvas.native
        canvas._scene_canvas.events.draw.connect(self._on_drawn, position="last")

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height."""
        return self._widget.width(), self._widget.height()

    def milliseconds(self, act: Callable[[], object]) -> float:
        """How long it takes until `act` is done and all is drawn that it asks for."""
        settle()
        before, began_s = self.drawn_count, time.perf_counter()
        act()
        while self.drawn_count == before:
            QApplication.processEvents()
            if time.perf_counter() - began_s > _PATIENCE_S:
                raise NothingDrawnError(f"Nothing was drawn in {_PATIENCE_S:g} s. Is the window in sight?")
        QApplication.processEvents()
        return 1000 * (time.perf_counter() - began_s)

    def quiet_milliseconds(self, act: Callable[[], object]) -> float:
        """How long `act` takes with all that comes of it, whether anything is drawn or not."""
        settle()
        began_s = time.perf_counter()
        act()
        QApplication.processEvents()
        QApplication.processEvents()
        return 1000 * (time.perf_counter() - began_s)

    def press(self, x: float, y: float) -> None:
        """Presses the left button at a place of the video."""
        QTest.mouseMove(self._widget, self._point(x, y))
        settle()
        QTest.mousePress(self._widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, self._point(x, y))

    def move(self, x: float, y: float) -> None:
        """Moves the mouse to a place of the video."""
        QTest.mouseMove(self._widget, self._point(x, y))

    def release(self, x: float, y: float) -> None:
        """Lets the left button go at a place of the video."""
        QTest.mouseRelease(self._widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, self._point(x, y))

    def show_frame(self, frame_index: int) -> None:
        """As the slider below the picture does."""
        self.viewer.dims.set_current_step(0, frame_index)

    def _point(self, x: float, y: float) -> QPoint:
        camera = self.viewer.scene.camera
        center_y, center_x = camera.center[-2:]
        left = self._widget.width() / 2 + (x - 0.5 - center_x) * camera.zoom
        top = self._widget.height() / 2 + (y - 0.5 - center_y) * camera.zoom
        return QPoint(round(left), round(top))

    def _on_drawn(self, _: object) -> None:
        gl.glFinish()
        self.drawn_count += 1


def settle(seconds: float = 0.0) -> None:
    """Lets Qt do what waits, and for so long what comes."""
    end_s = time.perf_counter() + seconds
    QApplication.processEvents()
    while time.perf_counter() < end_s:
        QApplication.processEvents()
        time.sleep(0.002)


def keep_apart(folder: Path) -> None:
    """Neither reads nor writes the settings of the person who measures; napari's own are told by NAPARI_CONFIG."""
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(folder))


@contextlib.contextmanager
def annotator(project_path: Path | None = None) -> Iterator[MaskFreeVis]:
    """A window with the dock widget, all sections unfolded; with an open project, if one is given."""
    viewer = napari.Viewer(show=True)
    viewer.window._qt_window.resize(*WINDOW_PX)
    widget = MaskFreeVis(viewer)
    viewer.window.add_dock_widget(widget, name="Mask-free VIS")
    try:
        settle(0.3)
        if project_path is not None:
            widget.workspace.open_project(project_path)
            viewer.reset_view()
        settle(0.5)
        yield widget
    finally:
        widget.shut_down()
        widget.trainer.wait_closed()
        viewer.close()
        settle()


@contextlib.contextmanager
def video_alone(video: VideoSource, size_px: tuple[int, int]) -> Iterator[Picture]:
    """A window that shows the video and nothing else, with a canvas of the same size."""
    viewer = napari.Viewer(show=True)
    try:
        viewer.add_image(VideoArray(video), rgb=True, name="video", multiscale=False)
        window, picture = viewer.window._qt_window, Picture(viewer)
        window.resize(*WINDOW_PX)
        for _ in range(3):
            settle(0.2)
            width, height = picture.size_px
            window.resize(window.width() + size_px[0] - width, window.height() + size_px[1] - height)
        settle(0.2)
        viewer.reset_view()
        yield picture
    finally:
        viewer.close()
        settle()
