"""The picture of a timeline."""

from collections.abc import Iterable

from qtpy.QtCore import QEvent, QPointF, QRect, QSize, Qt, Signal  # type: ignore[attr-defined]  # qtpy gives it for every binding
from qtpy.QtGui import QPainter, QPaintEvent, QPixmap, QResizeEvent
from qtpy.QtWidgets import QSizePolicy, QWidget

from mfvis_napari.messages import Messages
from mfvis_napari.widgets.timeline.board import Board
from mfvis_napari.widgets.timeline.columns import columns_of
from mfvis_napari.widgets.timeline.marked import MarkedRange
from mfvis_napari.widgets.timeline.painting import (
    cursor_rect,
    image_of,
    paint_badge,
    paint_cursor,
    paint_head,
    paint_hint,
    paint_range,
    paint_ruler,
)
from mfvis_napari.widgets.timeline.pixels import ROW_PX, row_pixels
from mfvis_napari.widgets.timeline.scale import Scale
from mfvis_napari.widgets.timeline.shades import Shades, swatch

RULER_PX = 22
NO_PROJECT = "Open a video or a project: its tracks are shown here over time."
NO_TRACKS = "No tracks yet. Draw a box around an object in the picture: press N, then drag."


class Canvas(QWidget):
    """Shows a board: names on the left, a ruler on top, rows that scroll and zoom, the cursor over them.

    Everything but the cursor and a marked range is kept as a picture, of which only what changed is drawn again.

    Attributes:
        moved: Emitted without arguments when other frames or rows come in sight, or there are more or fewer.
    """

    moved = Signal()

    def __init__(self, messages: Messages) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._paint = messages.guarded(self._painted)
        self._can_paint = True
        self.board: Board | None = None
        self.scale = Scale.fitted(1, 1)
        self.marked: MarkedRange | None = None
        self._top_px = 0
        self._frame_index = 0
        self._selected: frozenset[int] = frozenset()
        self._shades: Shades | None = None
        self._picture = QPixmap()
        self._is_all_stale = True
        self._stale_rows: set[int] = set()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Six rows."""
        return QSize(600, RULER_PX + 6 * ROW_PX)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Two rows."""
        return QSize(240, RULER_PX + 2 * ROW_PX)

    @property
    def head_px(self) -> int:
        """The width of the column of names."""
        return min(max(self.width() // 5, 92), 150)

    @property
    def rows_rect(self) -> QRect:
        """Where the rows are, without their names."""
        return QRect(self.head_px, RULER_PX, max(self.width() - self.head_px, 1), max(self.height() - RULER_PX, 1))

    @property
    def ruler_rect(self) -> QRect:
        """Where the ruler is."""
        return QRect(self.head_px, 0, self.rows_rect.width(), RULER_PX)

    @property
    def top_px(self) -> int:
        """How far the rows are scrolled down."""
        return self._top_px

    @property
    def hidden_rows_px(self) -> int:
        """How far they can be."""
        rows = 0 if self.board is None else len(self.board.tracks)
        return max(rows * ROW_PX - self.rows_rect.height(), 0)

    def show_board(self, board: Board | None) -> None:
        """Shows another board from its beginning, all frames in sight; or none."""
        self.board, self.marked, self._can_paint = board, None, True
        self._top_px = 0
        self._frame_index = 0 if board is None else board.session.view.frame_index
        self._selected = frozenset(() if board is None else board.session.view.track_ids)
        self.scale = Scale.fitted(1 if board is None else board.length, self.rows_rect.width())
        self.renew()

    def renew(self) -> None:
        """Draws everything again."""
        self._top_px = min(self._top_px, self.hidden_rows_px)
        self._is_all_stale = True
        self.update()
        self.moved.emit()

    def renew_rows(self, track_ids: Iterable[int]) -> None:
        """Draws the rows of some tracks again."""
        if self.board is None:
            return
        for position in self.board.positions(track_ids):
            rect = self._row_rect(position)
            if rect.intersects(self.rect()):
                self._stale_rows.add(position)
                self.update(rect)

    def set_scale(self, scale: Scale) -> None:
        """Shows other frames."""
        if scale != self.scale:
            self.scale = scale
            self.renew()

    def scroll_to(self, top_px: int) -> None:
        """Scrolls the rows."""
        within = min(max(top_px, 0), self.hidden_rows_px)
        if within != self._top_px:
            self._top_px = within
            self.renew()

    def show_row(self, position: int) -> None:
        """Scrolls a row into sight."""
        top = position * ROW_PX
        lowest = top + ROW_PX - self.rows_rect.height()
        self.scroll_to(min(max(self._top_px, lowest), top))

    def show_frame(self, frame_index: int) -> None:
        """Moves the cursor, and what is in sight with it where it would be lost."""
        for rect in self._cursor_rects():
            self.update(rect)
        self._frame_index = frame_index
        self.set_scale(self.scale.showing(frame_index))
        for rect in self._cursor_rects():
            self.update(rect)

    def show_selection(self, track_ids: tuple[int, ...]) -> None:
        """Highlights the rows of these tracks and no others; scrolls to the last, which actions are about."""
        changed = self._selected ^ frozenset(track_ids)
        self._selected = frozenset(track_ids)
        self.renew_rows(changed)
        position = None if self.board is None or not track_ids else self.board.position(track_ids[-1])
        if position is not None:
            self.show_row(position)

    def mark(self, marked: MarkedRange | None) -> None:
        """Marks a range of frames, or none."""
        if marked != self.marked:
            self.marked = marked
            self.update(self.rows_rect)

    def frame_at(self, position: QPointF) -> int:
        """The frame at a place, the nearest where there is none."""
        return self.scale.frame_at(position.x() - self.head_px)

    def row_at(self, position: QPointF) -> int | None:
        """The row at a place, its name's too; None beside the rows."""
        if self.board is None or not RULER_PX <= position.y() < self.height():
            return None
        row = int(position.y() - RULER_PX + self._top_px) // ROW_PX
        return row if row < len(self.board.tracks) else None

    def x_px(self, frame_index: int) -> float:
        """Where the middle of a frame is."""
        return self.head_px + self.scale.center_px(frame_index)

    def resizeEvent(self, event: QResizeEvent | None) -> None:  # noqa: N802 - Qt's name
        """Keeps the same frames in sight, or all of them."""
        self.scale = self.scale.resized(self.rows_rect.width())
        self.renew()

    def changeEvent(self, event: QEvent | None) -> None:  # noqa: N802 - Qt's name
        """Takes another theme's colours, or another font."""
        if event is None:
            return
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange, QEvent.Type.FontChange):
            self._shades = None
            self.renew()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent | None) -> None:  # noqa: N802 - Qt's name
        """Copies the picture, once it is up to date; a fault is told once, not at every frame."""
        if self._can_paint:
            self._can_paint = self._paint() is not None

    def _painted(self) -> bool:
        shades = self._shades = self._shades or Shades.of(self.palette())
        self._bring_up_to_date(shades)
        painter = QPainter(self)
        try:
            painter.drawPixmap(0, 0, self._picture)
            if self.board is not None:
                self._paint_marked(painter, self.board, shades)
                self._paint_cursor(painter, shades)
        finally:
            painter.end()
        return True

    def _bring_up_to_date(self, shades: Shades) -> None:
        ratio = self.devicePixelRatioF()
        size = QSize(round(self.width() * ratio), round(self.height() * ratio))
        if self._picture.size() != size or self._picture.devicePixelRatio() != ratio:
            self._picture = QPixmap(size)
            self._picture.setDevicePixelRatio(ratio)
            self._is_all_stale = True
        if not self._is_all_stale and not self._stale_rows:
            return
        painter = QPainter(self._picture)
        try:
            painter.setFont(self.font())
            if self.board is None:
                painter.fillRect(self.rect(), shades.background)
                paint_hint(painter, self.rect(), NO_PROJECT, shades)
            elif self._is_all_stale:
                self._draw_all(painter, self.board, shades)
            else:
                self._draw_rows(painter, self.board, self._stale_rows, shades)
        finally:
            painter.end()
        self._is_all_stale = False
        self._stale_rows.clear()

    def _draw_all(self, painter: QPainter, board: Board, shades: Shades) -> None:
        painter.fillRect(self.rect(), shades.background)
        painter.fillRect(0, 0, self.head_px, self.height(), shades.head)
        first = self._top_px // ROW_PX
        end = min((self._top_px + self.rows_rect.height() - 1) // ROW_PX + 1, len(board.tracks))
        self._draw_rows(painter, board, range(first, end), shades)
        painter.fillRect(0, 0, self.width(), RULER_PX, shades.head)
        painter.setClipRect(self.ruler_rect)
        paint_ruler(painter, self.ruler_rect, self.scale, board.session.project.frame_rate, shades)
        painter.setClipping(False)
        painter.fillRect(0, RULER_PX - 1, self.width(), 1, shades.line)
        painter.setPen(shades.dim)
        text = f"{len(board.tracks)} {'track' if len(board.tracks) == 1 else 'tracks'}"
        painter.drawText(QRect(8, 0, self.head_px - 8, RULER_PX), Qt.AlignmentFlag.AlignVCenter, text)
        if not board.tracks:
            paint_hint(painter, self.rows_rect, NO_TRACKS, shades)

    def _draw_rows(self, painter: QPainter, board: Board, positions: Iterable[int], shades: Shades) -> None:
        painter.setClipRect(QRect(0, RULER_PX, self.width(), self.height() - RULER_PX))
        ratio = self.devicePixelRatioF()
        starts = self.scale.column_starts(max(round(self.rows_rect.width() * ratio), 1))
        for position in positions:
            row = board.row(position)
            rect = self._row_rect(position)
            is_selected = row.track.track_id in self._selected
            painter.fillRect(rect, shades.selected if is_selected else shades.background)
            head = QRect(0, rect.top(), self.head_px, rect.height())
            paint_head(painter, head, row.track, shades, is_selected=is_selected)
            pixels = row_pixels(columns_of(row, self.scale, starts), shades.inks(swatch(row.track.track_id)), ratio)
            painter.drawImage(QPointF(self.head_px, rect.top()), image_of(pixels, ratio))
            painter.fillRect(0, rect.bottom(), self.width(), 1, shades.line)
        painter.setClipping(False)

    def _paint_marked(self, painter: QPainter, board: Board, shades: Shades) -> None:
        if self.marked is None:
            return
        painter.setClipRect(self.rows_rect)
        left = self.head_px + round(self.scale.x_px(self.marked.first_frame))
        end = self.head_px + round(self.scale.x_px(self.marked.last_frame + 1))
        for position in board.positions(self.marked.track_ids):
            row = self._row_rect(position)
            paint_range(painter, QRect(left, row.top(), max(end - left, 2), ROW_PX - 1), shades)
        painter.setClipping(False)

    def _paint_cursor(self, painter: QPainter, shades: Shades) -> None:
        line, badge = self._cursor_rects()
        painter.setClipRect(QRect(self.head_px, 0, self.width() - self.head_px, self.height()))
        paint_cursor(painter, line, shades)
        paint_badge(painter, badge, self._frame_index, shades)

    def _cursor_rects(self) -> tuple[QRect, QRect]:
        """Where the cursor is, and where its number is in the ruler."""
        line = cursor_rect(self.rows_rect, self.scale, self._frame_index)
        width = self.fontMetrics().horizontalAdvance(str(self._frame_index)) + 10
        left = min(max(line.center().x() - width // 2, self.head_px), self.width() - width)
        return line, QRect(left, 2, width, RULER_PX - 4)

    def _row_rect(self, position: int) -> QRect:
        """A row with its name."""
        return QRect(0, RULER_PX + position * ROW_PX - self._top_px, self.width(), ROW_PX)
