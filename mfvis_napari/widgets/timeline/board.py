"""The rows of a timeline: what it shows of a session, reckoned when a row is looked at."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.annotation import Track
from mfvis_napari.session import Session
from mfvis_napari.widgets.timeline.looks import TrackBoxes, mask_looks


@dataclass(frozen=True, eq=False)
class Row:
    """A track over the whole video.

    Attributes:
        track: The track.
        boxes: Its boxes and keyframes.
        masks: (T,) uint8 of `MaskLook`.
    """

    track: Track
    boxes: TrackBoxes
    masks: NDArray[np.uint8]


class Board:
    """The rows of a session's tracks, by track id.

    Attributes:
        session: What is shown.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self._tracks = session.annotations.tracks
        self._boxes: dict[int, tuple[Track, TrackBoxes]] = {}
        self._masks: dict[int, NDArray[np.uint8]] = {}
        self._positions: dict[int, int] = {}
        self._number()

    @property
    def tracks(self) -> tuple[Track, ...]:
        """The track of every row, from the top."""
        return self._tracks

    @property
    def length(self) -> int:
        """T, the number of frames."""
        return self.session.view.length

    def position(self, track_id: int) -> int | None:
        """The row of a track, from 0 at the top; None where it has none."""
        return self._positions.get(track_id)

    def positions(self, track_ids: Iterable[int]) -> list[int]:
        """The rows of those tracks that have one."""
        return [self._positions[track_id] for track_id in track_ids if track_id in self._positions]

    def row(self, position: int) -> Row:
        """A row, from 0 at the top."""
        track = self._tracks[position]
        boxes = self._boxes_of(track)
        masks = self._masks.get(track.track_id)
        if masks is None:
            masks = mask_looks(self.session.masks.codes(track.track_id), boxes)
            self._masks[track.track_id] = masks
        return Row(track, boxes, masks)

    def update(self, track_ids: Iterable[int]) -> bool:
        """Takes changes of these tracks over; True where rows came or went, so that all may lie elsewhere."""
        for track_id in track_ids:
            self._masks.pop(track_id, None)
        before = self._positions.keys()
        self._tracks = self.session.annotations.tracks
        if before == {track.track_id for track in self._tracks}:
            return False
        self._number()
        return True

    def _number(self) -> None:
        self._positions = {track.track_id: position for position, track in enumerate(self._tracks)}

    def _boxes_of(self, track: Track) -> TrackBoxes:
        # A track is immutable: the same object has the same boxes.
        known, boxes = self._boxes.get(track.track_id, (None, None))
        if known is not track or boxes is None:
            boxes = TrackBoxes.of(track, self.length)
            self._boxes[track.track_id] = track, boxes
        return boxes
