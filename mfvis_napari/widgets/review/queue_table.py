"""The list of masks to look at."""

from enum import IntEnum

from psygnal import Signal
from qtpy.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, QRect, Qt
from qtpy.QtGui import QColor, QKeyEvent, QPainter, QPalette
from qtpy.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from mfvis_napari.layers.colors import color_of
from mfvis_napari.reviewing.rows import Row, Rows

VISIBLE_ROWS = 8
_BAR_HEIGHT_PX = 8
_SETTLED = QColor("#868a94")
"""Grey in dark and light. Not by the delegate: an `initStyleOption` in Python takes PySide6 down now and then."""

Index = QModelIndex | QPersistentModelIndex


class Column(IntEnum):
    """What the list shows."""

    TRACK = 0
    FRAME = 1
    WHY = 2
    NEED = 3


_HEADINGS = {Column.TRACK: "Track", Column.FRAME: "Frame", Column.WHY: "Why", Column.NEED: "Need"}


class QueueModel(QAbstractTableModel):
    """The rows as Qt shows them; settled ones are greyed and ticked off."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: Rows = ()

    def show(self, rows: Rows) -> None:
        """Shows other rows; those at the top that mean the same masks as before stay, so that nothing jumps."""
        same = _common_count(self.rows, rows)
        if len(self.rows) > same:
            self.beginRemoveRows(QModelIndex(), same, len(self.rows) - 1)
            self.rows = self.rows[:same]
            self.endRemoveRows()
        if len(rows) > same:
            self.beginInsertRows(QModelIndex(), same, len(rows) - 1)
            self.rows = (*self.rows, *rows[same:])
            self.endInsertRows()
        self.rows = rows
        if same:
            self.dataChanged.emit(self.index(0, 0), self.index(same - 1, Column.NEED))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802 - Qt's
        """See Qt."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802 - Qt's
        """See Qt."""
        return 0 if parent.isValid() else len(Column)

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> str | None:
        """See Qt."""
        is_heading = orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole
        return _HEADINGS[Column(section)] if is_heading else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """See Qt; the need, 0 to 1, is the user data of its column."""
        row, column = self.rows[index.row()], Column(index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return _text(row, column)
        if role == Qt.ItemDataRole.DecorationRole and column is Column.TRACK:
            return QColor(*color_of(row.item.track_id))
        if role == Qt.ItemDataRole.ToolTipRole:
            return _tool_tip(row)
        if role == Qt.ItemDataRole.ForegroundRole and row.settled:
            return _SETTLED
        if role == Qt.ItemDataRole.UserRole and column is Column.NEED and not row.settled:
            return row.item.need
        if role == Qt.ItemDataRole.TextAlignmentRole and column is Column.NEED:
            return Qt.AlignmentFlag.AlignCenter
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """See Qt: what is settled can still be gone back to, but looks done."""
        chosen = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
        return chosen | Qt.ItemFlag.ItemIsEnabled


class QueueView(QTableView):
    """The list; going to a row, by mouse or arrow key, goes to its mask.

    Attributes:
        gone_to: Emitted with the row.
    """

    gone_to = Signal(int)

    def __init__(self, model: QueueModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("mfvis.review.queue")
        self.setModel(model)
        self._model = model
        self.setItemDelegate(_RowDelegate(self))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self._lay_out()
        self.clicked.connect(lambda index: self.gone_to.emit(index.row()))

    @property
    def current(self) -> int | None:
        """The row the person is at."""
        index = self.currentIndex()
        return index.row() if index.isValid() else None

    def go_to(self, row: int) -> None:
        """Makes a row the current one and goes to its mask."""
        self.selectRow(row)
        self.scrollTo(self._model.index(row, 0))
        self.gone_to.emit(row)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Goes to the row that the key moved to."""
        before = self.current
        super().keyPressEvent(event)
        if self.current is not None and self.current != before:
            self.gone_to.emit(self.current)

    def _lay_out(self) -> None:
        rows, columns = self.verticalHeader(), self.horizontalHeader()
        height_px = self.fontMetrics().height() + 6
        rows.setVisible(False)
        rows.setDefaultSectionSize(height_px)
        rows.setMinimumSectionSize(height_px)
        columns.setHighlightSections(False)
        columns.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        columns.setMinimumSectionSize(30)
        columns.setSectionResizeMode(Column.WHY, QHeaderView.ResizeMode.Stretch)
        width_px = self.fontMetrics().horizontalAdvance("0")
        for column, characters in ((Column.TRACK, 7), (Column.FRAME, 6), (Column.NEED, 6)):
            self.setColumnWidth(column, characters * width_px)
        self.setFixedHeight(VISIBLE_ROWS * height_px + columns.sizeHint().height() + 2 * self.frameWidth())


class _RowDelegate(QStyledItemDelegate):
    """Draws the need as a bar."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draws a cell."""
        super().paint(painter, option, index)
        need = index.data(Qt.ItemDataRole.UserRole)
        if need is None:
            return
        place = option.rect.adjusted(4, 0, -4, 0)
        top = place.center().y() - _BAR_HEIGHT_PX // 2
        whole = QRect(place.left(), top, place.width(), _BAR_HEIGHT_PX)
        part = QRect(place.left(), top, max(2, round(place.width() * float(need))), _BAR_HEIGHT_PX)
        text = option.palette.color(QPalette.ColorRole.Text)
        text.setAlphaF(0.15)
        painter.fillRect(whole, text)
        painter.fillRect(part, QColor.fromHsvF(0.11 * (1 - float(need)) + 0.02, 0.75, 0.9))


def _common_count(rows: Rows, others: Rows) -> int:
    """How many rows at the top are about the same masks."""
    for count, (row, other) in enumerate(zip(rows, others, strict=False)):
        if (row.item.track_id, row.item.frame_index) != (other.item.track_id, other.item.frame_index):
            return count
    return min(len(rows), len(others))


def _text(row: Row, column: Column) -> str:
    match column:
        case Column.TRACK:
            return str(row.item.track_id)
        case Column.FRAME:
            return str(row.item.frame_index)
        case Column.WHY:
            is_stretch = row.item.frame_count > 1 and not row.settled
            times = f"{row.item.frame_count}\N{MULTIPLICATION SIGN} " if is_stretch else ""
            return times + row.item.reasons[0]
        case Column.NEED:
            return "\N{CHECK MARK}" if row.settled else ""


def _tool_tip(row: Row) -> str:
    item = row.item
    lines = [f"Track {item.track_id}, frame {item.frame_index}", *item.reasons]
    if item.frame_count > 1:
        lines.append(f"{item.frame_count} such frames from {item.first_frame} to {item.last_frame}; this is the worst")
    lines.append("Done: needs no look any more." if row.settled else f"Need: {item.need:.0%}".replace("%", " %"))
    return "\n".join(lines)
