"""What is painted of a timeline, piece by piece."""

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QPointF, QRect, QRectF, Qt
from qtpy.QtGui import QColor, QImage, QPainter

from mfvis_engine.annotation import Track
from mfvis_napari.widgets.timeline.ruler import label_digits, ruler_ticks, time_text
from mfvis_napari.widgets.timeline.scale import Scale
from mfvis_napari.widgets.timeline.shades import Shades, swatch

_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_CENTER = Qt.AlignmentFlag.AlignCenter
_SWATCH_PX = 10
_CELL_FROM_PX = 4.0
"""The cursor covers its cell from this width on; narrower ones are a line."""


def image_of(pixels: NDArray[np.uint32], pixel_ratio: float) -> QImage:
    """(H, W) of 0xAARRGGBB, wholly opaque or wholly transparent, as an image of its own."""
    height, width = pixels.shape
    image = QImage(pixels.tobytes(), width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied).copy()
    image.setDevicePixelRatio(pixel_ratio)
    return image


def paint_head(painter: QPainter, rect: QRect, track: Track, shades: Shades, *, is_selected: bool) -> None:
    """The name of a row: its colour, id and category."""
    painter.fillRect(rect, shades.selected if is_selected else shades.head)
    square = QRectF(rect.left() + 8, rect.center().y() - _SWATCH_PX / 2 + 0.5, _SWATCH_PX, _SWATCH_PX)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(swatch(track.track_id))
    painter.drawRoundedRect(square, 2, 2)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    if is_selected:
        painter.fillRect(rect.left(), rect.top(), 3, rect.height(), shades.text)
    metrics = painter.fontMetrics()
    name = QRect(rect.left() + 24, rect.top(), rect.width() - 28, rect.height())
    number = str(track.track_id)
    painter.setPen(shades.text)
    painter.drawText(name, _LEFT, number)
    name.setLeft(name.left() + metrics.horizontalAdvance(number) + 6)
    painter.setPen(shades.text if is_selected else shades.dim)
    painter.drawText(name, _LEFT, metrics.elidedText(track.category, Qt.TextElideMode.ElideRight, name.width()))


def paint_ruler(painter: QPainter, rect: QRect, scale: Scale, frames_per_second: float | None, shades: Shades) -> None:
    """Ticks with frame numbers, and times where the frame rate is known."""
    metrics = painter.fontMetrics()
    sample = str(scale.length) if frames_per_second is None else f"{scale.length}  0:00:00"
    label_px = metrics.horizontalAdvance(sample) + 16
    baseline = rect.top() + metrics.ascent() + 2
    digits = 0 if frames_per_second is None else label_digits(scale, label_px, frames_per_second)
    for tick in ruler_ticks(scale, label_px):
        x = rect.left() + int(np.floor(scale.x_px(tick.frame_index)))
        height = 9 if tick.is_labelled else 4
        painter.fillRect(x, rect.bottom() + 1 - height, 1, height, shades.faint)
        number = str(tick.frame_index)
        number_px = metrics.horizontalAdvance(number)
        # What is cut off would read as another number.
        if not tick.is_labelled or x < rect.left() - 3 or x + 4 + number_px > rect.right():
            continue
        painter.setPen(shades.text)
        painter.drawText(QPointF(x + 4, baseline), number)
        if frames_per_second is not None:
            painter.setPen(shades.faint)
            time = time_text(tick.frame_index, frames_per_second, digits)
            painter.drawText(QPointF(x + 4 + number_px + 5, baseline), time)


def cursor_rect(rect: QRect, scale: Scale, frame_index: int) -> QRect:
    """Where the cursor lies over `rect`: on its cell, or a line of two pixels where that is narrow."""
    x = rect.left() + scale.x_px(frame_index)
    if scale.px_per_frame < _CELL_FROM_PX:
        return QRect(round(x + scale.px_per_frame / 2) - 1, rect.top(), 2, rect.height())
    left, end = round(x), round(x + scale.px_per_frame)
    return QRect(left, rect.top(), end - left, rect.height())


def paint_cursor(painter: QPainter, rect: QRect, shades: Shades) -> None:
    """The cursor, over `cursor_rect`."""
    if rect.width() <= 2:
        painter.fillRect(rect, shades.text)
        return
    veil = QColor(shades.text)
    veil.setAlpha(38)
    painter.fillRect(rect, veil)
    painter.fillRect(rect.left(), rect.top(), 1, rect.height(), shades.text)
    painter.fillRect(rect.right(), rect.top(), 1, rect.height(), shades.text)


def paint_badge(painter: QPainter, rect: QRect, frame_index: int, shades: Shades) -> None:
    """The number of the frame in view."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(shades.text)
    painter.drawRoundedRect(QRectF(rect), 3, 3)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(shades.background)
    painter.drawText(rect, _CENTER, str(frame_index))


def paint_range(painter: QPainter, rect: QRect, shades: Shades) -> None:
    """A marked range of frames."""
    veil = QColor(shades.text)
    veil.setAlpha(46)
    painter.fillRect(rect, veil)
    painter.setPen(shades.text)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(rect.adjusted(0, 0, -1, -1))


def paint_hint(painter: QPainter, rect: QRect, text: str, shades: Shades) -> None:
    """What to do where there is nothing to see."""
    painter.setPen(shades.dim)
    painter.drawText(rect.adjusted(12, 0, -12, 0), _CENTER | Qt.TextFlag.TextWordWrap, text)
