"""The timeline of the open project."""

from collections.abc import Callable

from qtpy.QtCore import QPoint, Qt
from qtpy.QtWidgets import QGridLayout, QHBoxLayout, QScrollBar, QToolButton, QWidget

from mfvis_engine.project import Done
from mfvis_napari.widgets.timeline.board import Board
from mfvis_napari.widgets.timeline.legend import Legend
from mfvis_napari.widgets.timeline.menu import KeysOf, default_keys, range_menu, row_menu
from mfvis_napari.widgets.timeline.pixels import ROW_PX
from mfvis_napari.widgets.timeline.pointer import PointedCanvas
from mfvis_napari.workspace import Workspace

ZOOM_A_CLICK = 1.6

_THIN_BARS = """
QScrollBar { border: none; margin: 0; }
QScrollBar:horizontal { min-height: 9px; max-height: 9px; }
QScrollBar:vertical { min-width: 9px; max-width: 9px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; border: none; }
"""
"""There is little room: a bar of the usual height would take a row's."""


class Timeline(QWidget):
    """Shows the tracks of the open project over time, and goes where a person clicks.

    Attributes:
        workspace: Of the window.
        canvas: The rows and their ruler.
        legend: What the signs mean, and what is under the mouse.
    """

    def __init__(self, workspace: Workspace, keys_of: KeysOf = default_keys) -> None:
        """Of a window; `keys_of` gives the keys that menus show, by an action's name."""
        super().__init__()
        self.setObjectName("mfvis.timeline")
        self.workspace = workspace
        self._keys_of = keys_of
        self.canvas = PointedCanvas(workspace.messages)
        self.legend = Legend(workspace.messages)
        self._rows_bar = QScrollBar(Qt.Orientation.Vertical)
        self._frames_bar = QScrollBar(Qt.Orientation.Horizontal)
        self._lay_out()
        self._connect()
        self._bind()

    def _lay_out(self) -> None:
        foot = QHBoxLayout()
        foot.setSpacing(2)
        foot.addWidget(self.legend, 1)
        foot.addWidget(
            self._button("\N{MINUS SIGN}", "Zoom out (Ctrl+wheel)", lambda: self.canvas.zoom(1 / ZOOM_A_CLICK))
        )
        foot.addWidget(self._button("+", "Zoom in (Ctrl+wheel)", lambda: self.canvas.zoom(ZOOM_A_CLICK)))
        foot.addWidget(self._button("All", "Show all frames (double-click the ruler)", self.canvas.fit))
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(0)
        grid.addWidget(self.canvas, 0, 0)
        grid.addWidget(self._rows_bar, 0, 1)
        grid.addWidget(self._frames_bar, 1, 0)
        grid.addLayout(foot, 2, 0, 1, 2)
        grid.setRowStretch(0, 1)
        for bar in (self._rows_bar, self._frames_bar):
            bar.setStyleSheet(_THIN_BARS)

    def _connect(self) -> None:
        guarded = self.workspace.messages.guarded
        self.canvas.moved.connect(guarded(self._on_moved))
        self.canvas.hovered.connect(self.legend.say)
        self.canvas.menu_asked.connect(guarded(self._show_menu))
        self._rows_bar.valueChanged.connect(guarded(self.canvas.scroll_to))
        self._frames_bar.valueChanged.connect(guarded(self._on_frames_bar))
        self.workspace.session_changed.connect(guarded(self._bind))

    def _bind(self) -> None:
        session = self.workspace.session
        self.canvas.show_board(None if session is None else Board(session))
        self.legend.say("")
        if session is not None:
            guarded = self.workspace.messages.guarded
            session.changed.connect(guarded(self._on_changed))
            session.view.frame_changed.connect(guarded(self.canvas.show_frame))
            session.view.selection_changed.connect(guarded(self._on_selection))

    def _on_changed(self, done: Done) -> None:
        board = self.canvas.board
        if board is None:
            return
        if board.update(done.track_ids):
            self.canvas.renew()
        else:
            self.canvas.renew_rows(done.track_ids)

    def _on_selection(self) -> None:
        board = self.canvas.board
        if board is not None:
            self.canvas.show_selection(board.session.view.track_ids)

    def _on_moved(self) -> None:
        canvas = self.canvas
        _set_bar(self._rows_bar, canvas.top_px, canvas.hidden_rows_px, canvas.rows_rect.height(), ROW_PX)
        scale = canvas.scale
        width_px = round(scale.width_px)
        _set_bar(self._frames_bar, round(scale.offset_px), round(scale.hidden_px), width_px, max(width_px // 20, 1))

    def _on_frames_bar(self, offset_px: int) -> None:
        self.canvas.set_scale(self.canvas.scale.at_offset(offset_px))

    def _show_menu(self, track_id: int, frame_index: int, on_screen: QPoint) -> None:
        session = self.workspace.session
        if session is None:
            return
        marked = self.canvas.marked
        if marked is not None and marked.holds(track_id, frame_index):
            menu = range_menu(self, self.workspace, session, marked, lambda: self.canvas.mark(None))
        else:
            menu = row_menu(self, self.workspace, session, frame_index, self._keys_of)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(on_screen)

    def _button(self, text: str, tip: str, on_click: Callable[[], None]) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setToolTip(tip)
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.clicked.connect(self.workspace.messages.guarded(lambda _checked=False: on_click()))
        return button


def _set_bar(bar: QScrollBar, value_px: int, hidden_px: int, page_px: int, step_px: int) -> None:
    bar.blockSignals(True)
    bar.setRange(0, hidden_px)
    bar.setPageStep(page_px)
    bar.setSingleStep(step_px)
    bar.setValue(value_px)
    bar.blockSignals(False)
    bar.setVisible(hidden_px > 0)
