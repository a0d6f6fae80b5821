"""How colour, category and state of a track are drawn and edited."""

from collections.abc import Callable

from qtpy.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt
from qtpy.QtGui import QColor, QPainter, QPalette
from qtpy.QtWidgets import QCompleter, QLineEdit, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from mfvis_napari.layers.colors import color_of
from mfvis_napari.widgets.tracks.filter import TrackFilter

SWATCH_PX = 12
_PROGRESS_PX = 3
_VERIFIED = QColor("#3fa66b")

Index = QModelIndex | QPersistentModelIndex


class ColorDelegate(QStyledItemDelegate):
    """A square of the track's colour, filled where the track is in the frame in view."""

    def __init__(self, tracks: TrackFilter, parent: QWidget) -> None:
        super().__init__(parent)
        self._tracks = tracks

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """See Qt."""
        super().paint(painter, option, index)
        color = QColor(*color_of(self._tracks.track_row(index).track_id))
        is_in_view = self._tracks.is_in_view(index)
        square = QRectF(0, 0, SWATCH_PX, SWATCH_PX)
        square.moveCenter(QRectF(option.rect).center())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(color)
        if is_in_view:
            painter.setBrush(color)
        painter.drawRoundedRect(square, 3, 3)
        painter.restore()


class StateDelegate(QStyledItemDelegate):
    """The state in words over a thin bar: what is verified, and what has a mask."""

    def __init__(self, tracks: TrackFilter, parent: QWidget) -> None:
        super().__init__(parent)
        self._tracks = tracks

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """See Qt."""
        super().paint(painter, option, index)
        row = self._tracks.track_row(index)
        whole = QRectF(option.rect).adjusted(4, 0, -4, -2)
        whole.setTop(whole.bottom() - _PROGRESS_PX)
        text = option.palette.color(QPalette.ColorRole.Text)
        faint, half = QColor(text), QColor(text)
        faint.setAlphaF(0.15)
        half.setAlphaF(0.5)
        for share, color in ((1.0, faint), (row.mask_share, half), (row.verified_share, _VERIFIED)):
            part = QRectF(whole)
            part.setWidth(whole.width() * share)
            painter.fillRect(part, color)


class CategoryDelegate(QStyledItemDelegate):
    """A line to type a category into, completed from those there are."""

    def __init__(self, names: Callable[[], tuple[str, ...]], parent: QWidget) -> None:
        super().__init__(parent)
        self._names = names

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:  # noqa: N802
        """See Qt."""
        line = QLineEdit(parent)
        completer = QCompleter(self._names(), line)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        line.setCompleter(completer)
        return line
