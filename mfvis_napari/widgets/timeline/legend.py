"""What the signs of a timeline mean, and what is under the mouse."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QEvent, QPointF, QRect, QSize, Qt
from qtpy.QtGui import QPainter, QPaintEvent
from qtpy.QtWidgets import QSizePolicy, QWidget

from mfvis_napari.messages import Messages
from mfvis_napari.widgets.timeline.columns import Columns
from mfvis_napari.widgets.timeline.looks import BoxLook, KeyLook, MaskLook
from mfvis_napari.widgets.timeline.painting import image_of
from mfvis_napari.widgets.timeline.pixels import BOX_LANE_PX, MASK_LANE_PX, lane_rows, row_pixels
from mfvis_napari.widgets.timeline.shades import Shades

SAMPLE_PX = 16
_GAP_PX = 10

HELP = """<b>Mouse</b><br>
Click or drag: go to a frame. Click a row: select its track, with Ctrl one more.<br>
Wheel: scroll. Ctrl+wheel: zoom. Shift+wheel: along the video. Double-click the ruler: all frames.<br>
Right-click a row: what can be done there. Shift+drag in a row, then right-click: what can be done to those frames.<br>
<br><b>Signs</b><br>
Line: boxes between keyframes, dashed where the object is hidden; blank where it is not there.<br>
Bar: keyframe; dot: one that nobody drew; hollow bar: the object leaves.<br>
Band: masks. Where a column stands for many frames, it shows what is most in need of a look."""


@dataclass(frozen=True)
class _Sign:
    text: str
    lane_px: tuple[int, int]
    box: BoxLook = BoxLook.ABSENT
    mask: MaskLook = MaskLook.NONE_DUE
    key: KeyLook | None = None


_SIGNS = (
    _Sign("predicted", MASK_LANE_PX, mask=MaskLook.PREDICTED),
    _Sign("edited", MASK_LANE_PX, mask=MaskLook.EDITED),
    _Sign("verified", MASK_LANE_PX, mask=MaskLook.VERIFIED),
    _Sign("no mask", MASK_LANE_PX, mask=MaskLook.MISSING),
    _Sign("keyframe", BOX_LANE_PX, box=BoxLook.THERE, key=KeyLook.GIVEN),
    _Sign("hidden", BOX_LANE_PX, box=BoxLook.HIDDEN),
    _Sign("leaves", BOX_LANE_PX, key=KeyLook.LEAVES),
)
"""The most needed first: where there is little room, the last ones are left out."""


class Legend(QWidget):
    """One line: the signs on the left, a text on the right that takes what room it needs."""

    def __init__(self, messages: Messages) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(HELP)
        self.text = ""
        self._shades: Shades | None = None
        self._paint = messages.guarded(self._painted)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """One line."""
        return QSize(200, self.fontMetrics().height() + 4)

    def say(self, text: str) -> None:
        """Shows a text; empty for none."""
        if text != self.text:
            self.text = text
            self.update()

    def changeEvent(self, event: QEvent | None) -> None:  # noqa: N802 - Qt's name
        """Takes another theme's colours."""
        if event is None:
            return
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._shades = None
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent | None) -> None:  # noqa: N802 - Qt's name
        """Draws the text, and as many signs as there is room for."""
        self._paint()

    def _painted(self) -> None:
        shades = self._shades = self._shades or Shades.of(self.palette())
        painter = QPainter(self)
        try:
            metrics = painter.fontMetrics()
            text_px = metrics.horizontalAdvance(self.text)
            room_px = self.width() - 8 - (text_px + 2 * _GAP_PX if self.text else 0)
            used_px = self._draw_signs(painter, room_px, shades)
            painter.setPen(shades.text)
            rect = QRect(used_px, 0, self.width() - used_px - 4, self.height())
            shown = metrics.elidedText(self.text, Qt.TextElideMode.ElideRight, rect.width())
            painter.drawText(rect, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, shown)
        finally:
            painter.end()

    def _draw_signs(self, painter: QPainter, room_px: int, shades: Shades) -> int:
        """Returns where they end."""
        metrics = painter.fontMetrics()
        x = 8
        for sign in _SIGNS:
            width = SAMPLE_PX + 4 + metrics.horizontalAdvance(sign.text)
            if x + width > room_px:
                break
            image = image_of(_sample(sign, shades, self.devicePixelRatioF()), self.devicePixelRatioF())
            height = sign.lane_px[1] - sign.lane_px[0]
            painter.drawImage(QPointF(x, (self.height() - height) // 2), image)
            painter.setPen(shades.dim)
            text = QRect(x + SAMPLE_PX + 4, 0, width, self.height())
            painter.drawText(text, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, sign.text)
            x += width + _GAP_PX
        return x


def _sample(sign: _Sign, shades: Shades, pixel_ratio: float) -> NDArray[np.uint32]:
    count = round(SAMPLE_PX * pixel_ratio)
    keys = [] if sign.key is None else [sign.key]
    columns = Columns(
        np.full(count, sign.box, np.uint8),
        np.full(count, sign.mask, np.uint8),
        np.full(len(keys), count // 2, np.int64),
        np.array(keys, np.uint8),
    )
    return row_pixels(columns, shades.inks(shades.text), pixel_ratio)[lane_rows(sign.lane_px, pixel_ratio)]
