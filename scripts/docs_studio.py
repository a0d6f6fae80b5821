"""The plugin in a real window, a hand that works in it, and a camera."""

import os
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ["NAPARI_CONFIG"] = str(Path(tempfile.mkdtemp()) / "settings.yaml")  # read at import; nobody's own settings

import itertools

import napari
import numpy as np
from PIL import Image
from qtpy.QtCore import QPoint, QRect, QSettings, Qt
from qtpy.QtGui import QContextMenuEvent, QImage
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QLineEdit, QScrollArea, QWidget

from mfvis_napari.session import View
from mfvis_napari.widgets.main import MaskFreeVis
from mfvis_napari.widgets.section import Section
from scripts.docs_pictures import Film, save_png
from tests.gui.hand import NOTHING, Hand

WINDOW_PX = (1600, 1000)
_ABOVE_AND_BELOW_PX = 120


class Studio:
    """The window, with the dock widget opened as from napari's menu.

    Attributes:
        viewer: The window.
        dock: The dock widget in it.
        film: Of what is done while `is_filming`.
    """

    def __init__(self, images: Path) -> None:
        """Saves pictures in the folder `images`; reads and writes no settings of the person who runs it."""
        QSettings.setDefaultFormat(QSettings.Format.IniFormat)
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, tempfile.mkdtemp())
        random.seed(1)  # napari's tip of the day
        np.random.seed(1)  # noqa: NPY002 - napari's
        self.images = images
        self.viewer = napari.Viewer(show=True)
        self.window: QWidget = self.viewer.window._qt_window
        self.window.setGeometry(0, 0, *WINDOW_PX)
        self.dock: MaskFreeVis = self.viewer.window.add_plugin_dock_widget("mfvis-napari", "Mask-free VIS")[1]
        self.dock.workspace.messages.said.connect(lambda message: print(f"  {message.kind.name}: {message.text}"))
        self.hand = Hand(self.viewer)
        self.film, self.is_filming = Film(), False
        self.window.activateWindow()
        self.wait(1)

    @property
    def view(self) -> View:
        """Where in the video it is."""
        return self.dock.workspace.session.view

    def wait(self, seconds: float) -> None:
        """Lets the window work."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            QApplication.processEvents()
            time.sleep(0.005)

    def wait_until(self, holds: Callable[[], bool], limit_s: float = 60) -> None:
        """Lets the window work until something holds; raises TimeoutError."""
        end = time.monotonic() + limit_s
        while not holds():
            if time.monotonic() > end:
                raise TimeoutError(f"waited {limit_s} s in vain")
            self.wait(0.05)

    def picture(self) -> Image.Image:
        """The window as it looks now, with the menu or dialog that is open over it."""
        QApplication.processEvents()
        picture = _grabbed(self.window)
        menu = QApplication.activePopupWidget()
        if menu is not None:
            place = self.window.mapFromGlobal(menu.mapToGlobal(QPoint(0, 0)))
            picture.paste(_grabbed(menu), (place.x(), place.y()))
        return picture

    def shoot(self, name: str, *, part: QRect | QWidget | None = None) -> None:
        """Saves a picture of the window, or of a part of it."""
        self.wait(0.5)
        if isinstance(part, QWidget) and part.isWindow():
            picture = _grabbed(part)
        else:
            picture = self.picture()
            rect = self.rect_of(part) if isinstance(part, QWidget) else part
            if rect is not None:
                picture = picture.crop((rect.left(), rect.top(), rect.right() + 1, rect.bottom() + 1))
        save_png(picture, self.images / f"{name}.png")
        print(f"{name}.png")

    def rect_of(self, widget: QWidget) -> QRect:
        """Where in the window a widget is."""
        return QRect(widget.mapTo(self.window, QPoint(0, 0)), widget.size())

    def take(self, duration_ms: int) -> None:
        """Adds the window as it looks now to the film."""
        if self.is_filming:
            self.wait(0.05)
            self.film.add(self.picture(), duration_ms)

    def say(self, caption: str, duration_ms: int = 500) -> None:
        """Has the film say what is done now."""
        self.film.caption = caption
        self.take(duration_ms)

    def click(self, widget: QWidget) -> None:
        """Clicks a button."""
        area = self._scroll()
        if area.isAncestorOf(widget):
            area.ensureWidgetVisible(widget, 0, _ABOVE_AND_BELOW_PX)
            self.wait(0.1)
        self._point(widget, widget.rect().center())
        self.take(350)
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton)
        self.wait(0.2)

    def click_right(self, widget: QWidget, at: QPoint) -> None:
        """Asks for a menu."""
        reason = QContextMenuEvent.Reason.Mouse
        QApplication.sendEvent(widget, QContextMenuEvent(reason, at, widget.mapToGlobal(at)))
        self.wait(0.3)

    def close_menu(self) -> None:
        """Closes the menu that is open."""
        menu = QApplication.activePopupWidget()
        if menu is not None:
            menu.close()
        self.wait(0.2)

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = NOTHING) -> None:
        """Presses a key over the picture."""
        self.hand.key(key, modifier)
        self.wait(0.2)

    def type_into(self, line: QLineEdit, text: str) -> None:
        """Types a text over what is there, and Enter."""
        self.click(line)
        line.selectAll()
        QTest.keyClicks(line, text)
        QTest.keyClick(line, Qt.Key.Key_Return)
        self.hand.canvas.setFocus()
        self.wait(0.3)

    def drag(self, *points_xy: tuple[float, float], steps: int = 6, duration_ms: int = 50) -> None:
        """Drags over the picture, in pixels of the video."""
        self.hand.press(*points_xy[0])
        self._point_at(*points_xy[0])
        self.take(100)
        for (x0, y0), (x1, y1) in itertools.pairwise(points_xy):
            for step in range(1, steps + 1):
                x, y = x0 + (x1 - x0) * step / steps, y0 + (y1 - y0) * step / steps
                self.hand.move(x, y)
                self._point_at(x, y)
                self.take(duration_ms)
        self.hand.release(*points_xy[-1])
        self.wait(0.2)
        self.take(150)

    def go_to(self, frame_index: int, *track_ids: int) -> None:
        """Shows a frame, and selects tracks where any are named."""
        self.view.frame_index = frame_index
        if track_ids:
            self.view.select(track_ids)
        self.wait(0.3)

    def scroll_to(self, section: Section) -> None:
        """Brings a section of the dock widget to its top, with its title."""
        area = self._scroll()
        title = section.parentWidget()
        while title.parentWidget() is not area.widget():
            title = title.parentWidget()
        area.verticalScrollBar().setValue(title.y())
        self.wait(0.3)

    def close(self) -> None:
        """Closes the window."""
        self.dock.shut_down()
        self.viewer.close()
        self.dock.trainer.wait_closed()

    def _scroll(self) -> QScrollArea:
        return self.dock.findChild(QScrollArea)

    def _point(self, widget: QWidget, at: QPoint) -> None:
        place = widget.mapTo(self.window, at)
        self.film.pointer = (place.x(), place.y())

    def _point_at(self, x: float, y: float) -> None:
        self._point(self.hand.canvas, self.hand.point(x, y))


def _grabbed(widget: QWidget) -> Image.Image:
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    size = (image.width(), image.height())
    return Image.frombuffer("RGB", size, bytes(image.constBits()), "raw", "RGB", image.bytesPerLine(), 1).copy()
