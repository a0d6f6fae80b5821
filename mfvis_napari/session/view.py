"""Where in the video a person is, and which tracks are selected."""

from collections.abc import Iterable

from psygnal import Signal


class View:
    """The frame in view and the selected tracks.

    Attributes:
        frame_changed: Emitted with the new frame index.
        selection_changed: Emitted without arguments.
    """

    frame_changed = Signal(int)
    selection_changed = Signal()

    def __init__(self, length: int) -> None:
        """Of a video of `length` frames; its first is in view."""
        self.length = length
        self._frame_index = 0
        self._track_ids: tuple[int, ...] = ()

    @property
    def frame_index(self) -> int:
        """The frame in view, from 0."""
        return self._frame_index

    @frame_index.setter
    def frame_index(self, frame_index: int) -> None:
        """Goes to a frame; beyond either end, to the first or last."""
        within = min(max(int(frame_index), 0), self.length - 1)
        if within != self._frame_index:
            self._frame_index = within
            self.frame_changed.emit(within)

    @property
    def track_ids(self) -> tuple[int, ...]:
        """The selected tracks, in the order in which they were selected."""
        return self._track_ids

    @property
    def track_id(self) -> int | None:
        """The track that actions are about: the one selected last; None where none is."""
        return self._track_ids[-1] if self._track_ids else None

    def select(self, track_ids: Iterable[int]) -> None:
        """Selects these tracks and no others."""
        chosen = tuple(dict.fromkeys(map(int, track_ids)))
        if chosen != self._track_ids:
            self._track_ids = chosen
            self.selection_changed.emit()
