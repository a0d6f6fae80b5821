"""A mouse and a keyboard in the window, whose every use is counted."""

from __future__ import annotations

from collections.abc import Sequence

from napari.viewer import Viewer
from qtpy.QtCore import QPoint, Qt
from qtpy.QtGui import QKeySequence
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QScrollArea, QWidget

from benchmarks.annotator.tally import Tally
from mfvis_engine.annotation import BoxXyxy

LEFT, NOTHING = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


class Hand:
    """Works in the window of a napari viewer; points are in pixel edges of the video."""

    def __init__(self, viewer: Viewer, tally: Tally) -> None:
        self._viewer, self._tally = viewer, tally
        self._canvas: QWidget = viewer.window._qt_viewer.canvas.native

    def key(self, keys: str) -> None:
        """Presses one key, as `QKeySequence` reads it, where the focus is."""
        self._tally.count(keys=1)
        combination = QKeySequence(keys)[0]
        focused = QApplication.focusWidget() or self._canvas
        QTest.keyClick(focused, combination.key(), combination.keyboardModifiers())
        QApplication.processEvents()

    def write(self, text: str) -> None:
        """Types a text where the focus is, and Enter."""
        self._tally.count(keys=len(text) + 1)
        focused = QApplication.focusWidget() or self._canvas
        QTest.keyClicks(focused, text)
        QTest.keyClick(focused, Qt.Key.Key_Return)
        QApplication.processEvents()

    def press(self, widget: QWidget, position: QPoint | None = None) -> None:
        """Clicks on a widget of the dock; one that is out of view is scrolled to."""
        self._scroll_to(widget)
        self._tally.count(clicks=1)
        QTest.mouseClick(widget, LEFT, NOTHING, position or widget.rect().center())
        QApplication.processEvents()

    def draw_box(self, box_xyxy: BoxXyxy) -> None:
        """Drags from the upper left corner of a box to its lower right one."""
        x0, y0, x1, y1 = box_xyxy
        self.drag((x0, y0), ((x0 + x1) / 2, (y0 + y1) / 2), (x1, y1))

    def drag(self, *points_xy: tuple[float, float]) -> None:
        """Presses at the first point, moves to the others, and lets go at the last."""
        self._tally.count(drags=1)
        self._move(points_xy[0])
        QTest.mousePress(self._canvas, LEFT, NOTHING, self._point(points_xy[0]))
        for point_xy in points_xy[1:]:
            self._move(point_xy)
        QTest.mouseRelease(self._canvas, LEFT, NOTHING, self._point(points_xy[-1]))
        QApplication.processEvents()

    def click_around(self, outline_xy: Sequence[tuple[float, float]]) -> None:
        """Clicks on every point of an outline, and presses Enter."""
        for point_xy in outline_xy:
            self._tally.count(clicks=1)
            self._move(point_xy)
            QTest.mouseClick(self._canvas, LEFT, NOTHING, self._point(point_xy))
            QApplication.processEvents()
        self.key("Return")

    def _move(self, point_xy: tuple[float, float]) -> None:
        QTest.mouseMove(self._canvas, self._point(point_xy))
        QApplication.processEvents()

    def _point(self, point_xy: tuple[float, float]) -> QPoint:
        """Where on the canvas a point of the picture is."""
        camera = self._viewer.scene.camera
        center_y, center_x = camera.center[-2:]
        x, y = point_xy
        left = self._canvas.width() / 2 + (x - 0.5 - center_x) * camera.zoom  # napari's 0 is the first pixel's centre
        top = self._canvas.height() / 2 + (y - 0.5 - center_y) * camera.zoom
        return QPoint(round(left), round(top))

    def _scroll_to(self, widget: QWidget) -> None:
        parent = widget.parentWidget()
        while parent is not None and not isinstance(parent, QScrollArea):
            parent = parent.parentWidget()
        if parent is None or not widget.visibleRegion().isEmpty():
            return
        self._tally.count(scrolls=1)
        parent.ensureWidgetVisible(widget)
        QApplication.processEvents()
