"""The mouse on a timeline."""

from typing import cast

from qtpy.QtCore import QEvent, QPoint, QPointF, Qt, QTimer, Signal  # type: ignore[attr-defined]  # qtpy gives it for every binding
from qtpy.QtGui import QContextMenuEvent, QMouseEvent, QWheelEvent

from mfvis_napari.messages import Messages
from mfvis_napari.widgets.timeline.board import Board
from mfvis_napari.widgets.timeline.canvas import RULER_PX, Canvas
from mfvis_napari.widgets.timeline.marked import MarkedRange
from mfvis_napari.widgets.timeline.pixels import ROW_PX
from mfvis_napari.widgets.timeline.words import describe, describe_frame

SNAP_PX = 4.0
"""A click so near a keyframe means it; a drag begins beyond."""

NOTCH = 120.0
"""What Qt calls one notch of a wheel."""

ZOOM_A_NOTCH = 1.3
PAN_A_NOTCH = 0.1
"""Of the width."""


class PointedCanvas(Canvas):
    """A canvas that a person scrubs, selects, marks, scrolls and zooms with the mouse.

    Attributes:
        menu_asked: Emitted with track id, frame index and place on the screen.
        hovered: Emitted with a description of what is under the mouse; empty where nothing is.
    """

    menu_asked = Signal(int, int, QPoint)
    hovered = Signal(str)

    def __init__(self, messages: Messages) -> None:
        super().__init__(messages)
        self.setMouseTracking(True)
        self._guarded = messages.guarded
        self._pressed_at: QPointF | None = None
        self._is_scrubbing = False
        self._marks_from: int | None = None
        self._wanted_frame = 0
        self._scrub = QTimer(self, singleShot=True, interval=0)
        self._scrub.timeout.connect(messages.guarded(self._go_where_wanted))

    def show_board(self, board: Board | None) -> None:
        """Shows another board; what was begun on the one before is over."""
        self._scrub.stop()
        self.release()
        super().show_board(board)

    def mousePressEvent(self, event: QMouseEvent | None) -> None:  # noqa: N802 - Qt's name
        """Selects, and begins to scrub or to mark."""
        if event is not None and event.button() == Qt.MouseButton.LeftButton:
            self._guarded(self.press)(event.position(), event.modifiers())

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:  # noqa: N802 - Qt's name
        """On the ruler: shows all frames. On a name: goes to the track's first box."""
        if event is not None and event.button() == Qt.MouseButton.LeftButton:
            self._guarded(self._double_click)(event.position(), event.modifiers())

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:  # noqa: N802 - Qt's name
        """Goes on scrubbing or marking; tells what is under the mouse."""
        if event is not None:
            self._guarded(self.move_to)(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:  # noqa: N802 - Qt's name
        """Ends what was begun."""
        if event is not None and event.button() == Qt.MouseButton.LeftButton:
            self.release()

    def leaveEvent(self, event: QEvent | None) -> None:  # noqa: N802 - Qt's name
        """There is nothing under the mouse any more."""
        self.hovered.emit("")

    def wheelEvent(self, event: QWheelEvent | None) -> None:  # noqa: N802 - Qt's name
        """Scrolls the rows; with Ctrl zooms about the mouse, with Shift or sideways goes along the video."""
        if event is not None:
            self._guarded(self._turn)(event.angleDelta(), event.position(), event.modifiers())
            event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent | None) -> None:  # noqa: N802 - Qt's name
        """Asks for the menu of a track in a frame."""
        if event is not None:
            self._guarded(self._ask_menu)(QPointF(event.pos()), event.globalPos())

    def zoom(self, factor: float, about_x_px: float | None = None) -> None:
        """Makes cells wider; about the cursor where it is in sight and nothing else is said."""
        if about_x_px is None:
            about_x_px = self.scale.width_px / 2
            if self.board is not None:
                cursor = self.scale.center_px(self.board.session.view.frame_index)
                about_x_px = cursor if 0 <= cursor <= self.scale.width_px else about_x_px
        self.set_scale(self.scale.zoomed(factor, about_x_px))

    def fit(self) -> None:
        """Shows all frames."""
        self.zoom(0.0)

    def press(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """What pressing the left button at a place of the canvas does."""
        if self.board is None:
            return
        self._pressed_at = at
        row = self.row_at(at)
        is_name = at.x() < self.head_px
        if row is not None and modifiers & Qt.KeyboardModifier.ControlModifier:
            self._toggle(self.board.tracks[row].track_id)
            return
        if row is not None and modifiers & Qt.KeyboardModifier.ShiftModifier and not is_name:
            self._begin_range(self.board.tracks[row].track_id, self.frame_at(at))
            return
        self.mark(None)
        if row is not None:
            self.board.session.view.select([self.board.tracks[row].track_id])
        if not is_name:
            self._is_scrubbing = True
            self._want(self._meant_frame(at, row))

    def move_to(self, at: QPointF) -> None:
        """What moving the mouse to a place does."""
        if self.board is None:
            return
        if self._pressed_at is not None and abs(at.x() - self._pressed_at.x()) < SNAP_PX:
            return
        if self._marks_from is not None and self.marked is not None:
            self._extend_range(self._marks_from, self.frame_at(at))
        elif self._is_scrubbing:
            self._pressed_at = None
            self._want(self.frame_at(at))
        self._tell(at)

    def release(self) -> None:
        """Ends what pressing began."""
        self._pressed_at, self._is_scrubbing, self._marks_from = None, False, None

    def _double_click(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        row = self.row_at(at)
        if self.board is None:
            return
        if at.y() < RULER_PX:
            self.fit()
        elif row is not None and at.x() < self.head_px:
            keyframes = self.board.tracks[row].keyframes
            if keyframes:
                self._want(keyframes[0].frame_index)
        else:
            self.press(at, modifiers)

    def _turn(self, delta: QPoint, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        along = delta.x() / NOTCH
        down = delta.y() / NOTCH
        if modifiers & Qt.KeyboardModifier.ControlModifier:
            self.zoom(ZOOM_A_NOTCH ** (down or along), at.x() - self.head_px)
            return
        if modifiers & Qt.KeyboardModifier.ShiftModifier:
            along, down = along or down, 0.0
        if along:
            self.set_scale(self.scale.at_offset(self.scale.offset_px - along * PAN_A_NOTCH * self.scale.width_px))
        if down:
            self.scroll_to(self.top_px - round(down * 2 * ROW_PX))

    def _ask_menu(self, at: QPointF, on_screen: QPoint) -> None:
        row = self.row_at(at)
        if self.board is None or row is None:
            return
        view, track_id = self.board.session.view, self.board.tracks[row].track_id
        others = [other for other in view.track_ids if other != track_id] if track_id in view.track_ids else []
        view.select([*others, track_id])  # the last one is what actions are about
        if at.x() < self.head_px or abs(self.x_px(view.frame_index) - at.x()) <= SNAP_PX:
            frame_index = view.frame_index
        else:
            frame_index = self._meant_frame(at, row)
        self.menu_asked.emit(track_id, frame_index, on_screen)

    def _meant_frame(self, at: QPointF, row: int | None) -> int:
        """The keyframe of a row that a click is next to, or else the frame under it."""
        frame_index = self.frame_at(at)
        if self.board is None or row is None:
            return frame_index
        nearest = self.board.row(row).boxes.nearest_keyframe(self.scale.time_at(at.x() - self.head_px) - 0.5)
        return nearest if nearest is not None and abs(self.x_px(nearest) - at.x()) <= SNAP_PX else frame_index

    def _toggle(self, track_id: int) -> None:
        if self.board is not None:
            view = self.board.session.view
            others = [other for other in view.track_ids if other != track_id]
            view.select(others if track_id in view.track_ids else [*others, track_id])

    def _begin_range(self, track_id: int, frame_index: int) -> None:
        if self.board is not None:
            view = self.board.session.view
            if track_id not in view.track_ids:
                view.select([track_id])
            self._marks_from = frame_index
            self.mark(MarkedRange(view.track_ids, frame_index, frame_index))

    def _extend_range(self, begin: int, frame_index: int) -> None:
        marked = cast(MarkedRange, self.marked)
        first, last = sorted((begin, frame_index))
        self.mark(MarkedRange(marked.track_ids, first, last))

    def _want(self, frame_index: int) -> None:
        """Goes to a frame in the next turn of the event loop: of several in one turn, to the last."""
        self._wanted_frame = frame_index
        if not self._scrub.isActive():
            self._scrub.start()

    def _go_where_wanted(self) -> None:
        if self.board is not None:
            self.board.session.view.frame_index = self._wanted_frame

    def _tell(self, at: QPointF) -> None:
        if self.board is None:
            return
        row = self.row_at(at)
        if self._marks_from is not None and self.marked is not None:
            first, last = self.marked.first_frame, self.marked.last_frame
            self.hovered.emit(f"frames {first} to {last} ({last - first + 1}) · right-click for what can be done")
        elif at.x() < self.head_px and row is not None:
            track = self.board.tracks[row]
            self.hovered.emit(f"track {track.track_id} {track.category} · double-click for its first box")
        elif at.x() < self.head_px:
            self.hovered.emit("")
        elif row is not None:
            self.hovered.emit(describe(self.board.session, self.board.tracks[row].track_id, self._meant_frame(at, row)))
        else:
            self.hovered.emit(describe_frame(self.frame_at(at), self.board.session.project.frame_rate))
