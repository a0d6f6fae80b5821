"""The table of tracks; what is selected in it is what is selected in the session."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from qtpy.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QRect, Qt
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from mfvis_engine.project import Done
from mfvis_napari.messages import Messages
from mfvis_napari.session import Session
from mfvis_napari.widgets.tracks.delegates import SWATCH_PX, CategoryDelegate, ColorDelegate, StateDelegate
from mfvis_napari.widgets.tracks.filter import TrackFilter
from mfvis_napari.widgets.tracks.model import Column, Rename, TrackModel

_FEWEST_ROWS, _MOST_ROWS = 4, 10
_ROW_PX = 24
_SELECT = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows


class TrackTable(QTableView):
    """A row a track."""

    def __init__(self, messages: Messages, rename: Rename, go_to: Callable[[int], None]) -> None:
        """Of no session yet.

        Args:
            messages: Where faults are told.
            rename: Gives a track another category.
            go_to: Goes to the first frame of a track.
        """
        super().__init__()
        self._session: Session | None = None
        self._is_following = False
        self._shown_in_view: frozenset[int] = frozenset()
        self._go_to = go_to
        self.tracks = TrackModel(rename, self)
        self.shown = TrackFilter(self.tracks)
        self.setModel(self.shown)
        self._set_up_behaviour()
        self._set_up_columns()
        selection = self.selectionModel()
        if selection is not None:
            selection.selectionChanged.connect(messages.guarded(self._on_selected))
        self.doubleClicked.connect(messages.guarded(self._on_double_click))

    def show_session(self, session: Session | None) -> None:
        """Is about another session, or none."""
        self._session = session
        with self._following():
            self.tracks.show(session)
        self._fit_height()
        self.follow_selection()

    def follow(self, done: Done) -> None:
        """Shows what a change did."""
        with self._following():
            self.tracks.follow(done)
        self._fit_height()
        self.follow_selection()

    def follow_frame(self) -> None:
        """Shows which tracks are in the frame in view: of the rows that can be seen."""
        viewport, in_view = self.viewport(), self.tracks.ids_in_view()
        if viewport is not None and in_view != self._shown_in_view:
            self._shown_in_view = in_view
            width = self.columnWidth(Column.COLOR)
            viewport.update(QRect(self.columnViewportPosition(Column.COLOR), 0, width, viewport.height()))

    def follow_selection(self) -> None:
        """Selects what the session has selected."""
        selection, session = self.selectionModel(), self._session
        if selection is None or session is None or set(session.view.track_ids) == set(self._selected()):
            return
        wanted = QItemSelection()
        last = QModelIndex()
        for index in map(self.shown.index_of, session.view.track_ids):
            if index.isValid():
                wanted.select(index, index)
                last = index
        with self._following():
            selection.select(wanted, _SELECT)
            if last.isValid():
                selection.setCurrentIndex(last, QItemSelectionModel.SelectionFlag.NoUpdate)
                self.scrollTo(last)

    def want(self, text: str) -> None:
        """Shows only tracks that match a text; the others stay selected in the session."""
        with self._following():
            self.shown.want(text)
        self.follow_selection()

    def edit_category(self) -> None:
        """Lets the category of the current row be typed."""
        self.edit(self.currentIndex().siblingAtColumn(Column.CATEGORY))

    def _on_selected(self, *_: object) -> None:
        if self._is_following or self._session is None:
            return
        selected = self._selected()
        kept = [track_id for track_id in self._session.view.track_ids if track_id in selected]
        self._session.view.select([*kept, *selected])

    def _selected(self) -> tuple[int, ...]:
        selection = self.selectionModel()
        rows = [] if selection is None else selection.selectedRows()
        in_order = sorted(rows, key=lambda index: index.row())
        return tuple(self.shown.track_row(index).track_id for index in in_order)

    def _on_double_click(self, index: QModelIndex) -> None:
        self._go_to(self.shown.track_row(index).track_id)

    @contextmanager
    def _following(self) -> Iterator[None]:
        """While the session leads, nothing that Qt selects or deselects is the person's."""
        self._is_following = True
        try:
            yield
        finally:
            self._is_following = False

    def _set_up_behaviour(self) -> None:
        self.setObjectName("mfvis.tracks")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.EditKeyPressed | QAbstractItemView.EditTrigger.SelectedClicked
        )
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setSortingEnabled(True)
        self.sortByColumn(Column.ID, Qt.SortOrder.AscendingOrder)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)

    def _set_up_columns(self) -> None:
        self.setItemDelegateForColumn(Column.COLOR, ColorDelegate(self.shown, self))
        self.setItemDelegateForColumn(Column.CATEGORY, CategoryDelegate(self._category_names, self))
        self.setItemDelegateForColumn(Column.STATE, StateDelegate(self.shown, self))
        rows, columns = self.verticalHeader(), self.horizontalHeader()
        if rows is not None:
            rows.hide()
            rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
            rows.setDefaultSectionSize(_ROW_PX)
        if columns is not None:
            columns.setHighlightSections(False)
            columns.setMinimumSectionSize(SWATCH_PX + 12)
            columns.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
            columns.setSectionResizeMode(Column.COLOR, QHeaderView.ResizeMode.Fixed)
            columns.setSectionResizeMode(Column.CATEGORY, QHeaderView.ResizeMode.Stretch)
        for column, width_px in ((Column.COLOR, SWATCH_PX + 12), (Column.ID, 42), (Column.KEYFRAMES, 46)):
            self.setColumnWidth(column, width_px)
        self.setColumnWidth(Column.STATE, 112)

    def _category_names(self) -> tuple[str, ...]:
        return () if self._session is None else self._session.categories.names

    def _fit_height(self) -> None:
        header = self.horizontalHeader()
        rows = min(max(self.tracks.rowCount(), _FEWEST_ROWS), _MOST_ROWS)
        height = (0 if header is None else header.sizeHint().height()) + rows * _ROW_PX + 2 * self.frameWidth()
        if self.height() != height or self.minimumHeight() != height:
            self.setFixedHeight(height)
