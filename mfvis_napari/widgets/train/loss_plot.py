"""How well it learns: the losses over the steps, as lines."""

import math

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QPointF, QRectF, QSize, Qt
from qtpy.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPalette, QPen, QPolygonF
from qtpy.QtWidgets import QSizePolicy, QWidget

from mfvis_napari.training.loss_history import LossHistory

PART_WORDS = {
    "projection": "box edges",
    "pairwise": "colours",
    "temporal": "motion",
    "outside": "outside boxes",
    "teacher": "agreement",
    "masks": "your masks",
}
_PART_COLORS = ("#4e9bd4", "#e0a03c", "#57b894", "#d47ba6", "#a48ad4", "#c9c24a")
_PART_OPACITY = 0.55
_MARGIN_PX, _TICKS = 4, 3


class LossPlot(QWidget):
    """The total as a strong line with its noise behind it, and its parts as faint ones, named in their colours."""

    def __init__(self) -> None:
        super().__init__()
        self._history: LossHistory | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip("What training makes smaller. It need not reach 0. Once it is level, more steps change little.")

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Wide as there is room."""
        return QSize(300, 130)

    def show_history(self, history: LossHistory | None) -> None:
        """Draws these losses; None for none."""
        self._history = history
        self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:  # noqa: N802 - Qt's name
        """Draws."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), self.palette().color(QPalette.ColorRole.Base))
        if self._history is None or len(self._history) < 2:
            painter.setPen(self._text_color(0.6))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "The losses will be shown here.")
        else:
            self._paint(painter, self._history)
        painter.end()

    def _paint(self, painter: QPainter, history: LossHistory) -> None:
        font = painter.font()
        font.setPointSizeF(max(6.0, 0.8 * font.pointSizeF()))
        painter.setFont(font)
        line_px = QFontMetrics(font).height()
        top = float(_MARGIN_PX + self._paint_legend(painter, history, line_px))
        highest = _rounded_up(float(history.total.max()))
        widest = max(QFontMetrics(font).horizontalAdvance(label) for label in _tick_labels(highest))
        left = widest + 3 * _MARGIN_PX
        area = QRectF(left, top, self.width() - left - 2 * _MARGIN_PX, self.height() - top - line_px - _MARGIN_PX)
        self._paint_axes(painter, area, highest, history.steps, line_px)
        scale = _Scale(area, history.steps, highest)
        parts = history.smooth(history.parts)
        for place, color in self._colors(history):
            painter.setPen(QPen(_faded(color, _PART_OPACITY), 1))
            painter.drawPolyline(scale.line(parts[:, place]))
        painter.setPen(QPen(self._text_color(0.25), 1))
        painter.drawPolyline(scale.line(history.total))
        painter.setPen(QPen(self._text_color(1.0), 2))
        painter.drawPolyline(scale.line(history.smooth(history.total)))

    def _paint_axes(
        self, painter: QPainter, area: QRectF, highest: float, steps: NDArray[np.float64], line_px: int
    ) -> None:
        for tick, text in enumerate(_tick_labels(highest)):
            y = area.bottom() - area.height() * tick / (_TICKS - 1)
            painter.setPen(QPen(self._text_color(0.15), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(self._text_color(0.7))
            label = QRectF(0, y - line_px / 2, area.left() - _MARGIN_PX, line_px)
            painter.drawText(label, Qt.AlignmentFlag.AlignRight, text)
        below = QRectF(area.left(), area.bottom() + 1, area.width(), line_px)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, f"{steps[0]:.0f}")
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, "steps")
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, f"{steps[-1]:.0f}")

    def _paint_legend(self, painter: QPainter, history: LossHistory, line_px: int) -> int:
        """Returns the height it takes."""
        names = [("loss", self._text_color(1.0))]
        names += [(PART_WORDS.get(history.names[place], history.names[place]), c) for place, c in self._colors(history)]
        x, y = 2 * _MARGIN_PX, _MARGIN_PX
        for name, color in names:
            width = QFontMetrics(painter.font()).horizontalAdvance(name)
            if x + width > self.width() - _MARGIN_PX:
                x, y = 2 * _MARGIN_PX, y + line_px
            painter.setPen(color)
            painter.drawText(QRectF(x, y, width + 1, line_px), Qt.AlignmentFlag.AlignLeft, name)
            x += width + 3 * _MARGIN_PX
        return y + line_px

    def _colors(self, history: LossHistory) -> list[tuple[int, QColor]]:
        """The parts that there are, by their place, with their colours."""
        if len(history.names) == 1:  # which is all there is
            return []
        there = np.flatnonzero(history.parts.any(axis=0)).tolist()
        return [(place, QColor(_PART_COLORS[place % len(_PART_COLORS)])) for place in there]

    def _text_color(self, opacity: float) -> QColor:
        return _faded(self.palette().color(QPalette.ColorRole.Text), opacity)


class _Scale:
    """From steps and losses to points of the widget."""

    def __init__(self, area: QRectF, steps: NDArray[np.float64], highest: float) -> None:
        self._area, self._highest = area, highest
        self._x = area.left() + area.width() * (steps - steps[0]) / max(1.0, steps[-1] - steps[0])

    def line(self, values: NDArray[np.float64]) -> QPolygonF:
        y = self._area.bottom() - self._area.height() * values / self._highest
        return QPolygonF([QPointF(*point) for point in zip(self._x.tolist(), y.tolist(), strict=True)])


def _tick_labels(highest: float) -> tuple[str, ...]:
    return tuple(f"{highest * tick / (_TICKS - 1):g}" for tick in range(_TICKS))


def _rounded_up(value: float) -> float:
    """The next of 1, 2, 5, 10, 20, ..."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(nice * power for nice in (1, 2, 5, 10) if nice * power >= value * 0.999)


def _faded(color: QColor, opacity: float) -> QColor:
    faded = QColor(color)
    faded.setAlphaF(opacity)
    return faded
