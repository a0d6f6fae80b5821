"""The tracks of a session as Qt's model."""

from bisect import bisect_left
from collections.abc import Callable
from enum import IntEnum

from qtpy.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from mfvis_engine.annotation import Track
from mfvis_engine.project import Done
from mfvis_napari.session import Session
from mfvis_napari.widgets.tracks.row import TrackRow, is_in_view, track_row

SORT_ROLE = Qt.ItemDataRole.UserRole
_ROWS_ONE_BY_ONE = 20
"""More tracks that come or go at once make the whole table anew."""


class Column(IntEnum):
    """The columns of the table."""

    COLOR = 0
    ID = 1
    CATEGORY = 2
    KEYFRAMES = 3
    STATE = 4


_TITLES = {
    Column.COLOR: ("", "Filled where the track is in the frame in view"),
    Column.ID: ("Id", "The number of the track: its label in every mask and file"),
    Column.CATEGORY: ("Category", "What the track is; click a selected one again, or press F2, to change it"),
    Column.KEYFRAMES: ("Keys", "How many boxes were drawn or imported"),
    Column.STATE: ("Masks", "How far the masks are, of the frames that the track is in"),
}

Rename = Callable[[int, str], None]


class TrackModel(QAbstractTableModel):
    """A row a track, by track id; only rows of tracks that changed are made anew."""

    def __init__(self, rename: Rename, parent: QObject | None = None) -> None:
        """`rename` gives a track another category; the row follows when the session says that it changed."""
        super().__init__(parent)
        self._rename = rename
        self._session: Session | None = None
        self._rows: list[TrackRow] = []

    def show(self, session: Session | None) -> None:
        """Takes another session's tracks, or none."""
        self.beginResetModel()
        self._session = session
        self._rows = [] if session is None else [_row(session, track) for track in session.annotations.tracks]
        self.endResetModel()

    def follow(self, done: Done) -> None:
        """Makes the rows of tracks that changed anew."""
        session = self._session
        if session is None:
            return
        tracks = {track.track_id: track for track in session.annotations.tracks}
        known = {row.track_id for row in self._rows}
        gone, come = sorted(known - tracks.keys()), sorted(tracks.keys() - known)
        if len(gone) + len(come) > _ROWS_ONE_BY_ONE:
            self.show(session)
            return
        for track_id in gone:
            self._remove(self.position(track_id))
        for track_id in come:
            self._insert(_row(session, tracks[track_id]))
        stayed = known & tracks.keys()
        self._renew([_row(session, tracks[track_id]) for track_id in done.track_ids if track_id in stayed])

    def row(self, position: int) -> TrackRow:
        """The row at a position, from 0."""
        return self._rows[position]

    def position(self, track_id: int) -> int:
        """Where the row of a track is, or would be."""
        return bisect_left(self._rows, track_id, key=lambda row: row.track_id)

    def is_in_view(self, position: int) -> bool:
        """Whether the track of a row is in the frame in view."""
        session, track_id = self._session, self._rows[position].track_id
        tracks = () if session is None else session.annotations.tracks
        return any(
            session is not None and track.track_id == track_id and is_in_view(session, track) for track in tracks
        )

    def ids_in_view(self) -> frozenset[int]:
        """The tracks that are in the frame in view."""
        session = self._session
        if session is None:
            return frozenset()
        return frozenset(track.track_id for track in session.annotations.tracks if is_in_view(session, track))

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:  # noqa: N802 - Qt's name
        """The number of tracks."""
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:  # noqa: N802
        """The number of columns."""
        return 0 if parent is not None and parent.isValid() else len(Column)

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Titles over the columns."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return _TITLES[Column(section)][0]
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.ToolTipRole:
            return _TITLES[Column(section)][1]
        return None

    def flags(self, index: QModelIndex | QPersistentModelIndex) -> Qt.ItemFlag:
        """A category can be edited where the project can."""
        flags = super().flags(index)
        writable = self._session is not None and not self._session.read_only
        return flags | Qt.ItemFlag.ItemIsEditable if writable and index.column() == Column.CATEGORY else flags

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """What a cell says, and what its column is sorted by."""
        row, column = self._rows[index.row()], Column(index.column())
        if role == SORT_ROLE:
            return _sort_key(row, column)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return _text(row, column)
        if role == Qt.ItemDataRole.TextAlignmentRole and column in (Column.ID, Column.KEYFRAMES):
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tool_tip(index.row(), column)
        return None

    def setData(  # noqa: N802
        self,
        index: QModelIndex | QPersistentModelIndex,
        value: object,
        role: int = Qt.ItemDataRole.EditRole,
    ) -> bool:
        """Renames a category, if it is another."""
        category = str(value).strip()
        row = self._rows[index.row()]
        if role != Qt.ItemDataRole.EditRole or index.column() != Column.CATEGORY or category == row.category:
            return False
        self._rename(row.track_id, category)
        return True

    def _tool_tip(self, position: int, column: Column) -> str:
        row = self._rows[position]
        if column == Column.COLOR:
            return "In the frame in view" if self.is_in_view(position) else "Not in the frame in view"
        if column == Column.STATE:
            return (
                f"{row.frame_count} frames: masks in {row.mask_count}, verified {row.verified_count},"
                f" a person's {row.human_count}"
            )
        return _TITLES[column][1]

    def _remove(self, position: int) -> None:
        self.beginRemoveRows(QModelIndex(), position, position)
        del self._rows[position]
        self.endRemoveRows()

    def _insert(self, row: TrackRow) -> None:
        position = self.position(row.track_id)
        self.beginInsertRows(QModelIndex(), position, position)
        self._rows.insert(position, row)
        self.endInsertRows()

    def _renew(self, rows: list[TrackRow]) -> None:
        changed = []
        for row in rows:
            position = self.position(row.track_id)
            if self._rows[position] != row:
                self._rows[position] = row
                changed.append(position)
        if changed:
            self.dataChanged.emit(self.index(changed[0], Column.ID), self.index(changed[-1], Column.STATE))


def _row(session: Session, track: Track) -> TrackRow:
    return track_row(track, session.masks.codes(track.track_id))


def _text(row: TrackRow, column: Column) -> str | None:
    match column:
        case Column.ID:
            return str(row.track_id)
        case Column.CATEGORY:
            return row.category
        case Column.KEYFRAMES:
            return str(row.keyframe_count)
        case Column.STATE:
            return row.state
        case _:
            return None


def _sort_key(row: TrackRow, column: Column) -> int | float | str:
    match column:
        case Column.CATEGORY:
            return row.category
        case Column.KEYFRAMES:
            return row.keyframe_count
        case Column.STATE:
            return row.progress
        case Column.COLOR:
            return -1 if row.first_frame is None else row.first_frame
        case _:
            return row.track_id
