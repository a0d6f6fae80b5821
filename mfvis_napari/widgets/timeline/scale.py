"""Which frame lies where."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

MOST_PX_PER_FRAME = 48.0
"""No zoom goes beyond, but where the whole video takes more."""

LEAD = 0.1
"""Where the frame in view comes in again when it has run out of sight: a tenth from the edge it ran from."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Frames as cells side by side, of which a stretch is in sight.

    Attributes:
        length: T, the number of frames, at least 1.
        width_px: Of what is in sight.
        px_per_frame: The width of a cell; never so small that the video would not fill the width.
        first_frame: What lies at the left edge; with a fraction where a cell is cut.
    """

    length: int
    width_px: float
    px_per_frame: float
    first_frame: float = 0.0

    @classmethod
    def fitted(cls, length: int, width_px: float) -> "Scale":
        """The whole video."""
        return cls(length, max(width_px, 1.0), max(width_px, 1.0) / length)

    @property
    def is_fitted(self) -> bool:
        """Whether the whole video is in sight."""
        return self.px_per_frame <= self._least * 1.0001

    @property
    def frames_in_sight(self) -> float:
        """How many cells fit in."""
        return self.width_px / self.px_per_frame

    @property
    def offset_px(self) -> float:
        """How far the left edge is from the beginning of the video."""
        return self.first_frame * self.px_per_frame

    @property
    def hidden_px(self) -> float:
        """How much of the video is out of sight."""
        return max(self.length * self.px_per_frame - self.width_px, 0.0)

    def x_px(self, frame_index: float) -> float:
        """The left edge of a cell."""
        return (frame_index - self.first_frame) * self.px_per_frame

    def center_px(self, frame_index: int) -> float:
        """The middle of a cell."""
        return self.x_px(frame_index + 0.5)

    def time_at(self, x_px: float) -> float:
        """What lies there, in frames from the left edge of the first one."""
        return self.first_frame + x_px / self.px_per_frame

    def frame_at(self, x_px: float) -> int:
        """The frame whose cell lies there; the first or last where it lies beyond."""
        frame = int(np.floor(self.time_at(x_px)))
        return min(max(frame, 0), self.length - 1)

    def zoomed(self, factor: float, about_x_px: float) -> "Scale":
        """Cells `factor` times as wide; what lies at `about_x_px` stays there, as far as the ends allow."""
        fixed = self.time_at(about_x_px)
        most = max(MOST_PX_PER_FRAME, self._least)
        px_per_frame = min(max(self.px_per_frame * factor, self._least), most)
        return replace(self, px_per_frame=px_per_frame)._from(fixed - about_x_px / px_per_frame)

    def at_offset(self, offset_px: float) -> "Scale":
        """The left edge so far from the beginning of the video, as far as the ends allow."""
        return self._from(offset_px / self.px_per_frame)

    def resized(self, width_px: float) -> "Scale":
        """Of another width: the whole video if it was in sight, otherwise the same cells from the same left edge."""
        fitted = Scale.fitted(self.length, width_px)
        if self.is_fitted or self.px_per_frame < fitted.px_per_frame:
            return fitted
        return replace(self, width_px=fitted.width_px)._from(self.first_frame)

    def showing(self, frame_index: int) -> "Scale":
        """With a frame in sight: the same where it is; a page on where it has run out; or in the middle, from afar."""
        frames = self.frames_in_sight
        last_whole = self.first_frame + frames - 1
        if self.first_frame <= frame_index <= max(last_whole, self.first_frame):
            return self
        if last_whole < frame_index < last_whole + frames:
            return self._from(frame_index - LEAD * frames)
        if self.first_frame - frames < frame_index < self.first_frame:
            return self._from(frame_index + 1 - (1 - LEAD) * frames)
        return self._from(frame_index + 0.5 - frames / 2)

    def column_starts(self, count: int) -> NDArray[np.int64]:
        """(count + 1,) the first frame of each of `count` equal columns in sight, and the end of the last one.

        Where cells are wider than columns, a frame comes again in several; the end is always past the last start.
        """
        frames_per_column = self.frames_in_sight / count
        edges = np.floor(self.first_frame + frames_per_column * np.arange(count + 1) + 1e-6).astype(np.int64)
        starts: NDArray[np.int64] = np.clip(edges, 0, self.length - 1)
        starts[-1] = min(max(int(edges[-1]), int(starts[-2]) + 1), self.length)
        return starts

    @property
    def _least(self) -> float:
        return self.width_px / self.length

    def _from(self, first_frame: float) -> "Scale":
        last = max(self.length - self.frames_in_sight, 0.0)
        return replace(self, first_frame=min(max(first_frame, 0.0), last))
