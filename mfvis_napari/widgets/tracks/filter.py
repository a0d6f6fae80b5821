"""Which rows are shown, and in which order."""

from qtpy.QtCore import QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt

from mfvis_napari.widgets.tracks.model import SORT_ROLE, TrackModel
from mfvis_napari.widgets.tracks.row import TrackRow


class TrackFilter(QSortFilterProxyModel):
    """The rows that match what was typed; numbers are sorted as numbers."""

    def __init__(self, model: TrackModel) -> None:
        super().__init__(model)
        self._model = model
        self._wanted: tuple[str, ...] = ()
        self.setSourceModel(model)
        self.setSortRole(SORT_ROLE)
        self.setSortCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)

    def want(self, text: str) -> None:
        """Shows only rows that every word of a text matches (`TrackRow.matches`)."""
        self._wanted = tuple(text.casefold().split())
        self.invalidate()

    def track_row(self, index: QModelIndex | QPersistentModelIndex) -> TrackRow:
        """The row of an index of this model."""
        return self._model.row(self.mapToSource(index).row())

    def is_in_view(self, index: QModelIndex | QPersistentModelIndex) -> bool:
        """Whether the track of an index of this model is in the frame in view."""
        return self._model.is_in_view(self.mapToSource(index).row())

    def index_of(self, track_id: int) -> QModelIndex:
        """The first cell of a track; invalid where it is not shown."""
        position = self._model.position(track_id)
        if position == self._model.rowCount() or self._model.row(position).track_id != track_id:
            return QModelIndex()
        return self.mapFromSource(self._model.index(position, 0))

    def filterAcceptsRow(  # noqa: N802 - Qt's name
        self, source_row: int, source_parent: QModelIndex | QPersistentModelIndex
    ) -> bool:
        """Whether a row is shown."""
        return not self._wanted or self._model.row(source_row).matches(self._wanted)
