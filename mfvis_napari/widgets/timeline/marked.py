"""Frames of a timeline that a person marked, to do something to all of them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class MarkedRange:
    """Frames of tracks that a person marked.

    Attributes:
        track_ids: The tracks.
        first_frame: From 0.
        last_frame: Included; not before the first.
    """

    track_ids: tuple[int, ...]
    first_frame: int
    last_frame: int

    def holds(self, track_id: int, frame_index: int) -> bool:
        """Whether a track in a frame is marked."""
        return track_id in self.track_ids and self.first_frame <= frame_index <= self.last_frame
