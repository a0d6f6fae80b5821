"""A person's hand on the canvas: mouse and keys, in the video's own coordinates."""

from qtpy.QtCore import QPoint, Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication

LEFT = Qt.MouseButton.LeftButton
NOTHING = Qt.KeyboardModifier.NoModifier


class Hand:
    """Works in the window of a napari viewer."""

    def __init__(self, viewer):
        self.viewer = viewer
        self.canvas = viewer.window._qt_viewer.canvas.native

    def point(self, x, y):
        """Where on the canvas a point of the picture is, x and y in pixel edges."""
        camera = self.viewer.scene.camera
        center_y, center_x = camera.center[-2:]
        # napari puts the centre of the first pixel at 0
        left = self.canvas.width() / 2 + (x - 0.5 - center_x) * camera.zoom
        top = self.canvas.height() / 2 + (y - 0.5 - center_y) * camera.zoom
        return QPoint(round(left), round(top))

    def click(self, x, y, modifier=NOTHING):
        self.drag((x, y), modifier=modifier)

    def press(self, x, y, modifier=NOTHING):
        QTest.mouseMove(self.canvas, self.point(x, y))
        QTest.mousePress(self.canvas, LEFT, modifier, self.point(x, y))
        QApplication.processEvents()

    def move(self, x, y):
        QTest.mouseMove(self.canvas, self.point(x, y))
        QApplication.processEvents()

    def release(self, x, y, modifier=NOTHING):
        QTest.mouseRelease(self.canvas, LEFT, modifier, self.point(x, y))
        QApplication.processEvents()

    def drag(self, *points_xy, modifier=NOTHING):
        """Presses at the first point, moves to the others, and lets go at the last."""
        self.press(*points_xy[0], modifier=modifier)
        for point in points_xy[1:]:
            self.move(*point)
        self.release(*points_xy[-1], modifier=modifier)

    def key(self, key, modifier=NOTHING):
        QTest.keyClick(self.canvas, key, modifier)
        QApplication.processEvents()
